package org.lowbit4j;

import org.lowbit4j.rule.NadamRule;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.AdamConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * Nadam with 8-bit state: two bytes per parameter in place of eight.
 *
 * <p>Adam with Nesterov's look-ahead: the gradient counts twice, in the momentum and beside it. The
 * update is that of ND4J's {@link org.nd4j.linalg.learning.config.Nadam}, in float32, bias
 * correction and epsilon as there:
 *
 * <pre>
 * m = beta1*m + (1-beta1)*g
 * v = beta2*v + (1-beta2)*g^2
 * update = learningRate/(1-beta1^t) * (beta1*m + (1-beta1)*g) / (sqrt(v) + epsilon)
 * </pre>
 *
 * <p>Only the first moment is corrected for its bias, other than in the paper: the first updates
 * are large, up to 60 learning rates with the defaults, and fall to Adam's size over some 1000
 * iterations. A warm-up of the learning rate evens that out.
 *
 * <p>Defaults: learning rate 1e-3, beta1 0.9, beta2 0.999, epsilon 1e-8.
 *
 * @see <a href="https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ">Dozat: Incorporating Nesterov
 *     Momentum into Adam, 2016</a>
 * @see <a href="https://arxiv.org/abs/2110.02861">Dettmers et al.: 8-bit Optimizers via Block-wise
 *     Quantization, 2022</a>
 */
public final class Nadam8bit extends AdamConfig<Nadam8bit> {

  private static final long serialVersionUID = 2L;

  /** Makes the optimizer with its defaults. */
  public Nadam8bit() {}

  /**
   * Makes the optimizer with a constant learning rate.
   *
   * @param learningRate finite, 0 or more
   */
  public Nadam8bit(double learningRate) {
    learningRate(learningRate);
  }

  /**
   * Makes the optimizer with a learning rate schedule.
   *
   * @param schedule learning rates by iteration or epoch
   */
  public Nadam8bit(ISchedule schedule) {
    learningRate(schedule);
  }

  /**
   * Makes the optimizer with all hyper-parameters of its paper.
   *
   * @param learningRate finite, 0 or more
   * @param beta1 decay rate of the first moment, 0 or more and below 1
   * @param beta2 decay rate of the second moment, 0 or more and below 1
   * @param epsilon term added to the root of the second moment, positive
   */
  public Nadam8bit(double learningRate, double beta1, double beta2, double epsilon) {
    learningRate(learningRate).beta1(beta1).beta2(beta2).epsilon(epsilon);
  }

  /**
   * Begins a chain of setters, in the manner of ND4J's builders.
   *
   * @return a configuration with the defaults
   */
  public static Nadam8bit builder() {
    return new Nadam8bit();
  }

  @Override
  protected UpdateRule rule() {
    return NadamRule.INSTANCE;
  }

  @Override
  protected LowBitUpdater<Nadam8bit> newUpdater() {
    return new Nadam8bitUpdater(this);
  }
}
