package org.lowbit4j;

import org.lowbit4j.rule.AdaBeliefRule;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.AdamConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * AdaBelief with 8-bit state: two bytes per parameter in place of eight.
 *
 * <p>Adam whose second moment is that of the gradient's distance from its mean: large steps where
 * the gradient is as expected. The update is that of ND4J's {@link
 * org.nd4j.linalg.learning.config.AdaBelief}, in float32, bias correction and both epsilons as
 * there:
 *
 * <pre>
 * m = beta1*m + (1-beta1)*g
 * s = beta2*s + (1-beta2)*(g-m)^2 + epsilon
 * update = learningRate * sqrt(1-beta2^t)/(1-beta1^t) * m / (sqrt(s) + epsilon)
 * </pre>
 *
 * <p>ND4J 1.0.0-M2.1 cannot instantiate its own AdaBelief on a state array, so that no network
 * trains with it; this one can.
 *
 * <p>Defaults: learning rate 1e-3, beta1 0.9, beta2 0.999, epsilon 1e-14.
 *
 * @see <a href="https://arxiv.org/abs/2010.07468">Zhuang et al.: AdaBelief Optimizer, 2020</a>
 * @see <a href="https://arxiv.org/abs/2110.02861">Dettmers et al.: 8-bit Optimizers via Block-wise
 *     Quantization, 2022</a>
 */
public final class AdaBelief8bit extends AdamConfig<AdaBelief8bit> {

  private static final long serialVersionUID = 2L;

  /** Epsilon unless another is given. */
  public static final double DEFAULT_EPSILON = 1e-14;

  /** Makes the optimizer with its defaults. */
  public AdaBelief8bit() {
    super(DEFAULT_EPSILON);
  }

  /**
   * Makes the optimizer with a constant learning rate.
   *
   * @param learningRate finite, 0 or more
   */
  public AdaBelief8bit(double learningRate) {
    this();
    learningRate(learningRate);
  }

  /**
   * Makes the optimizer with a learning rate schedule.
   *
   * @param schedule learning rates by iteration or epoch
   */
  public AdaBelief8bit(ISchedule schedule) {
    this();
    learningRate(schedule);
  }

  /**
   * Makes the optimizer with all hyper-parameters of its paper.
   *
   * @param learningRate finite, 0 or more
   * @param beta1 decay rate of the first moment, 0 or more and below 1
   * @param beta2 decay rate of the second moment, 0 or more and below 1
   * @param epsilon term added to the second moment and to its root, positive
   */
  public AdaBelief8bit(double learningRate, double beta1, double beta2, double epsilon) {
    this();
    learningRate(learningRate).beta1(beta1).beta2(beta2).epsilon(epsilon);
  }

  /**
   * Begins a chain of setters, in the manner of ND4J's builders.
   *
   * @return a configuration with the defaults
   */
  public static AdaBelief8bit builder() {
    return new AdaBelief8bit();
  }

  @Override
  protected UpdateRule rule() {
    return AdaBeliefRule.INSTANCE;
  }

  @Override
  protected LowBitUpdater<AdaBelief8bit> newUpdater() {
    return new AdaBelief8bitUpdater(this);
  }
}
