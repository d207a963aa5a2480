package org.lowbit4j.rule;

import static org.lowbit4j.rule.FusedMultiplyAdd.fma;

/**
 * AdaBelief (Zhuang et al., 2020) with ND4J's bias correction and both its epsilons:
 *
 * <pre>
 * m = b1*m + (1-b1)*g
 * d = g - m
 * s = (b2*s + (1-b2)*(d*d)) + eps
 * update = (alpha*m) / (sqrt(s) + eps),   alpha = lr*sqrt(1-b2^t)/(1-b1^t),   t = iteration + 1
 * </pre>
 */
public final class AdaBeliefRule extends AbstractRule {

  /** The rule; it has no state. */
  public static final AdaBeliefRule INSTANCE = new AdaBeliefRule();

  private static final int EPSILON_IN_S = AdamRule.COEFFICIENTS;

  private AdaBeliefRule() {
    super(4, "adabelief", AdamRule.COEFFICIENTS + 1, Moment.first("m"), Moment.second("s"));
  }

  /**
   * Computes the coefficients of one step.
   *
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param epsilon added to the second moment, and to its root
   * @param iteration iterations done before this one, 0 or more
   */
  public static void coefficients(
      float[] c, double learningRate, double beta1, double beta2, double epsilon, int iteration) {
    AdamRule.coefficients(c, learningRate, beta1, beta2, epsilon, iteration);
    c[EPSILON_IN_S] = (float) epsilon;
  }

  @Override
  public void step(float[] g, float[][] moments, int n, float[] c) {
    float[] m = moments[0];
    float[] s = moments[1];
    float eps = c[AdamRule.EPSILON];
    float epsInS = c[EPSILON_IN_S];
    float alpha = c[AdamRule.ALPHA];
    float b1 = c[AdamRule.BETA1];
    float a1 = c[AdamRule.ONE_MINUS_BETA1];
    float b2 = c[AdamRule.BETA2];
    float a2 = c[AdamRule.ONE_MINUS_BETA2];
    for (int i = 0; i < n; i++) {
      float mi = fma(b1, m[i], a1 * g[i]);
      float d = g[i] - mi;
      float si = fma(b2, s[i], fma(a2, d * d, epsInS));
      m[i] = mi;
      s[i] = si;
      g[i] = (alpha * mi) / ((float) Math.sqrt(si) + eps);
    }
  }

  @Override
  public float floor(float[] c) {
    return (float) Math.sqrt(c[EPSILON_IN_S]);
  }

  @Override
  public float decay(int moment, float[] c) {
    return AdamRule.INSTANCE.decay(moment, c);
  }

  @Override
  public void rescale(float[] c, float factor) {
    c[AdamRule.EPSILON] = rescaled(c[AdamRule.EPSILON], factor);
    c[EPSILON_IN_S] = rescaledSquare(c[EPSILON_IN_S], factor);
  }
}
