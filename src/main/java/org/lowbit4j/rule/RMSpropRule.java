package org.lowbit4j.rule;

/**
 * RMSprop (Tieleman and Hinton, 2012) with ND4J's start and placement of epsilon:
 *
 * <pre>
 * v = decay*v + (1-decay)*(g*g)
 * update = (lr*g) / (sqrt(v + start) + eps),   start = eps*decay^t,   t = iteration + 1
 * </pre>
 *
 * <p>ND4J's state begins at epsilon, of which {@code start} is left at step t; here it begins at 0,
 * as all state does.
 */
public final class RMSpropRule extends AbstractRule {

  /** The rule; it has no state. */
  public static final RMSpropRule INSTANCE = new RMSpropRule();

  private static final int EPSILON = 0;
  private static final int RATE = 1;
  private static final int DECAY = 2;
  private static final int ONE_MINUS_DECAY = 3;
  private static final int START = 4;

  private RMSpropRule() {
    super(7, "rmsprop", 5, Moment.second("v"));
  }

  /**
   * Computes the coefficients of one step.
   *
   * @param c receives the coefficients
   * @param learningRate learning rate at this iteration
   * @param decay decay of the second moment
   * @param epsilon what the second moment begins with, also added to its root
   * @param iteration iterations done before this one, 0 or more
   */
  public static void coefficients(
      float[] c, double learningRate, double decay, double epsilon, int iteration) {
    c[EPSILON] = (float) epsilon;
    c[RATE] = (float) learningRate;
    c[DECAY] = (float) decay;
    c[ONE_MINUS_DECAY] = (float) (1 - decay);
    c[START] = (float) (epsilon * Math.pow(decay, iteration + 1.0));
  }

  @Override
  public void step(float[] g, float[][] moments, int n, float[] c) {
    float[] v = moments[0];
    float eps = c[EPSILON];
    float rate = c[RATE];
    float decay = c[DECAY];
    float a = c[ONE_MINUS_DECAY];
    float start = c[START];
    for (int i = 0; i < n; i++) {
      float vi = decay * v[i] + a * (g[i] * g[i]);
      v[i] = vi;
      g[i] = (rate * g[i]) / ((float) Math.sqrt(vi + start) + eps);
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
