package org.lowbit4j;

import org.lowbit4j.rule.AdamRule;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.AdamConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * Adam with 8-bit state: two bytes per parameter in place of eight.
 *
 * <p>The update is that of ND4J's {@link org.nd4j.linalg.learning.config.Adam}, in float32, epsilon
 * placed as there:
 *
 * <pre>
 * m = beta1*m + (1-beta1)*g
 * v = beta2*v + (1-beta2)*g^2
 * update = learningRate * sqrt(1-beta2^t)/(1-beta1^t) * m / (sqrt(v) + epsilon)
 * </pre>
 *
 * <p>It serves where Adam does. Layers whose gradients are sparse, such as embeddings, can keep
 * 32-bit state: {@code new Adam8bit(1e-3).optimBits(32)} on that layer.
 *
 * <pre>{@code
 * new NeuralNetConfiguration.Builder().updater(new Adam8bit(1e-3))
 * }</pre>
 *
 * <p>Defaults: learning rate 1e-3, beta1 0.9, beta2 0.999, epsilon 1e-8.
 *
 * @see <a href="https://arxiv.org/abs/1412.6980">Kingma and Ba: Adam, 2015</a>
 * @see <a href="https://arxiv.org/abs/2110.02861">Dettmers et al.: 8-bit Optimizers via Block-wise
 *     Quantization, 2022</a>
 */
public final class Adam8bit extends AdamConfig<Adam8bit> {

  private static final long serialVersionUID = 2L;

  /** Makes the optimizer with its defaults. */
  public Adam8bit() {}

  /**
   * Makes the optimizer with a constant learning rate.
   *
   * @param learningRate finite, 0 or more
   */
  public Adam8bit(double learningRate) {
    learningRate(learningRate);
  }

  /**
   * Makes the optimizer with a learning rate schedule.
   *
   * @param schedule values by iteration or epoch
   */
  public Adam8bit(ISchedule schedule) {
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
  public Adam8bit(double learningRate, double beta1, double beta2, double epsilon) {
    learningRate(learningRate).beta1(beta1).beta2(beta2).epsilon(epsilon);
  }

  /**
   * Begins a chain of setters, in the manner of ND4J's builders.
   *
   * @return a configuration with the defaults
   */
  public static Adam8bit builder() {
    return new Adam8bit();
  }

  @Override
  protected UpdateRule rule() {
    return AdamRule.INSTANCE;
  }

  @Override
  protected LowBitUpdater<Adam8bit> newUpdater() {
    return new Adam8bitUpdater(this);
  }
}
