package org.lowbit4j.rule;

import static org.lowbit4j.rule.FusedMultiplyAdd.fma;

/**
 * Lion (Chen et al., 2023, algorithm 2): the sign of a mean of gradient and moment.
 *
 * <pre>
 * c = b1*m + (1-b1)*g
 * m = b2*m + (1-b2)*g
 * update = lr*sign(c),   sign(0) = 0
 * </pre>
 */
public final class LionRule extends AbstractRule {

  /** The rule; it has no state. */
  public static final LionRule INSTANCE = new LionRule();

  private static final int RATE = 0;
  private static final int BETA1 = 1;
  private static final int ONE_MINUS_BETA1 = 2;
  private static final int BETA2 = 3;
  private static final int ONE_MINUS_BETA2 = 4;

  private LionRule() {
    super(11, "lion", 5, Moment.first("m"));
  }

  /**
   * Computes the coefficients of one step.
   *
   * @param learningRate learning rate at this iteration, the size of every update
   * @param beta1 weight of the moment in the update's sign
   * @param beta2 decay of the moment
   */
  public static void coefficients(float[] c, double learningRate, double beta1, double beta2) {
    c[RATE] = (float) learningRate;
    c[BETA1] = (float) beta1;
    c[ONE_MINUS_BETA1] = (float) (1 - beta1);
    c[BETA2] = (float) beta2;
    c[ONE_MINUS_BETA2] = (float) (1 - beta2);
  }

  @Override
  public void step(float[] g, float[][] moments, int n, float[] c) {
    float[] m = moments[0];
    float rate = c[RATE];
    float b1 = c[BETA1];
    float a1 = c[ONE_MINUS_BETA1];
    float b2 = c[BETA2];
    float a2 = c[ONE_MINUS_BETA2];
    for (int i = 0; i < n; i++) {
      float ci = fma(b1, m[i], a1 * g[i]);
      m[i] = fma(b2, m[i], a2 * g[i]);
      g[i] = ci > 0 ? rate : ci < 0 ? -rate : 0;
    }
  }

  @Override
  public float decay(int moment, float[] c) {
    return c[BETA2];
  }

  @Override
  public void rescale(float[] c, float factor) {
    // Nothing has the unit of the gradient.
  }
}
