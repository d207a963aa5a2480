package org.lowbit4j.updater;

import java.util.LinkedHashMap;
import java.util.Map;
import org.lowbit4j.check.Check;
import org.nd4j.linalg.schedule.ISchedule;

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

  @Override
  protected Map<String, Object> properties() {
    Map<String, Object> p = new LinkedHashMap<>();
    p.put("learningRate", learningRateSchedule == null ? learningRate : null);
    p.put("learningRateSchedule", learningRateSchedule);
    p.putAll(super.properties());
    return p;
  }

  @Override
  protected void validate() {
    if (learningRateSchedule == null) {
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
