package org.lowbit4j.updater;

import java.util.Map;
import org.lowbit4j.check.Check;

/**
 * The hyper-parameters that Adam and its relatives share.
 *
 * @param <C> the configuration's own type
 */
public abstract class AdamConfig<C extends AdamConfig<C>> extends BetaConfig<C> {

  private static final long serialVersionUID = 1L;

  /** Learning rate unless another is given. */
  public static final double DEFAULT_LEARNING_RATE = 1e-3;

  /** Keeps the denominator positive. */
  private double epsilon;

  /**
   * Sets the defaults: learning rate 1e-3, beta1 0.9, beta2 0.999.
   *
   * @param epsilon default of the term that keeps the denominator positive
   */
  protected AdamConfig(double epsilon) {
    super(DEFAULT_LEARNING_RATE, 0.9, 0.999);
    this.epsilon = Check.positive("epsilon", epsilon);
  }

  /** Sets the defaults: learning rate 1e-3, beta1 0.9, beta2 0.999, epsilon 1e-8. */
  protected AdamConfig() {
    this(1e-8);
  }

  @SuppressWarnings("unchecked")
  private C self() {
    return (C) this;
  }

  /**
   * Sets the term that keeps the denominator of the update positive.
   *
   * @param epsilon positive
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public C epsilon(double epsilon) {
    this.epsilon = Check.positive("epsilon", epsilon);
    return self();
  }

  /**
   * The term that keeps the denominator of the update positive.
   *
   * @return epsilon
   */
  public double getEpsilon() {
    return epsilon;
  }

  @Override
  protected Map<String, Object> properties() {
    Map<String, Object> p = super.properties();
    p.put("epsilon", epsilon);
    return p;
  }

  @Override
  protected void validate() {
    super.validate();
    epsilon(epsilon);
  }
}
