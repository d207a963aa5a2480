package org.lowbit4j;

import java.util.List;
import org.lowbit4j.regularization.DecoupledWeightDecay;
import org.lowbit4j.rule.LionRule;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.BetaConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * Lion with 8-bit state: the sign of a moment, one byte per parameter in place of four.
 *
 * <p>All updates of a step have the same size, so that learning rates are 3 to 10 times smaller
 * than Adam's, and weight decay as many times larger (section 5 of the paper). The update is the
 * paper's, in float32:
 *
 * <pre>
 * c = beta1*m + (1-beta1)*g
 * m = beta2*m + (1-beta2)*g
 * update = learningRate * (sign(c) + weightDecay*parameter),   sign(0) = 0
 * </pre>
 *
 * <p>The decay needs the parameters, which an updater never sees: OptimManager installs it.
 * Without, {@code instantiate} throws; with {@code weightDecay(0)} there is nothing to install.
 *
 * <pre>{@code
 * new NeuralNetConfiguration.Builder().updater(new Lion8bit(1e-4).weightDecay(0.1))
 * }</pre>
 *
 * <p>Defaults: learning rate 1e-4, beta1 0.9, beta2 0.99, weightDecay 0.
 *
 * @see <a href="https://arxiv.org/abs/2302.06675">Chen et al.: Symbolic Discovery of Optimization
 *     Algorithms, 2023, algorithm 2</a>
 * @see <a href="https://arxiv.org/abs/2110.02861">Dettmers et al.: 8-bit Optimizers via Block-wise
 *     Quantization, 2022</a>
 */
public final class Lion8bit extends BetaConfig<Lion8bit> {

  private static final long serialVersionUID = 2L;

  /** Learning rate unless another is given. */
  public static final double DEFAULT_LEARNING_RATE = 1e-4;

  /** Makes the optimizer with its defaults. */
  public Lion8bit() {
    super(DEFAULT_LEARNING_RATE, 0.9, 0.99);
  }

  /**
   * Makes the optimizer with a constant learning rate.
   *
   * @param learningRate finite, 0 or more
   */
  public Lion8bit(double learningRate) {
    this();
    learningRate(learningRate);
  }

  /**
   * Makes the optimizer with a learning rate schedule.
   *
   * @param schedule learning rates by iteration or epoch
   */
  public Lion8bit(ISchedule schedule) {
    this();
    learningRate(schedule);
  }

  /**
   * Makes the optimizer with all hyper-parameters of its paper but weight decay.
   *
   * @param learningRate finite, 0 or more
   * @param beta1 weight of the moment in the update's sign, 0 or more and below 1
   * @param beta2 decay rate of the moment, 0 or more and below 1
   */
  public Lion8bit(double learningRate, double beta1, double beta2) {
    this();
    learningRate(learningRate).beta1(beta1).beta2(beta2);
  }

  /**
   * Begins a chain of setters, in the manner of ND4J's builders.
   *
   * @return a configuration with the defaults
   */
  public static Lion8bit builder() {
    return new Lion8bit();
  }

  @Override
  public List<Regularization> regularizations() {
    return DecoupledWeightDecay.unlessZero(getWeightDecay());
  }

  @Override
  protected UpdateRule rule() {
    return LionRule.INSTANCE;
  }

  @Override
  protected LowBitUpdater<Lion8bit> newUpdater() {
    return new Lion8bitUpdater(this);
  }
}
