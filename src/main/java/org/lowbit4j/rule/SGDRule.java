package org.lowbit4j.rule;

import static org.lowbit4j.rule.FusedMultiplyAdd.fma;

/**
 * Stochastic gradient descent with momentum (Polyak, 1964; Sutskever et al., 2013) in the form of
 * PyTorch, the learning rate outside the moment:
 *
 * <pre>
 * m = mu*m + a*g,   a = 1 - dampening, but 1 while the state is fresh
 * d = ng*g + nm*m,  ng = 0, nm = 1, or for Nesterov's momentum ng = 1, nm = mu
 * update = lr*d
 * </pre>
 */
public final class SGDRule extends AbstractRule {

  /** The rule; it has no state. */
  public static final SGDRule INSTANCE = new SGDRule();

  private static final int RATE = 0;
  private static final int MOMENTUM = 1;
  private static final int OF_GRADIENT = 2;
  private static final int GRADIENT_IN_DIRECTION = 3;
  private static final int MOMENT_IN_DIRECTION = 4;

  private SGDRule() {
    super(10, "sgd", 5, Moment.first("m"));
  }

  /**
   * Computes the coefficients of one step.
   *
   * @param dampening how much less than whole the gradient enters the moment
   * @param nesterov whether the moment looks ahead
   * @param steps done with this state before this one, 0 or more
   */
  public static void coefficients(
      float[] c,
      double learningRate,
      double momentum,
      double dampening,
      boolean nesterov,
      int steps) {
    c[RATE] = (float) learningRate;
    c[MOMENTUM] = (float) momentum;
    // As in PyTorch the moment begins as the first gradient, undamped.
    c[OF_GRADIENT] = steps == 0 ? 1 : (float) (1 - dampening);
    c[GRADIENT_IN_DIRECTION] = nesterov ? 1 : 0;
    c[MOMENT_IN_DIRECTION] = nesterov ? (float) momentum : 1;
  }

  @Override
  public void step(float[] g, float[][] moments, int n, float[] c) {
    float[] m = moments[0];
    float rate = c[RATE];
    float mu = c[MOMENTUM];
    float a = c[OF_GRADIENT];
    float ng = c[GRADIENT_IN_DIRECTION];
    float nm = c[MOMENT_IN_DIRECTION];
    for (int i = 0; i < n; i++) {
      float mi = fma(mu, m[i], a * g[i]);
      m[i] = mi;
      g[i] = rate * fma(ng, g[i], nm * mi);
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
