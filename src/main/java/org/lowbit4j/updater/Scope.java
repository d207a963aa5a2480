package org.lowbit4j.updater;

import java.util.List;
import java.util.Map;
import org.lowbit4j.regularization.UpdaterCheck;
import org.nd4j.linalg.learning.regularization.Regularization;

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
    assignEarly(config, name);
    config.validateAll();
  }

  /**
   * Marks a configuration that is still being changed: properties need not go together yet.
   *
   * @param config to be marked
   * @param name of the part
   * @throws IllegalArgumentException naming the first property out of range
   */
  public static void assignEarly(LowBitConfig<?> config, String name) {
    config.scope(name);
    config.validate();
  }

  /**
   * Whether the updater of a network was made of a configuration. DL4J's clones and transferred
   * networks have the same configuration objects: where a network has made no step, it is one of
   * those if the updater has made more than one.
   *
   * @param config as found in a network's configuration
   * @param iterations that the network has done
   * @param clonesCountAnew whether the network may be a clone that has state but no iterations, as
   *     graphs may; one that was transferred of a restored network then counts as such, too
   * @return true if changes of the network's configuration would not reach its updater
   */
  public static boolean isAtWork(LowBitConfig<?> config, int iterations, boolean clonesCountAnew) {
    return config.isAtWork(iterations, clonesCountAnew);
  }

  /**
   * The properties of a configuration.
   *
   * @param config any
   * @return a new map, by name; schedules by the name of what they are of, with {@code Schedule}
   *     behind it
   */
  public static Map<String, Object> properties(LowBitConfig<?> config) {
    return config.properties();
  }

  /**
   * Tells how large the updater blocks will be, so that small variables in large blocks reserve
   * state in 8 bits.
   *
   * @param config with a scope
   * @param elements parameters in the smallest of its blocks, 0 if not known
   */
  public static void blocksOf(LowBitConfig<?> config, long elements) {
    config.blockElements(elements);
  }

  /**
   * Installs {@link UpdaterCheck}s: the updater's steps are then refused without them, and other
   * updaters' with them.
   *
   * @param config with a scope; marked
   * @return what to install beside the updater's regularizations
   */
  public static List<Regularization> check(LowBitConfig<?> config) {
    config.checked();
    return UpdaterCheck.of(config.getClass().getSimpleName(), config.getScope());
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
