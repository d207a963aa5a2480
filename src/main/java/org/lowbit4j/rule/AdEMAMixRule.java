package org.lowbit4j.rule;

import static org.lowbit4j.rule.FusedMultiplyAdd.fma;

/**
 * AdEMAMix (Pagliardini, Ablin and Grangier, 2024, algorithm 1): Adam with a second, much slower
 * first moment, which is not corrected for its bias.
 *
 * <pre>
 * m1 = b1*m1 + (1-b1)*g
 * m2 = b3*m2 + (1-b3)*g
 * v = b2*v + (1-b2)*(g*g)
 * update = (r1*m1 + r2*m2) / (sqrt(v) + eps*c2)
 * c1 = 1-b1^t,   c2 = sqrt(1-b2^t),   r1 = lr*c2/c1,   r2 = lr*c2*alpha,   t = iteration + 1
 * </pre>
 *
 * <p>It is the paper's {@code lr*(m1/c1 + alpha*m2) / (sqrt(v)/c2 + eps)} times c2/c2.
 */
public final class AdEMAMixRule extends AbstractRule {

  /** The rule; it has no state. */
  public static final AdEMAMixRule INSTANCE = new AdEMAMixRule();

  private static final int EPSILON = 0;
  private static final int RATE_OF_M1 = 1;
  private static final int RATE_OF_M2 = 2;
  private static final int BETA1 = 3;
  private static final int ONE_MINUS_BETA1 = 4;
  private static final int BETA2 = 5;
  private static final int ONE_MINUS_BETA2 = 6;
  private static final int BETA3 = 7;
  private static final int ONE_MINUS_BETA3 = 8;

  private AdEMAMixRule() {
    super(12, "ademamix", 9, Moment.first("m1"), Moment.first("m2"), Moment.second("v"));
  }

  /**
   * Computes the coefficients of one step.
   *
   * @param betas decays of m1, v and m2 at this iteration, in the paper's order
   * @param alpha weight of m2 at this iteration
   * @param epsilon added to the root of the second moment once that is corrected for its bias
   * @param iteration iterations done before this one, 0 or more
   */
  public static void coefficients(
      float[] c, double learningRate, double[] betas, double alpha, double epsilon, int iteration) {
    double t = iteration + 1.0;
    double c2 = Math.sqrt(1 - Math.pow(betas[1], t));
    c[EPSILON] = AdamRule.epsilon(epsilon, betas[1], iteration);
    c[RATE_OF_M1] = (float) (learningRate * c2 / (1 - Math.pow(betas[0], t)));
    c[RATE_OF_M2] = (float) (learningRate * c2 * alpha);
    c[BETA1] = (float) betas[0];
    c[ONE_MINUS_BETA1] = (float) (1 - betas[0]);
    c[BETA2] = (float) betas[1];
    c[ONE_MINUS_BETA2] = (float) (1 - betas[1]);
    c[BETA3] = (float) betas[2];
    c[ONE_MINUS_BETA3] = (float) (1 - betas[2]);
  }

  @Override
  public void step(float[] g, float[][] moments, int n, float[] c) {
    float[] m1 = moments[0];
    float[] m2 = moments[1];
    float[] v = moments[2];
    float eps = c[EPSILON];
    float r1 = c[RATE_OF_M1];
    float r2 = c[RATE_OF_M2];
    float b1 = c[BETA1];
    float a1 = c[ONE_MINUS_BETA1];
    float b2 = c[BETA2];
    float a2 = c[ONE_MINUS_BETA2];
    float b3 = c[BETA3];
    float a3 = c[ONE_MINUS_BETA3];
    for (int i = 0; i < n; i++) {
      float fast = fma(b1, m1[i], a1 * g[i]);
      float slow = fma(b3, m2[i], a3 * g[i]);
      float vi = fma(b2, v[i], a2 * (g[i] * g[i]));
      m1[i] = fast;
      m2[i] = slow;
      v[i] = vi;
      g[i] = fma(r1, fast, r2 * slow) / ((float) Math.sqrt(vi) + eps);
    }
  }

  @Override
  public float decay(int moment, float[] c) {
    return moment == 0 ? c[BETA1] : moment == 1 ? c[BETA3] : 0;
  }

  @Override
  public void rescale(float[] c, float factor) {
    c[EPSILON] = rescaled(c[EPSILON], factor);
  }
}
