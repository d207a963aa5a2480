package org.lowbit4j;

import java.util.List;
import org.lowbit4j.regularization.DecoupledWeightDecay;
import org.lowbit4j.rule.AdamRule;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.AdamConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * AdamW with 8-bit state: Adam with decoupled weight decay, two bytes per parameter in place of
 * eight.
 *
 * <p>The update is that of the paper and of PyTorch, in float32:
 *
 * <pre>
 * m = beta1*m + (1-beta1)*g
 * v = beta2*v + (1-beta2)*g^2
 * update = learningRate * (m/(1-beta1^t) / (sqrt(v/(1-beta2^t)) + epsilon) + weightDecay*parameter)
 * </pre>
 *
 * <p>Epsilon is added after the correction of v. In {@link Adam8bit}, which follows ND4J, it is
 * added before, and weight decay is part of the gradient.
 *
 * <p>The decay needs the parameters, which an updater never sees: OptimManager installs it.
 * Without, {@code instantiate} throws; with {@code weightDecay(0)} there is nothing to install.
 *
 * <pre>{@code
 * new NeuralNetConfiguration.Builder().updater(new AdamW8bit(1e-3).weightDecay(0.05))
 * }</pre>
 *
 * <p>Defaults: learning rate 1e-3, beta1 0.9, beta2 0.999, epsilon 1e-8, weightDecay 0.01.
 *
 * @see <a href="https://arxiv.org/abs/1711.05101">Loshchilov and Hutter: Decoupled Weight Decay
 *     Regularization, 2019, algorithm 2</a>
 * @see <a href="https://arxiv.org/abs/2110.02861">Dettmers et al.: 8-bit Optimizers via Block-wise
 *     Quantization, 2022</a>
 */
public final class AdamW8bit extends AdamConfig<AdamW8bit> {

  private static final long serialVersionUID = 2L;

  /** Coefficient of weight decay unless another is given. */
  public static final double DEFAULT_WEIGHT_DECAY = 1e-2;

  /** Makes the optimizer with its defaults. */
  public AdamW8bit() {
    weightDecay(DEFAULT_WEIGHT_DECAY);
  }

  /**
   * Makes the optimizer with a constant learning rate.
   *
   * @param learningRate finite, 0 or more
   */
  public AdamW8bit(double learningRate) {
    this();
    learningRate(learningRate);
  }

  /**
   * Makes the optimizer with a learning rate schedule.
   *
   * @param schedule learning rates by iteration or epoch
   */
  public AdamW8bit(ISchedule schedule) {
    this();
    learningRate(schedule);
  }

  /**
   * Makes the optimizer with all hyper-parameters of its paper.
   *
   * @param learningRate finite, 0 or more
   * @param beta1 decay rate of the first moment, 0 or more and below 1
   * @param beta2 decay rate of the second moment, 0 or more and below 1
   * @param epsilon term added to the root of the corrected second moment, positive
   */
  public AdamW8bit(double learningRate, double beta1, double beta2, double epsilon) {
    this();
    learningRate(learningRate).beta1(beta1).beta2(beta2).epsilon(epsilon);
  }

  /**
   * Begins a chain of setters, in the manner of ND4J's builders.
   *
   * @return a configuration with the defaults
   */
  public static AdamW8bit builder() {
    return new AdamW8bit();
  }

  @Override
  public List<Regularization> regularizations() {
    return DecoupledWeightDecay.unlessZero(getWeightDecay());
  }

  @Override
  protected UpdateRule rule() {
    return AdamRule.INSTANCE;
  }

  @Override
  protected LowBitUpdater<AdamW8bit> newUpdater() {
    return new AdamW8bitUpdater(this);
  }
}
