package org.lowbit4j.rule;

import static org.lowbit4j.rule.FusedMultiplyAdd.fma;

/**
 * RMSprop (Tieleman and Hinton, 2012) with ND4J's start and placement of epsilon, optionally with
 * momentum and centred, as in PyTorch:
 *
 * <pre>
 * v = decay*v + (1-decay)*(g*g)
 * update = (lr*g) / (sqrt(v + start) + eps),   start = eps*decay^t,   t = steps with this state
 *
 * with momentum:
 * b = momentum*b + clamp(g / (sqrt(v + start) + eps), 2^80)
 * update = lr*b
 *
 * centred, in place of v:
 * d = g - a
 * s = decay*(s + (1-decay)*(d*d))
 * a = decay*a + (1-decay)*g
 * </pre>
 *
 * <p>Centred, the update itself is clamped to 2^100: s may be 0 beside any gradient, and an epsilon
 * near the smallest float would make the quotient infinite. {@code clamp(x, y) = max(-y, min(y,
 * x))}.
 *
 * <p>ND4J's state begins at epsilon, of which {@code start} is left at step t; here it begins at 0,
 * as all state does.
 *
 * <p>Centred means divided by the root of {@code v - a*a} (Graves, 2013). In 8 bits that difference
 * may come out as 0 or less, and the update would explode. Kept is therefore the difference itself,
 * s, by the recurrence of West (1979) for exponential weights. It is the same number: with {@code q
 * = 1-decay},
 *
 * <pre>
 * s' = v' - a'^2 = decay*v + q*g^2 - (decay*a + q*g)^2
 *    = decay*(s + a^2) + q*g^2 - decay^2*a^2 - 2*decay*q*a*g - q^2*g^2
 *    = decay*s + decay*q*(a^2 - 2*a*g + g^2) = decay*(s + q*(g-a)^2)
 * </pre>
 */
public final class RMSpropRule extends AbstractRule {

  /** Plain RMSprop. */
  public static final RMSpropRule INSTANCE =
      new RMSpropRule(7, "rmsprop", false, -1, Moment.second("v"));

  private static final RMSpropRule WITH_MOMENTUM =
      new RMSpropRule(
          13, "rmsprop-momentum", false, 1, Moment.second("v"), Moment.firstOfUpdates("b"));

  private static final RMSpropRule CENTERED =
      new RMSpropRule(14, "rmsprop-centered", true, -1, Moment.second("s"), Moment.first("a"));

  private static final RMSpropRule CENTERED_WITH_MOMENTUM =
      new RMSpropRule(
          15,
          "rmsprop-centered-momentum",
          true,
          2,
          Moment.second("s"),
          Moment.first("a"),
          Moment.firstOfUpdates("b"));

  private static final int EPSILON = 0;
  private static final int RATE = 1;
  private static final int DECAY = 2;
  private static final int ONE_MINUS_DECAY = 3;
  private static final int START = 4;
  private static final int MOMENTUM = 5;

  /** Keep moment b, and what a learning rate makes of it, finite in float32. */
  private static final float LARGEST_QUOTIENT = 0x1p80f;

  private static final float LARGEST_UPDATE = 0x1p100f;

  private final boolean centered;

  /** Index of moment b, -1 without momentum. */
  private final int momentumAt;

  private RMSpropRule(int id, String name, boolean centered, int momentumAt, Moment... moments) {
    super(id, name, momentumAt < 0 ? MOMENTUM : MOMENTUM + 1, moments);
    this.centered = centered;
    this.momentumAt = momentumAt;
  }

  /**
   * The rule for two options.
   *
   * @param centered whether the second moment is that about the mean
   * @return one of four rules, each with a number of its own
   */
  public static RMSpropRule of(boolean momentum, boolean centered) {
    return centered
        ? momentum ? CENTERED_WITH_MOMENTUM : CENTERED
        : momentum ? WITH_MOMENTUM : INSTANCE;
  }

  /**
   * Computes the coefficients of one step.
   *
   * @param c receives the coefficients, one more for rules with momentum
   * @param decay decay of the second moment, and of the mean
   * @param epsilon what the second moment begins with, also added to its root
   * @param momentum decay of the sum of updates; not used by rules without
   * @param steps done with this state before this one, 0 or more
   */
  public static void coefficients(
      float[] c, double learningRate, double decay, double epsilon, double momentum, int steps) {
    c[EPSILON] = (float) epsilon;
    c[RATE] = (float) learningRate;
    c[DECAY] = (float) decay;
    c[ONE_MINUS_DECAY] = (float) (1 - decay);
    c[START] = (float) (epsilon * Math.pow(decay, steps + 1.0));
    if (c.length > MOMENTUM) {
      c[MOMENTUM] = (float) momentum;
    }
  }

  @Override
  public void step(float[] g, float[][] moments, int n, float[] c) {
    float[] v = moments[0];
    if (centered) {
      advanceCentered(g, v, moments[1], n, c);
    } else {
      advance(g, v, n, c);
    }
    float eps = c[EPSILON];
    float rate = c[RATE];
    float start = c[START];
    if (momentumAt < 0) {
      for (int i = 0; i < n; i++) {
        float u = (rate * g[i]) / ((float) Math.sqrt(v[i] + start) + eps);
        g[i] = centered ? clamp(u, LARGEST_UPDATE) : u;
      }
      return;
    }
    float[] b = moments[momentumAt];
    float mu = c[MOMENTUM];
    for (int i = 0; i < n; i++) {
      float q = g[i] / ((float) Math.sqrt(v[i] + start) + eps);
      float bi = fma(mu, b[i], clamp(q, LARGEST_QUOTIENT));
      b[i] = bi;
      g[i] = rate * bi;
    }
  }

  private static float clamp(float x, float largest) {
    return Math.max(-largest, Math.min(largest, x));
  }

  private static void advance(float[] g, float[] v, int n, float[] c) {
    float decay = c[DECAY];
    float q = c[ONE_MINUS_DECAY];
    for (int i = 0; i < n; i++) {
      v[i] = fma(decay, v[i], q * (g[i] * g[i]));
    }
  }

  private static void advanceCentered(float[] g, float[] s, float[] a, int n, float[] c) {
    float decay = c[DECAY];
    float q = c[ONE_MINUS_DECAY];
    for (int i = 0; i < n; i++) {
      float d = g[i] - a[i];
      s[i] = decay * fma(q, d * d, s[i]);
      a[i] = fma(decay, a[i], q * g[i]);
    }
  }

  @Override
  public float floor(float[] c) {
    return (float) Math.sqrt(c[START]);
  }

  @Override
  public float decay(int moment, float[] c) {
    return moment == 0 ? 0 : moment == momentumAt ? c[MOMENTUM] : c[DECAY];
  }

  @Override
  public void rescale(float[] c, float factor) {
    c[EPSILON] = rescaled(c[EPSILON], factor);
    c[START] = rescaledSquare(c[START], factor);
  }
}
