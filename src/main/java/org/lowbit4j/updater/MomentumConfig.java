package org.lowbit4j.updater;

import java.util.Map;
import org.lowbit4j.check.Check;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * What gradient descent with momentum has in common: a constant momentum or a schedule.
 *
 * @param <C> the configuration's own type
 */
public abstract class MomentumConfig<C extends MomentumConfig<C>> extends LearningRateConfig<C> {

  private static final long serialVersionUID = 1L;

  /** Constant momentum; NaN if there is a schedule. */
  private double momentum = 0.9;

  /** Momentum schedule, or null. */
  private ISchedule momentumSchedule;

  /**
   * Sets the defaults: momentum 0.9.
   *
   * @param learningRate default learning rate
   */
  protected MomentumConfig(double learningRate) {
    super(learningRate);
  }

  @SuppressWarnings("unchecked")
  private C self() {
    return (C) this;
  }

  /**
   * Sets a constant momentum.
   *
   * @param momentum 0 or more and below 1
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public C momentum(double momentum) {
    this.momentum = Check.decay("momentum", momentum);
    this.momentumSchedule = null;
    return self();
  }

  /**
   * Sets a momentum schedule, which then decides the momentum.
   *
   * @param schedule values by iteration or epoch, 0 or more and below 1
   * @return this
   * @throws IllegalArgumentException if null
   */
  public C momentum(ISchedule schedule) {
    this.momentumSchedule = Check.notNull("momentum schedule", schedule);
    this.momentum = Double.NaN;
    return self();
  }

  /**
   * The constant momentum.
   *
   * @return the momentum; NaN if there is a schedule
   */
  public double getMomentum() {
    return momentum;
  }

  /**
   * The momentum schedule.
   *
   * @return the schedule, or null
   */
  public ISchedule getMomentumSchedule() {
    return momentumSchedule;
  }

  /**
   * The momentum at an iteration.
   *
   * @param iteration iterations done
   * @param epoch epochs done
   * @return the schedule's value, or the constant
   * @throws IllegalArgumentException if the schedule's value is out of range
   */
  public double currentMomentum(int iteration, int epoch) {
    return momentumSchedule == null
        ? momentum
        : Check.decay(
            "momentum at iteration " + iteration, momentumSchedule.valueAt(iteration, epoch));
  }

  @Override
  protected Map<String, Object> properties() {
    Map<String, Object> p = super.properties();
    p.put("momentum", momentumSchedule == null ? momentum : null);
    p.put("momentumSchedule", momentumSchedule);
    return p;
  }

  @Override
  protected void validate() {
    super.validate();
    if (momentumSchedule == null) {
      momentum(momentum);
    } else {
      // Files of earlier versions have the constant that the schedule replaced.
      momentum(momentumSchedule);
    }
  }
}
