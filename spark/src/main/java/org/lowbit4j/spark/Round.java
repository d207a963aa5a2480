package org.lowbit4j.spark;

import java.util.List;

/** What a round of training was: what {@code listener} is told after it. */
public final class Round {

  private final int epoch;
  private final int number;
  private final int rounds;
  private final int iteration;
  private final List<Share> shares;

  Round(int epoch, int number, int rounds, int iteration, List<Share> shares) {
    this.epoch = epoch;
    this.number = number;
    this.rounds = rounds;
    this.iteration = iteration;
    this.shares = shares;
  }

  /**
   * The epoch, as the network counts.
   *
   * @return 0 or more
   */
  public int epoch() {
    return epoch;
  }

  /**
   * Its number in the epoch.
   *
   * @return from 1 to {@link #rounds}
   */
  public int number() {
    return number;
  }

  /**
   * The rounds of the epoch.
   *
   * @return 1 or more
   */
  public int rounds() {
    return rounds;
  }

  /**
   * The steps of the network after it.
   *
   * @return 1 or more
   */
  public int iteration() {
    return iteration;
  }

  /**
   * How many workers had batches.
   *
   * @return 1 or more
   */
  public int workers() {
    return shares.get(0).workers();
  }

  /**
   * The batches that all workers trained on.
   *
   * @return 1 or more
   */
  public int batches() {
    return shares.get(0).total().batches();
  }

  /**
   * The examples of these batches.
   *
   * @return 1 or more
   */
  public long examples() {
    return shares.get(0).total().examples();
  }

  /**
   * The loss before each step, penalties included.
   *
   * @return the mean over examples
   */
  public double loss() {
    return shares.get(0).total().meanLoss();
  }

  /**
   * What workers sent of parameters, or of gradients.
   *
   * @return bytes of all workers together, before compression
   */
  public long valueBytes() {
    return shares.stream().mapToLong(Share::valueBytes).sum();
  }

  /**
   * What workers sent of optimizer state, packed.
   *
   * @return bytes of all workers together, before compression; 0 where gradients are averaged
   */
  public long stateBytes() {
    return shares.stream().mapToLong(Share::stateBytes).sum();
  }
}
