package org.lowbit4j.updater;

import java.util.Map;
import org.lowbit4j.check.Check;

/**
 * The hyper-parameters that Adam and its relatives share.
 *
 * @param <C> the configuration's own type
 */
public abstract class AdamConfig<C extends AdamConfig<C>> extends LearningRateConfig<C> {

  private static final long serialVersionUID = 1L;

  /** Learning rate unless another is given. */
  public static final double DEFAULT_LEARNING_RATE = 1e-3;

  /** Decay rate of the first moment. */
  private double beta1 = 0.9;

  /** Decay rate of the second moment. */
  private double beta2 = 0.999;

  /** Keeps the denominator positive. */
  private double epsilon;

  /**
   * Sets the defaults: learning rate 1e-3, beta1 0.9, beta2 0.999.
   *
   * @param epsilon default of the term that keeps the denominator positive
   */
  protected AdamConfig(double epsilon) {
    super(DEFAULT_LEARNING_RATE);
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
   * Sets the decay rate of the first moment.
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
   * Sets the decay rate of the second moment.
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
   * The decay rate of the first moment.
   *
   * @return beta1
   */
  public double getBeta1() {
    return beta1;
  }

  /**
   * The decay rate of the second moment.
   *
   * @return beta2
   */
  public double getBeta2() {
    return beta2;
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
    p.put("beta1", beta1);
    p.put("beta2", beta2);
    p.put("epsilon", epsilon);
    return p;
  }

  @Override
  protected void validate() {
    super.validate();
    beta1(beta1);
    beta2(beta2);
    epsilon(epsilon);
  }
}
