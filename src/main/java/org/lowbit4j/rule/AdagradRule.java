package org.lowbit4j.rule;

import static org.lowbit4j.rule.FusedMultiplyAdd.fma;

/**
 * Adagrad (Duchi, Hazan and Singer, 2011) with ND4J's start and placement of epsilon:
 *
 * <pre>
 * h = h + g*g
 * update = (lr*g) / (sqrt(h + start) + eps)
 * </pre>
 *
 * <p>ND4J's state begins at {@code start}; here it begins at 0, as all state does, and the start is
 * added where it is used.
 */
public final class AdagradRule extends AbstractRule {

  /** The rule; it has no state. */
  public static final AdagradRule INSTANCE = new AdagradRule();

  private static final int EPSILON = 0;
  private static final int RATE = 1;
  private static final int START = 2;

  private AdagradRule() {
    super(6, "adagrad", 3, Moment.second("h"));
  }

  /**
   * Computes the coefficients of one step.
   *
   * @param start what the sum of squares begins with
   * @param epsilon added to the root of the sum
   */
  public static void coefficients(float[] c, double learningRate, double start, double epsilon) {
    c[EPSILON] = (float) epsilon;
    c[RATE] = (float) learningRate;
    c[START] = (float) start;
  }

  @Override
  public void step(float[] g, float[][] moments, int n, float[] c) {
    float[] h = moments[0];
    float eps = c[EPSILON];
    float rate = c[RATE];
    float start = c[START];
    for (int i = 0; i < n; i++) {
      float hi = fma(g[i], g[i], h[i]);
      h[i] = hi;
      g[i] = (rate * g[i]) / ((float) Math.sqrt(hi + start) + eps);
    }
  }

  @Override
  public float floor(float[] c) {
    return (float) Math.sqrt(c[START]);
  }

  @Override
  public void rescale(float[] c, float factor) {
    c[EPSILON] = rescaled(c[EPSILON], factor);
    c[START] = rescaledSquare(c[START], factor);
  }
}
