package org.lowbit4j;

import org.lowbit4j.rule.AdaMaxRule;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.AdamConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * AdaMax with 8-bit state: two bytes per parameter in place of eight.
 *
 * <p>Adam with the decaying maximum of the gradient's magnitude in place of the root of its second
 * moment. The update is that of ND4J's {@link org.nd4j.linalg.learning.config.AdaMax}, in float32:
 *
 * <pre>
 * m = beta1*m + (1-beta1)*g
 * u = max(beta2*u, |g|)
 * update = learningRate/(1-beta1^t) * m / (u + epsilon)
 * </pre>
 *
 * <p>ND4J ignores the epsilon of its configuration (1e-8) and adds 1e-32; here 1e-32 is the
 * default, and another value counts.
 *
 * <p>Defaults: learning rate 1e-3, beta1 0.9, beta2 0.999, epsilon 1e-32.
 *
 * @see <a href="https://arxiv.org/abs/1412.6980">Kingma and Ba: Adam, 2015, section 7.1</a>
 * @see <a href="https://arxiv.org/abs/2110.02861">Dettmers et al.: 8-bit Optimizers via Block-wise
 *     Quantization, 2022</a>
 */
public final class AdaMax8bit extends AdamConfig<AdaMax8bit> {

  private static final long serialVersionUID = 2L;

  /** Epsilon unless another is given. */
  public static final double DEFAULT_EPSILON = 1e-32;

  /** Makes the optimizer with its defaults. */
  public AdaMax8bit() {
    super(DEFAULT_EPSILON);
  }

  /**
   * Makes the optimizer with a constant learning rate.
   *
   * @param learningRate finite, 0 or more
   */
  public AdaMax8bit(double learningRate) {
    this();
    learningRate(learningRate);
  }

  /**
   * Makes the optimizer with a learning rate schedule.
   *
   * @param schedule learning rates by iteration or epoch
   */
  public AdaMax8bit(ISchedule schedule) {
    this();
    learningRate(schedule);
  }

  /**
   * Makes the optimizer with all hyper-parameters of its paper.
   *
   * @param learningRate finite, 0 or more
   * @param beta1 decay rate of the first moment, 0 or more and below 1
   * @param beta2 decay rate of the largest magnitude, 0 or more and below 1
   * @param epsilon term added to the largest magnitude, positive
   */
  public AdaMax8bit(double learningRate, double beta1, double beta2, double epsilon) {
    this();
    learningRate(learningRate).beta1(beta1).beta2(beta2).epsilon(epsilon);
  }

  /**
   * Begins a chain of setters, in the manner of ND4J's builders.
   *
   * @return a configuration with the defaults
   */
  public static AdaMax8bit builder() {
    return new AdaMax8bit();
  }

  @Override
  protected UpdateRule rule() {
    return AdaMaxRule.INSTANCE;
  }

  @Override
  protected LowBitUpdater<AdaMax8bit> newUpdater() {
    return new AdaMax8bitUpdater(this);
  }
}
