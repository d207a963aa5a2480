package org.lowbit4j;

import java.util.Map;
import org.lowbit4j.rule.NesterovsRule;
import org.lowbit4j.rule.UpdateRule;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * Stochastic gradient descent with Nesterov's momentum and 8-bit state: one byte per parameter in
 * place of four.
 *
 * <p>The update is that of ND4J's {@link org.nd4j.linalg.learning.config.Nesterovs}, in float32:
 *
 * <pre>
 * p = momentum*v
 * v = p - learningRate*g
 * update = p - (1+momentum)*v
 * </pre>
 *
 * <p>The momentum may follow a schedule, as in ND4J.
 *
 * <p>Defaults: learning rate 0.1, momentum 0.9.
 *
 * @see <a href="https://proceedings.mlr.press/v28/sutskever13.html">Sutskever et al.: On the
 *     Importance of Initialization and Momentum in Deep Learning, 2013</a>
 * @see <a href="https://arxiv.org/abs/2110.02861">Dettmers et al.: 8-bit Optimizers via Block-wise
 *     Quantization, 2022</a>
 */
public final class Nesterovs8bit extends LearningRateConfig<Nesterovs8bit> {

  private static final long serialVersionUID = 1L;

  /** Learning rate unless another is given. */
  public static final double DEFAULT_LEARNING_RATE = 0.1;

  /** Constant momentum. */
  private double momentum = 0.9;

  /** Momentum schedule, or null. */
  private ISchedule momentumSchedule;

  /** Makes the optimizer with its defaults. */
  public Nesterovs8bit() {
    super(DEFAULT_LEARNING_RATE);
  }

  /**
   * Makes the optimizer with a constant momentum and the default learning rate: as in ND4J, a
   * single number is the momentum.
   *
   * @param momentum 0 or more and below 1
   */
  public Nesterovs8bit(double momentum) {
    this();
    momentum(momentum);
  }

  /**
   * Makes the optimizer with constant learning rate and momentum.
   *
   * @param learningRate finite, 0 or more
   * @param momentum 0 or more and below 1
   */
  public Nesterovs8bit(double learningRate, double momentum) {
    this();
    learningRate(learningRate).momentum(momentum);
  }

  /**
   * Makes the optimizer with a learning rate schedule.
   *
   * @param schedule learning rates by iteration or epoch
   */
  public Nesterovs8bit(ISchedule schedule) {
    this();
    learningRate(schedule);
  }

  /**
   * Makes the optimizer with a learning rate schedule and a constant momentum.
   *
   * @param schedule learning rates by iteration or epoch
   * @param momentum 0 or more and below 1
   */
  public Nesterovs8bit(ISchedule schedule, double momentum) {
    this();
    learningRate(schedule).momentum(momentum);
  }

  /**
   * Makes the optimizer with schedules of learning rate and momentum.
   *
   * @param schedule learning rates by iteration or epoch
   * @param momentum momentum by iteration or epoch
   */
  public Nesterovs8bit(ISchedule schedule, ISchedule momentum) {
    this();
    learningRate(schedule).momentum(momentum);
  }

  /**
   * Makes the optimizer with a constant learning rate and a momentum schedule.
   *
   * @param learningRate finite, 0 or more
   * @param momentum momentum by iteration or epoch
   */
  public Nesterovs8bit(double learningRate, ISchedule momentum) {
    this();
    learningRate(learningRate).momentum(momentum);
  }

  /**
   * Begins a chain of setters, in the manner of ND4J's builders.
   *
   * @return a configuration with the defaults
   */
  public static Nesterovs8bit builder() {
    return new Nesterovs8bit();
  }

  /**
   * Sets a constant momentum.
   *
   * @param momentum 0 or more and below 1
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public Nesterovs8bit momentum(double momentum) {
    this.momentum = Check.decay("momentum", momentum);
    this.momentumSchedule = null;
    return this;
  }

  /**
   * Sets a momentum schedule, which then decides the momentum.
   *
   * @param schedule values by iteration or epoch, 0 or more and below 1
   * @return this
   * @throws IllegalArgumentException if null
   */
  public Nesterovs8bit momentum(ISchedule schedule) {
    this.momentumSchedule = Check.notNull("momentum schedule", schedule);
    return this;
  }

  /**
   * The constant momentum.
   *
   * @return the momentum; without meaning if there is a schedule
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
    p.put("momentum", momentum);
    p.put("momentumSchedule", momentumSchedule);
    return p;
  }

  @Override
  protected void validate() {
    super.validate();
    if (momentumSchedule == null) {
      momentum(momentum);
    }
  }

  @Override
  protected UpdateRule rule() {
    return NesterovsRule.INSTANCE;
  }

  @Override
  protected LowBitUpdater<Nesterovs8bit> newUpdater() {
    return new Nesterovs8bitUpdater(this);
  }
}
