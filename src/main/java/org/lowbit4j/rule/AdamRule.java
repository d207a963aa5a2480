package org.lowbit4j.rule;

import static org.lowbit4j.rule.FusedMultiplyAdd.fma;

/**
 * Adam with ND4J's placement of epsilon (the "epsilon hat" of Kingma and Ba, 2015, end of section
 * 2):
 *
 * <pre>
 * m = b1*m + (1-b1)*g
 * v = b2*v + (1-b2)*(g*g)
 * update = (alpha*m) / (sqrt(v) + eps),   alpha = lr*sqrt(1-b2^t)/(1-b1^t),   t = iteration + 1
 * </pre>
 */
public final class AdamRule extends AbstractRule {

  /** The rule; it has no state. */
  public static final AdamRule INSTANCE = new AdamRule();

  static final int EPSILON = 0;
  static final int ALPHA = 1;
  static final int BETA1 = 2;
  static final int ONE_MINUS_BETA1 = 3;
  static final int BETA2 = 4;
  static final int ONE_MINUS_BETA2 = 5;
  static final int COEFFICIENTS = 6;

  private AdamRule() {
    super(1, "adam", COEFFICIENTS, Moment.first("m"), Moment.second("v"));
  }

  /**
   * Computes the coefficients of one step of Adam or AMSGrad.
   *
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param epsilon added to the root of the second moment
   * @param iteration iterations done before this one, 0 or more
   */
  public static void coefficients(
      float[] c, double learningRate, double beta1, double beta2, double epsilon, int iteration) {
    double t = iteration + 1.0;
    c[EPSILON] = (float) epsilon;
    c[ALPHA] =
        (float) (learningRate * Math.sqrt(1 - Math.pow(beta2, t)) / (1 - Math.pow(beta1, t)));
    c[BETA1] = (float) beta1;
    c[ONE_MINUS_BETA1] = (float) (1 - beta1);
    c[BETA2] = (float) beta2;
    c[ONE_MINUS_BETA2] = (float) (1 - beta2);
  }

  /**
   * What epsilon is in this rule when the paper's algorithm 1 is meant, which adds it after the
   * second moment's correction: {@code m^/(sqrt(v^) + epsilon)} is the update of this rule with
   * {@code eps = epsilon*sqrt(1-b2^t)}.
   *
   * @param epsilon added to the root of the second moment once that is corrected for its bias
   * @param beta2 decay of the second moment
   * @param iteration iterations done before this one, 0 or more
   * @return epsilon for {@link #coefficients}, positive in float32
   */
  public static float epsilon(double epsilon, double beta2, int iteration) {
    double correction = Math.sqrt(1 - Math.pow(beta2, iteration + 1.0));
    return Math.max((float) (epsilon * correction), Float.MIN_NORMAL);
  }

  @Override
  public void step(float[] g, float[][] moments, int n, float[] c) {
    float[] m = moments[0];
    float[] v = moments[1];
    float eps = c[EPSILON];
    float alpha = c[ALPHA];
    float b1 = c[BETA1];
    float a1 = c[ONE_MINUS_BETA1];
    float b2 = c[BETA2];
    float a2 = c[ONE_MINUS_BETA2];
    for (int i = 0; i < n; i++) {
      float mi = fma(b1, m[i], a1 * g[i]);
      float vi = fma(b2, v[i], a2 * (g[i] * g[i]));
      m[i] = mi;
      v[i] = vi;
      g[i] = (alpha * mi) / ((float) Math.sqrt(vi) + eps);
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
