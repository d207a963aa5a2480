package org.lowbit4j.spark;

import org.lowbit4j.check.Check;

/**
 * Trains by averaging parameters: in each round every worker trains on some batches of its own,
 * then parameters and optimizer states are averaged. State travels packed and is decoded where it
 * is averaged; DL4J's training masters average its words, which packed state does not survive.
 *
 * <pre>{@code
 * ParameterAveraging training =
 *     ParameterAveraging.builder().workers(8).averagingFrequency(5).build();
 * training.fit(net, batches, 3);
 * }</pre>
 *
 * <p>Batch number i of the RDD goes to worker i mod workers. A worker without batches in a round
 * takes no part in its average. The network's count of steps grows by the steps of one worker.
 */
public final class ParameterAveraging extends SparkTraining {

  private ParameterAveraging(Builder builder) {
    super(builder, "parameters", builder.averagingFrequency);
  }

  /**
   * Settings, all of them optional.
   *
   * @return a new builder
   */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  boolean averagesGradients() {
    return false;
  }

  @Override
  void check(Replica net) {}

  @Override
  void finish(Replica net, Share share) {
    net.setCounts(net.iterations() + share.steps(), net.epochs());
  }

  /** Settings of {@link ParameterAveraging}. */
  public static final class Builder extends TrainingBuilder<Builder> {

    private int averagingFrequency = 5;

    private Builder() {}

    @Override
    Builder self() {
      return this;
    }

    /**
     * How many batches a worker trains on between two averagings.
     *
     * @param batches 1 or more; 5 by default
     * @return this
     */
    public Builder averagingFrequency(int batches) {
      Check.that(batches > 0, "averagingFrequency", batches, "1 or more");
      averagingFrequency = batches;
      return this;
    }

    /**
     * Makes the training.
     *
     * @return for any number of networks, one after the other
     */
    public ParameterAveraging build() {
      return new ParameterAveraging(this);
    }
  }
}
