package org.lowbit4j;

import java.util.Map;
import org.lowbit4j.check.Check;
import org.lowbit4j.rule.AdagradRule;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.LearningRateConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * Adagrad with 8-bit state: one byte per parameter in place of four.
 *
 * <p>Each parameter's steps shrink with the sum of its squared gradients, which suits sparse
 * features. The update is that of ND4J's {@link org.nd4j.linalg.learning.config.AdaGrad}, in
 * float32, start and epsilon as there:
 *
 * <pre>
 * h = h + g^2
 * update = learningRate * g / (sqrt(h + 1e-6) + epsilon)
 * </pre>
 *
 * <p>The sum begins at 1e-6, ND4J's default epsilon, whatever epsilon is; ND4J does so, too. With
 * {@link org.lowbit4j.codec.QuantMap#DYNAMIC} contributions below about half the distance of two
 * codes are rounded away, and steps no longer shrink; the dither of POWER keeps them in the mean.
 *
 * <p>Defaults: learning rate 0.1, epsilon 1e-6.
 *
 * @see <a href="https://jmlr.org/papers/v12/duchi11a.html">Duchi, Hazan and Singer: Adaptive
 *     Subgradient Methods, 2011</a>
 * @see <a href="https://arxiv.org/abs/2110.02861">Dettmers et al.: 8-bit Optimizers via Block-wise
 *     Quantization, 2022</a>
 */
public final class Adagrad8bit extends LearningRateConfig<Adagrad8bit> {

  private static final long serialVersionUID = 2L;

  /** Learning rate unless another is given. */
  public static final double DEFAULT_LEARNING_RATE = 0.1;

  /** Epsilon unless another is given. */
  public static final double DEFAULT_EPSILON = 1e-6;

  /** Added to the root of the sum of squares. */
  private double epsilon = DEFAULT_EPSILON;

  /** Makes the optimizer with its defaults. */
  public Adagrad8bit() {
    super(DEFAULT_LEARNING_RATE);
  }

  /**
   * Makes the optimizer with a constant learning rate.
   *
   * @param learningRate finite, 0 or more
   */
  public Adagrad8bit(double learningRate) {
    this();
    learningRate(learningRate);
  }

  /**
   * Makes the optimizer with a constant learning rate and an epsilon.
   *
   * @param learningRate finite, 0 or more
   * @param epsilon term added to the root of the sum of squares, positive
   */
  public Adagrad8bit(double learningRate, double epsilon) {
    this();
    learningRate(learningRate).epsilon(epsilon);
  }

  /**
   * Makes the optimizer with a learning rate schedule.
   *
   * @param schedule learning rates by iteration or epoch
   */
  public Adagrad8bit(ISchedule schedule) {
    this();
    learningRate(schedule);
  }

  /**
   * Makes the optimizer with a learning rate schedule and an epsilon.
   *
   * @param schedule learning rates by iteration or epoch
   * @param epsilon term added to the root of the sum of squares, positive
   */
  public Adagrad8bit(ISchedule schedule, double epsilon) {
    this();
    learningRate(schedule).epsilon(epsilon);
  }

  /**
   * Begins a chain of setters, in the manner of ND4J's builders.
   *
   * @return a configuration with the defaults
   */
  public static Adagrad8bit builder() {
    return new Adagrad8bit();
  }

  /**
   * Sets the term added to the root of the sum of squares.
   *
   * @param epsilon positive
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public Adagrad8bit epsilon(double epsilon) {
    this.epsilon = Check.positive("epsilon", epsilon);
    return this;
  }

  /**
   * The term added to the root of the sum of squares.
   *
   * @return epsilon
   */
  public double getEpsilon() {
    return epsilon;
  }

  @Override
  protected Map<String, Object> properties() {
    Map<String, Object> p = super.properties();
    p.put("epsilon", epsilon);
    return p;
  }

  @Override
  protected void validate() {
    super.validate();
    epsilon(epsilon);
  }

  @Override
  protected UpdateRule rule() {
    return AdagradRule.INSTANCE;
  }

  @Override
  protected LowBitUpdater<Adagrad8bit> newUpdater() {
    return new Adagrad8bitUpdater(this);
  }
}
