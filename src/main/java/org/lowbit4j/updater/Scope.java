package org.lowbit4j.updater;

/**
 * Marks a configuration as prepared for a part of a network, by {@link org.lowbit4j.OptimManager}
 * and {@link org.lowbit4j.LearningRates}: it is not merged with those of other parts, and what it
 * needs beside itself is installed. Not for users: a mark by hand would let an updater start
 * without its weight decay.
 */
public final class Scope {

  private Scope() {}

  /**
   * Marks a configuration, whose properties are checked once more.
   *
   * @param config to be marked
   * @param name of the part, see {@link LowBitConfig#getScope}
   * @throws IllegalArgumentException naming the first property out of range
   */
  public static void assign(LowBitConfig<?> config, String name) {
    config.scope(name);
    config.validate();
  }

  /**
   * Gives a layer another rate than the updater block that it shares with others, see {@link
   * LearningRateConfig#getBlockRate}. Its updates are to be scaled by others.
   *
   * @param config of the layer
   * @param ofLayer the rate that it reports, 0 or more
   * @param ofBlock the rate at which it steps, 0 or more
   * @throws IllegalArgumentException if out of range
   */
  public static void rate(LearningRateConfig<?> config, double ofLayer, double ofBlock) {
    config.rate(ofLayer, ofBlock);
  }
}
