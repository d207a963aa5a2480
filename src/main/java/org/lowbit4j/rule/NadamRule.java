package org.lowbit4j.rule;

import static org.lowbit4j.rule.FusedMultiplyAdd.fma;

/**
 * Nadam (Dozat, 2016) as ND4J computes it: Nesterov's look-ahead on the first moment, which alone
 * is corrected for its bias.
 *
 * <pre>
 * a = (1-b1)*g
 * m = b1*m + a
 * v = b2*v + (1-b2)*(g*g)
 * update = (alpha*(b1*m + a)) / (sqrt(v) + eps),   alpha = lr/(1-b1^t),   t = iteration + 1
 * </pre>
 */
public final class NadamRule extends AbstractRule {

  /** The rule; it has no state. */
  public static final NadamRule INSTANCE = new NadamRule();

  private NadamRule() {
    super(3, "nadam", AdamRule.COEFFICIENTS, Moment.first("m"), Moment.second("v"));
  }

  /**
   * Computes the coefficients of one step.
   *
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param epsilon added to the root of the second moment
   * @param iteration iterations done before this one, 0 or more
   */
  public static void coefficients(
      float[] c, double learningRate, double beta1, double beta2, double epsilon, int iteration) {
    AdamRule.coefficients(c, learningRate, beta1, beta2, epsilon, iteration);
    c[AdamRule.ALPHA] = (float) (learningRate / (1 - Math.pow(beta1, iteration + 1.0)));
    // The difference in float32, as in ND4J: for 0.999 it is 1.3e-5 smaller than 0.001, and no
    // bias correction cancels that.
    c[AdamRule.ONE_MINUS_BETA2] = 1 - (float) beta2;
  }

  @Override
  public void step(float[] g, float[][] moments, int n, float[] c) {
    float[] m = moments[0];
    float[] v = moments[1];
    float eps = c[AdamRule.EPSILON];
    float alpha = c[AdamRule.ALPHA];
    float b1 = c[AdamRule.BETA1];
    float a1 = c[AdamRule.ONE_MINUS_BETA1];
    float b2 = c[AdamRule.BETA2];
    float a2 = c[AdamRule.ONE_MINUS_BETA2];
    for (int i = 0; i < n; i++) {
      float a = a1 * g[i];
      float mi = fma(b1, m[i], a);
      float vi = fma(b2, v[i], a2 * (g[i] * g[i]));
      m[i] = mi;
      v[i] = vi;
      g[i] = (alpha * fma(b1, mi, a)) / ((float) Math.sqrt(vi) + eps);
    }
  }

  @Override
  public float decay(int moment, float[] c) {
    return AdamRule.INSTANCE.decay(moment, c);
  }

  @Override
  public void rescale(float[] c, float factor) {
    AdamRule.INSTANCE.rescale(c, factor);
  }
}
