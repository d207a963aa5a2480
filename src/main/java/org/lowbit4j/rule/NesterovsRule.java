package org.lowbit4j.rule;

import static org.lowbit4j.rule.FusedMultiplyAdd.fma;

/**
 * Nesterov's momentum (Nesterov, 1983; Sutskever et al., 2013) in the form of ND4J, the sign of v
 * included:
 *
 * <pre>
 * p = mu*v
 * v = p - lr*g
 * update = p - (1+mu)*v
 * </pre>
 */
public final class NesterovsRule extends AbstractRule {

  /** The rule; it has no state. */
  public static final NesterovsRule INSTANCE = new NesterovsRule();

  private static final int RATE = 0;
  private static final int MOMENTUM = 1;
  private static final int ONE_PLUS_MOMENTUM = 2;

  private NesterovsRule() {
    super(8, "nesterovs", 3, Moment.first("v"));
  }

  /** Computes the coefficients of one step. */
  public static void coefficients(float[] c, double learningRate, double momentum) {
    c[RATE] = (float) learningRate;
    c[MOMENTUM] = (float) momentum;
    c[ONE_PLUS_MOMENTUM] = (float) (1 + momentum);
  }

  @Override
  public void step(float[] g, float[][] moments, int n, float[] c) {
    float[] v = moments[0];
    float rate = c[RATE];
    float mu = c[MOMENTUM];
    float onePlusMu = c[ONE_PLUS_MOMENTUM];
    for (int i = 0; i < n; i++) {
      float p = mu * v[i];
      float vi = fma(-rate, g[i], p);
      v[i] = vi;
      g[i] = fma(-onePlusMu, vi, p);
    }
  }

  @Override
  public int updateDegree() {
    return 1;
  }

  @Override
  public float decay(int moment, float[] c) {
    return c[MOMENTUM];
  }

  @Override
  public void rescale(float[] c, float factor) {
    // Nothing has the unit of the gradient.
  }
}
