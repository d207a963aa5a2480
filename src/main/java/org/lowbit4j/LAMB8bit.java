package org.lowbit4j;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.lowbit4j.check.Check;
import org.lowbit4j.regularization.LambTrustRatio;
import org.lowbit4j.rule.AdamRule;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.AdamConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * LAMB with 8-bit state, for large batches: Adam whose steps are as large as the parameters of each
 * variable, two bytes per parameter in place of eight.
 *
 * <p>The update is that of the paper, moments in float32, norms over the whole variable in float64:
 *
 * <pre>
 * m = beta1*m + (1-beta1)*g
 * v = beta2*v + (1-beta2)*g^2
 * r = m/(1-beta1^t) / (sqrt(v/(1-beta2^t)) + epsilon) + weightDecay*parameter
 * update = learningRate * min(maxTrustRatio, |parameter|/|r|) * r
 * </pre>
 *
 * <p>The ratio is 1 where |parameter| or |r| is 0. It needs the parameters, which an updater never
 * sees: OptimManager installs it, and without {@code instantiate} throws.
 *
 * <pre>{@code
 * new NeuralNetConfiguration.Builder().updater(new LAMB8bit(2e-3).weightDecay(0.01))
 * }</pre>
 *
 * <p>Defaults: learning rate 1e-3, beta1 0.9, beta2 0.999, epsilon 1e-6, weightDecay 0,
 * maxTrustRatio infinite.
 *
 * @see <a href="https://arxiv.org/abs/1904.00962">You et al.: Large Batch Optimization for Deep
 *     Learning, 2020, algorithm 2</a>
 * @see <a href="https://arxiv.org/abs/2110.02861">Dettmers et al.: 8-bit Optimizers via Block-wise
 *     Quantization, 2022</a>
 */
public final class LAMB8bit extends AdamConfig<LAMB8bit> {

  private static final long serialVersionUID = 2L;

  /** Epsilon unless another is given: that of the paper. */
  public static final double DEFAULT_EPSILON = 1e-6;

  /** Largest trust ratio. */
  private double maxTrustRatio = Double.POSITIVE_INFINITY;

  /** Makes the optimizer with its defaults. */
  public LAMB8bit() {
    super(DEFAULT_EPSILON);
  }

  /**
   * Makes the optimizer with a constant learning rate.
   *
   * @param learningRate finite, 0 or more
   */
  public LAMB8bit(double learningRate) {
    this();
    learningRate(learningRate);
  }

  /**
   * Makes the optimizer with a learning rate schedule.
   *
   * @param schedule learning rates by iteration or epoch
   */
  public LAMB8bit(ISchedule schedule) {
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
  public LAMB8bit(double learningRate, double beta1, double beta2, double epsilon) {
    this();
    learningRate(learningRate).beta1(beta1).beta2(beta2).epsilon(epsilon);
  }

  /**
   * Begins a chain of setters, in the manner of ND4J's builders.
   *
   * @return a configuration with the defaults
   */
  public static LAMB8bit builder() {
    return new LAMB8bit();
  }

  /**
   * Sets the largest trust ratio.
   *
   * @param ratio positive; infinite, the default, for no limit
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public LAMB8bit maxTrustRatio(double ratio) {
    this.maxTrustRatio = Check.positiveOrInfinite("maxTrustRatio", ratio);
    return this;
  }

  /**
   * The largest trust ratio.
   *
   * @return maxTrustRatio
   */
  public double getMaxTrustRatio() {
    return maxTrustRatio;
  }

  @Override
  public List<Regularization> regularizations() {
    return Collections.singletonList(new LambTrustRatio(getWeightDecay(), maxTrustRatio));
  }

  @Override
  protected Map<String, Object> properties() {
    Map<String, Object> p = super.properties();
    p.put("maxTrustRatio", maxTrustRatio);
    return p;
  }

  @Override
  protected void validate() {
    super.validate();
    maxTrustRatio(maxTrustRatio);
  }

  @Override
  protected UpdateRule rule() {
    return AdamRule.INSTANCE;
  }

  @Override
  protected LowBitUpdater<LAMB8bit> newUpdater() {
    return new LAMB8bitUpdater(this);
  }
}
