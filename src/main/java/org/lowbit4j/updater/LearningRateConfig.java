package org.lowbit4j.updater;

import java.util.LinkedHashMap;
import java.util.Map;
import org.lowbit4j.check.Check;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonInclude;

/**
 * What optimizers with a learning rate have in common: a constant or a schedule.
 *
 * @param <C> the configuration's own type
 */
public abstract class LearningRateConfig<C extends LearningRateConfig<C>> extends LowBitConfig<C> {

  private static final long serialVersionUID = 1L;

  /** Constant learning rate; NaN if there is a schedule. */
  private double learningRate;

  /** Learning rate schedule, or null. */
  private ISchedule learningRateSchedule;

  /** See {@link #getBlockRate}. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private Double blockRate;

  /**
   * Sets the default learning rate of the optimizer.
   *
   * @param learningRate 0 or more
   */
  protected LearningRateConfig(double learningRate) {
    this.learningRate = Check.learningRate("learningRate", learningRate);
  }

  @SuppressWarnings("unchecked")
  private C self() {
    return (C) this;
  }

  /**
   * Sets a constant learning rate.
   *
   * @param learningRate 0 to 1e6
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public C learningRate(double learningRate) {
    this.learningRate = Check.learningRate("learningRate", learningRate);
    this.learningRateSchedule = null;
    this.blockRate = null;
    return self();
  }

  /**
   * Sets a learning rate schedule, which then decides the learning rate.
   *
   * @param schedule values by iteration or epoch
   * @return this
   * @throws IllegalArgumentException if null
   */
  public C learningRate(ISchedule schedule) {
    this.learningRateSchedule = Check.notNull("learning rate schedule", schedule);
    this.learningRate = Double.NaN;
    this.blockRate = null;
    return self();
  }

  /**
   * The constant learning rate.
   *
   * @return the rate; NaN if there is a schedule, as in ND4J
   */
  public double getLearningRate() {
    return learningRate;
  }

  /**
   * The learning rate schedule.
   *
   * @return the schedule, or null
   */
  public ISchedule getLearningRateSchedule() {
    return learningRateSchedule;
  }

  /**
   * The rate at which the layer's updater block steps, where {@link org.lowbit4j.LearningRates} set
   * a rate of one of the layers that share the block. {@link #getLearningRate()} is the layer's
   * own, for whoever asks for it; it is the block's that takes part in {@link #equals}, as the
   * block is to stay one. Whatever sets the learning rate ends this.
   *
   * @return null where layer and block have one rate
   */
  public Double getBlockRate() {
    return blockRate;
  }

  /** See {@link Scope#rate}. */
  final void rate(double ofLayer, double ofBlock) {
    learningRate(ofLayer);
    this.blockRate = Check.learningRate("blockRate", ofBlock);
  }

  @Override
  final C ofBlock() {
    return blockRate == null ? self() : clone().learningRate(blockRate);
  }

  @Override
  protected Map<String, Object> properties() {
    Map<String, Object> p = new LinkedHashMap<>();
    Double constant = blockRate == null ? Double.valueOf(learningRate) : blockRate;
    p.put("learningRate", learningRateSchedule == null ? constant : null);
    p.put("learningRateSchedule", learningRateSchedule);
    p.putAll(super.properties());
    return p;
  }

  @Override
  protected void validate() {
    if (blockRate != null) {
      Check.that(
          learningRateSchedule == null, "blockRate", blockRate, "null, as there is a schedule");
      rate(learningRate, blockRate);
    } else if (learningRateSchedule == null) {
      learningRate(learningRate);
    } else {
      // Files of earlier versions have the constant that the schedule replaced.
      learningRate(learningRateSchedule);
    }
    super.validate();
  }

  @Override
  public double getLearningRate(int iteration, int epoch) {
    return learningRateSchedule == null
        ? learningRate
        : learningRateSchedule.valueAt(iteration, epoch);
  }

  @Override
  public boolean hasLearningRate() {
    return true;
  }

  @Override
  public void setLrAndSchedule(double lr, ISchedule lrSchedule) {
    if (lrSchedule == null) {
      learningRate(lr);
    } else {
      learningRate(lrSchedule);
    }
  }
}
