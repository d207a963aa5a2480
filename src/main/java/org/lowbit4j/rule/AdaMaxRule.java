package org.lowbit4j.rule;

import static org.lowbit4j.rule.FusedMultiplyAdd.fma;

/**
 * AdaMax (Kingma and Ba, 2015, section 7.1): Adam with the decaying maximum of the gradient's
 * magnitude in place of the root of its second moment.
 *
 * <pre>
 * m = b1*m + (1-b1)*g
 * u = max(b2*u, |g|)
 * update = (alpha*m) / (u + eps),   alpha = lr/(1-b1^t),   t = iteration + 1
 * </pre>
 */
public final class AdaMaxRule extends AbstractRule {

  /** The rule; it has no state. */
  public static final AdaMaxRule INSTANCE = new AdaMaxRule();

  private static final int EPSILON = 0;
  private static final int ALPHA = 1;
  private static final int BETA1 = 2;
  private static final int ONE_MINUS_BETA1 = 3;
  private static final int BETA2 = 4;

  private AdaMaxRule() {
    super(5, "adamax", 5, Moment.first("m"), Moment.norm("u"));
  }

  /**
   * Computes the coefficients of one step.
   *
   * @param beta1 decay of the first moment
   * @param beta2 decay of the largest magnitude
   * @param epsilon added to the largest magnitude
   * @param iteration iterations done before this one, 0 or more
   */
  public static void coefficients(
      float[] c, double learningRate, double beta1, double beta2, double epsilon, int iteration) {
    c[EPSILON] = (float) epsilon;
    c[ALPHA] = (float) (learningRate / (1 - Math.pow(beta1, iteration + 1.0)));
    c[BETA1] = (float) beta1;
    c[ONE_MINUS_BETA1] = (float) (1 - beta1);
    c[BETA2] = (float) beta2;
  }

  @Override
  public void step(float[] g, float[][] moments, int n, float[] c) {
    float[] m = moments[0];
    float[] u = moments[1];
    float eps = c[EPSILON];
    float alpha = c[ALPHA];
    float b1 = c[BETA1];
    float a1 = c[ONE_MINUS_BETA1];
    float b2 = c[BETA2];
    for (int i = 0; i < n; i++) {
      float mi = fma(b1, m[i], a1 * g[i]);
      float ui = Math.max(b2 * u[i], Math.abs(g[i]));
      m[i] = mi;
      u[i] = ui;
      g[i] = (alpha * mi) / (ui + eps);
    }
  }

  @Override
  public float decay(int moment, float[] c) {
    return moment == 0 ? c[BETA1] : 0;
  }

  @Override
  public void rescale(float[] c, float factor) {
    c[EPSILON] = rescaled(c[EPSILON], factor);
  }
}
