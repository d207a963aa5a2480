package org.lowbit4j.spark;

/**
 * Trains by averaging gradients: for each step every worker computes the gradient of one batch, and
 * the network takes one step with their mean, weighted by examples. It is what one worker does with
 * batches as large as all of theirs together, but for the order of sums.
 *
 * <pre>{@code
 * GradientAveraging.builder().workers(8).build().fit(net, batches, 3);
 * }</pre>
 *
 * <p>The optimizer state stays on the driver and is never sent. Replicas that all took the step
 * themselves would keep that state, bit for bit, and receive as many bytes: the gradient in place
 * of the parameters. Here an executor that dies takes nothing with it.
 *
 * <p>A worker that has run out of batches takes no part in the last steps of an epoch.
 */
public final class GradientAveraging extends SparkTraining {

  private GradientAveraging(Builder builder) {
    super(builder, "gradients", 1);
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
    return true;
  }

  @Override
  void check(Replica net) {
    String obstacle = net.obstacle();
    if (obstacle != null) {
      throw new IllegalArgumentException(
          "Gradients of this network cannot be averaged: "
              + obstacle
              + ". Use ParameterAveraging.");
    }
  }

  @Override
  void finish(Replica net, Share share) {
    BatchResult total = share.total();
    net.divideWhatIsNoSum(total.weight(share.workers()));
    net.step((int) total.largest());
  }

  /** Settings of {@link GradientAveraging}. */
  public static final class Builder extends TrainingBuilder<Builder> {

    private Builder() {}

    @Override
    Builder self() {
      return this;
    }

    /**
     * Makes the training.
     *
     * @return for any number of networks, one after the other
     */
    public GradientAveraging build() {
      return new GradientAveraging(this);
    }
  }
}
