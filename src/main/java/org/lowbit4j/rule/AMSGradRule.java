package org.lowbit4j.rule;

import static org.lowbit4j.rule.FusedMultiplyAdd.fma;

/**
 * AMSGrad (Reddi, Kale and Kumar, 2018) with ND4J's bias correction and placement of epsilon:
 *
 * <pre>
 * m = b1*m + (1-b1)*g
 * v = b2*v + (1-b2)*(g*g)
 * vHat = max(vHat, v)
 * update = (alpha*m) / (sqrt(vHat) + eps),   alpha = lr*sqrt(1-b2^t)/(1-b1^t),   t = iteration + 1
 * </pre>
 *
 * <p>Its coefficients are {@linkplain AdamRule#coefficients Adam's}.
 */
public final class AMSGradRule extends AbstractRule {

  /** The rule; it has no state. */
  public static final AMSGradRule INSTANCE = new AMSGradRule();

  private AMSGradRule() {
    super(
        2,
        "amsgrad",
        AdamRule.COEFFICIENTS,
        Moment.first("m"),
        Moment.second("v"),
        Moment.second("vHat"));
  }

  @Override
  public void step(float[] g, float[][] moments, int n, float[] c) {
    float[] m = moments[0];
    float[] v = moments[1];
    float[] vHat = moments[2];
    float eps = c[AdamRule.EPSILON];
    float alpha = c[AdamRule.ALPHA];
    float b1 = c[AdamRule.BETA1];
    float a1 = c[AdamRule.ONE_MINUS_BETA1];
    float b2 = c[AdamRule.BETA2];
    float a2 = c[AdamRule.ONE_MINUS_BETA2];
    for (int i = 0; i < n; i++) {
      float mi = fma(b1, m[i], a1 * g[i]);
      float vi = fma(b2, v[i], a2 * (g[i] * g[i]));
      float hi = Math.max(vHat[i], vi);
      m[i] = mi;
      v[i] = vi;
      vHat[i] = hi;
      g[i] = (alpha * mi) / ((float) Math.sqrt(hi) + eps);
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
