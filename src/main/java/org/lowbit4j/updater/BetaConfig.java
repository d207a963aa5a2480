package org.lowbit4j.updater;

import java.util.Map;
import org.lowbit4j.check.Check;

/**
 * What optimizers with two decay rates have in common, Adam's relatives and Lion. What the rates
 * are of, the optimizer's formula tells.
 *
 * @param <C> the configuration's own type
 */
public abstract class BetaConfig<C extends BetaConfig<C>> extends LearningRateConfig<C> {

  private static final long serialVersionUID = 1L;

  /** Decay rate of the first moment. */
  private double beta1;

  /** Decay rate of the second moment, or the second of the only one. */
  private double beta2;

  /**
   * Sets the defaults.
   *
   * @param learningRate 0 to 1e6
   * @param beta1 0 or more and below 1
   * @param beta2 0 or more and below 1
   */
  protected BetaConfig(double learningRate, double beta1, double beta2) {
    super(learningRate);
    this.beta1 = Check.decay("beta1", beta1);
    this.beta2 = Check.decay("beta2", beta2);
  }

  @SuppressWarnings("unchecked")
  private C self() {
    return (C) this;
  }

  /**
   * Sets the decay rate of the first moment; of Lion's moment, its weight in the update's sign.
   *
   * @param beta1 0 or more and below 1
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public C beta1(double beta1) {
    this.beta1 = Check.decay("beta1", beta1);
    return self();
  }

  /**
   * Sets the decay rate of the second moment; of Lion's moment, as it is kept.
   *
   * @param beta2 0 or more and below 1
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public C beta2(double beta2) {
    this.beta2 = Check.decay("beta2", beta2);
    return self();
  }

  /**
   * The decay rate of the first moment; of Lion's moment, its weight in the update's sign.
   *
   * @return beta1
   */
  public double getBeta1() {
    return beta1;
  }

  /**
   * The decay rate of the second moment; of Lion's moment, as it is kept.
   *
   * @return beta2
   */
  public double getBeta2() {
    return beta2;
  }

  @Override
  protected Map<String, Object> properties() {
    Map<String, Object> p = super.properties();
    p.put("beta1", beta1);
    p.put("beta2", beta2);
    return p;
  }

  @Override
  protected void validate() {
    super.validate();
    beta1(beta1);
    beta2(beta2);
  }
}
