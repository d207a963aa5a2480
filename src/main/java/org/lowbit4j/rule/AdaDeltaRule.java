package org.lowbit4j.rule;

import static org.lowbit4j.rule.FusedMultiplyAdd.fma;

/**
 * AdaDelta (Zeiler, 2012, algorithm 1), epsilon beside both moments as in the paper and in ND4J:
 *
 * <pre>
 * msg = rho*msg + (1-rho)*(g*g)
 * update = g * sqrt((msdx + eps) * (1/(msg + eps)))
 * msdx = rho*msdx + (1-rho)*(update*update)
 * </pre>
 *
 * <p>The step size, the ratio of the roots, has nothing that pulls it back: an error of one moment
 * stays in all later updates, and in 8 bits errors would add up, for small elements of a block to
 * step sizes that are many times too large. What rounding does to msg is therefore done to msdx,
 * too: {@code msdx = msdx*min(2, (stored + eps)*(1/(exact + eps)))}. The limit keeps an element
 * that is lifted to the smallest code from taking over the scale of msdx.
 */
public final class AdaDeltaRule extends AbstractRule {

  /** The rule; it has no state. */
  public static final AdaDeltaRule INSTANCE = new AdaDeltaRule();

  private static final int RHO = 0;
  private static final int ONE_MINUS_RHO = 1;
  private static final int EPSILON_OF_GRADIENTS = 2;
  private static final int EPSILON_OF_UPDATES = 3;

  private AdaDeltaRule() {
    super(9, "adadelta", 4, Moment.second("msg"), Moment.secondOfUpdates("msdx"));
  }

  /**
   * Computes the coefficients of one step.
   *
   * @param rho decay of both second moments
   * @param epsilon added to both second moments
   */
  public static void coefficients(float[] c, double rho, double epsilon) {
    c[RHO] = (float) rho;
    c[ONE_MINUS_RHO] = (float) (1 - rho);
    c[EPSILON_OF_GRADIENTS] = (float) epsilon;
    c[EPSILON_OF_UPDATES] = (float) epsilon;
  }

  @Override
  public void step(float[] g, float[][] moments, int n, float[] c) {
    float[] msg = moments[0];
    float[] msdx = moments[1];
    float rho = c[RHO];
    float a = c[ONE_MINUS_RHO];
    float epsG = c[EPSILON_OF_GRADIENTS];
    float epsX = c[EPSILON_OF_UPDATES];
    for (int i = 0; i < n; i++) {
      float gi = fma(rho, msg[i], a * (g[i] * g[i]));
      float u = g[i] * (float) Math.sqrt((msdx[i] + epsX) * (1 / (gi + epsG)));
      msg[i] = gi;
      msdx[i] = fma(rho, msdx[i], a * (u * u));
      g[i] = u;
    }
  }

  @Override
  public float floor(float[] c) {
    return (float) Math.sqrt(c[EPSILON_OF_GRADIENTS]);
  }

  @Override
  public void rescale(float[] c, float factor) {
    c[EPSILON_OF_GRADIENTS] = rescaledSquare(c[EPSILON_OF_GRADIENTS], factor);
  }

  @Override
  public boolean compensates() {
    return true;
  }

  @Override
  public void compensate(float[] exact, float[] stored, float[][] moments, int n, float[] c) {
    float[] msdx = moments[1];
    float epsG = c[EPSILON_OF_GRADIENTS];
    for (int i = 0; i < n; i++) {
      msdx[i] *= Math.min(2f, (stored[i] + epsG) * (1 / (exact[i] + epsG)));
    }
  }
}
