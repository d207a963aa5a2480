package org.lowbit4j;

import java.util.List;
import java.util.Map;
import org.lowbit4j.check.Check;
import org.lowbit4j.regularization.DecoupledWeightDecay;
import org.lowbit4j.rule.AdEMAMixRule;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.AdamConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * AdEMAMix with 8-bit state: AdamW with a second, much slower mean of the gradient, three bytes per
 * parameter in place of twelve.
 *
 * <p>It is for long training, in which gradients of thousands of steps ago still help. The update
 * is that of the paper, in float32:
 *
 * <pre>
 * m1 = beta1*m1 + (1-beta1)*g
 * m2 = beta3*m2 + (1-beta3)*g
 * v = beta2*v + (1-beta2)*g^2
 * update = learningRate * ((m1/(1-beta1^t) + alpha*m2) / (sqrt(v/(1-beta2^t)) + epsilon)
 *     + weightDecay*parameter)
 * </pre>
 *
 * <p>Early in training large alpha and beta3 make updates too large. As in the paper alpha can grow
 * from 0 over {@link #tAlpha} steps, and beta3 from beta1 over {@link #tBeta3} steps, such that the
 * half-life of m2 grows evenly:
 *
 * <pre>
 * alpha(t) = min(t/tAlpha, 1) * alpha
 * beta3(t) = min(exp(ln(beta1)*ln(beta3) / ((1-t/tBeta3)*ln(beta3) + t/tBeta3*ln(beta1))), beta3)
 * </pre>
 *
 * <p>The decay needs the parameters, which an updater never sees: OptimManager installs it.
 * Without, {@code instantiate} throws; with {@code weightDecay(0)} there is nothing to install.
 *
 * <pre>{@code
 * new NeuralNetConfiguration.Builder().updater(new AdEMAMix8bit(1e-3).tAlpha(50_000).tBeta3(50_000))
 * }</pre>
 *
 * <p>Defaults: learning rate 1e-3, beta1 0.9, beta2 0.999, beta3 0.9999, alpha 5, epsilon 1e-8,
 * weightDecay 0.01, tAlpha and tBeta3 0.
 *
 * @see <a href="https://arxiv.org/abs/2409.03137">Pagliardini, Ablin and Grangier: The AdEMAMix
 *     Optimizer, 2024</a>
 * @see <a href="https://arxiv.org/abs/2110.02861">Dettmers et al.: 8-bit Optimizers via Block-wise
 *     Quantization, 2022</a>
 */
public final class AdEMAMix8bit extends AdamConfig<AdEMAMix8bit> {

  private static final long serialVersionUID = 2L;

  /** Coefficient of weight decay unless another is given. */
  public static final double DEFAULT_WEIGHT_DECAY = 1e-2;

  /** Decay rate of the slow first moment. */
  private double beta3 = 0.9999;

  /** Weight of the slow first moment. */
  private double alpha = 5;

  /** Steps over which alpha grows. */
  private int tAlpha;

  /** Steps over which beta3 grows. */
  private int tBeta3;

  /** Makes the optimizer with its defaults. */
  public AdEMAMix8bit() {
    weightDecay(DEFAULT_WEIGHT_DECAY);
  }

  /**
   * Makes the optimizer with a constant learning rate.
   *
   * @param learningRate finite, 0 or more
   */
  public AdEMAMix8bit(double learningRate) {
    this();
    learningRate(learningRate);
  }

  /**
   * Makes the optimizer with a learning rate schedule.
   *
   * @param schedule learning rates by iteration or epoch
   */
  public AdEMAMix8bit(ISchedule schedule) {
    this();
    learningRate(schedule);
  }

  /**
   * Begins a chain of setters, in the manner of ND4J's builders.
   *
   * @return a configuration with the defaults
   */
  public static AdEMAMix8bit builder() {
    return new AdEMAMix8bit();
  }

  /**
   * Sets the decay rate of the slow first moment.
   *
   * @param beta3 0 or more and below 1
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public AdEMAMix8bit beta3(double beta3) {
    this.beta3 = Check.decay("beta3", beta3);
    return this;
  }

  /**
   * Sets the weight of the slow first moment next to the fast one.
   *
   * @param alpha 0 to 1e6
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public AdEMAMix8bit alpha(double alpha) {
    this.alpha = Check.coefficient("alpha", alpha);
    return this;
  }

  /**
   * Sets over how many steps alpha grows.
   *
   * @param steps 0, the default, for constant alpha
   * @return this
   * @throws IllegalArgumentException if negative
   */
  public AdEMAMix8bit tAlpha(int steps) {
    Check.that(steps >= 0, "tAlpha", steps, "0 or more");
    this.tAlpha = steps;
    return this;
  }

  /**
   * Sets over how many steps beta3 grows.
   *
   * @param steps 0, the default, for constant beta3
   * @return this
   * @throws IllegalArgumentException if negative
   */
  public AdEMAMix8bit tBeta3(int steps) {
    Check.that(steps >= 0, "tBeta3", steps, "0 or more");
    this.tBeta3 = steps;
    return this;
  }

  /**
   * The decay rate of the slow first moment.
   *
   * @return beta3
   */
  public double getBeta3() {
    return beta3;
  }

  /**
   * The weight of the slow first moment.
   *
   * @return alpha
   */
  public double getAlpha() {
    return alpha;
  }

  /**
   * Over how many steps alpha grows.
   *
   * @return 0 if it is constant
   */
  public int getTAlpha() {
    return tAlpha;
  }

  /**
   * Over how many steps beta3 grows.
   *
   * @return 0 if it is constant
   */
  public int getTBeta3() {
    return tBeta3;
  }

  /**
   * The weight of the slow first moment at an iteration.
   *
   * @param iteration iterations done
   * @return alpha, or less while it grows
   */
  public double currentAlpha(int iteration) {
    double t = iteration + 1.0;
    return t < tAlpha ? t / tAlpha * alpha : alpha;
  }

  /**
   * The decay rate of the slow first moment at an iteration.
   *
   * @param iteration iterations done
   * @return beta3, or less while it grows
   */
  public double currentBeta3(int iteration) {
    double t = iteration + 1.0;
    if (t >= tBeta3) {
      return beta3;
    }
    // The paper's formula over ln(beta1)*ln(beta3): half-lives are interpolated, and beta1 = 0,
    // whose logarithm is infinite, is no special case.
    double grown = t / tBeta3;
    double lifetime = (1 - grown) / Math.log(getBeta1()) + grown / Math.log(beta3);
    return Math.min(Math.exp(1 / lifetime), beta3);
  }

  @Override
  public List<Regularization> regularizations() {
    return DecoupledWeightDecay.unlessZero(getWeightDecay());
  }

  @Override
  protected Map<String, Object> properties() {
    Map<String, Object> p = super.properties();
    p.put("beta3", beta3);
    p.put("alpha", alpha);
    p.put("tAlpha", tAlpha);
    p.put("tBeta3", tBeta3);
    return p;
  }

  @Override
  protected void validate() {
    super.validate();
    beta3(beta3);
    alpha(alpha);
    tAlpha(tAlpha);
    tBeta3(tBeta3);
  }

  @Override
  protected UpdateRule rule() {
    return AdEMAMixRule.INSTANCE;
  }

  @Override
  protected LowBitUpdater<AdEMAMix8bit> newUpdater() {
    return new AdEMAMix8bitUpdater(this);
  }
}
