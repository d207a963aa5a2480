package org.lowbit4j;

import org.lowbit4j.rule.NesterovsRule;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.LowBitUpdater;
import org.lowbit4j.updater.MomentumConfig;
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
public final class Nesterovs8bit extends MomentumConfig<Nesterovs8bit> {

  private static final long serialVersionUID = 2L;

  /** Learning rate unless another is given. */
  public static final double DEFAULT_LEARNING_RATE = 0.1;

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

  @Override
  protected UpdateRule rule() {
    return NesterovsRule.INSTANCE;
  }

  @Override
  protected LowBitUpdater<Nesterovs8bit> newUpdater() {
    return new Nesterovs8bitUpdater(this);
  }
}
