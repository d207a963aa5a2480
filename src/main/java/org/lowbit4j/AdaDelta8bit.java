package org.lowbit4j;

import java.util.Map;
import org.lowbit4j.check.Check;
import org.lowbit4j.rule.AdaDeltaRule;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.LowBitUpdater;

/**
 * AdaDelta with 8-bit state: two bytes per parameter in place of eight.
 *
 * <p>The step size follows the size of past updates: there is no learning rate. The update is that
 * of ND4J's {@link org.nd4j.linalg.learning.config.AdaDelta}, in float32, epsilon as there:
 *
 * <pre>
 * msg = rho*msg + (1-rho)*g^2
 * update = g * sqrt(msdx + epsilon) / sqrt(msg + epsilon)
 * msdx = rho*msdx + (1-rho)*update^2
 * </pre>
 *
 * <p>In 8 bits, msdx follows the rounding of msg, so that the ratio of the two, the step size, does
 * not drift.
 *
 * <p>As with ND4J's, setting a learning rate throws, and regularization that is scaled by the
 * learning rate, such as weight decay, is scaled by 1.
 *
 * <p>Defaults: rho 0.95, epsilon 1e-6.
 *
 * @see <a href="https://arxiv.org/abs/1212.5701">Zeiler: ADADELTA, 2012</a>
 * @see <a href="https://arxiv.org/abs/2110.02861">Dettmers et al.: 8-bit Optimizers via Block-wise
 *     Quantization, 2022</a>
 */
public final class AdaDelta8bit extends LowBitConfig<AdaDelta8bit> {

  private static final long serialVersionUID = 2L;

  /** Decay rate of both second moments. */
  private double rho = 0.95;

  /** Added to both second moments. */
  private double epsilon = 1e-6;

  /** Makes the optimizer with its defaults. */
  public AdaDelta8bit() {}

  /**
   * Makes the optimizer with all its hyper-parameters.
   *
   * @param rho decay rate of both second moments, 0 or more and below 1
   * @param epsilon term added to both second moments, positive
   */
  public AdaDelta8bit(double rho, double epsilon) {
    rho(rho).epsilon(epsilon);
  }

  /**
   * Begins a chain of setters, in the manner of ND4J's builders.
   *
   * @return a configuration with the defaults
   */
  public static AdaDelta8bit builder() {
    return new AdaDelta8bit();
  }

  /**
   * Sets the decay rate of both second moments.
   *
   * @param rho 0 or more and below 1
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public AdaDelta8bit rho(double rho) {
    this.rho = Check.decay("rho", rho);
    return this;
  }

  /**
   * Sets the term added to both second moments.
   *
   * @param epsilon positive
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public AdaDelta8bit epsilon(double epsilon) {
    this.epsilon = Check.positive("epsilon", epsilon);
    return this;
  }

  /**
   * The decay rate of both second moments.
   *
   * @return rho
   */
  public double getRho() {
    return rho;
  }

  /**
   * The term added to both second moments.
   *
   * @return epsilon
   */
  public double getEpsilon() {
    return epsilon;
  }

  @Override
  protected Map<String, Object> properties() {
    Map<String, Object> p = super.properties();
    p.put("rho", rho);
    p.put("epsilon", epsilon);
    return p;
  }

  @Override
  protected void validate() {
    super.validate();
    rho(rho);
    epsilon(epsilon);
  }

  @Override
  protected UpdateRule rule() {
    return AdaDeltaRule.INSTANCE;
  }

  @Override
  protected LowBitUpdater<AdaDelta8bit> newUpdater() {
    return new AdaDelta8bitUpdater(this);
  }
}
