package org.lowbit4j.toy;

import static org.lowbit4j.rule.FusedMultiplyAdd.fma;

import java.util.List;
import org.lowbit4j.rule.Moment;
import org.lowbit4j.rule.UpdateRule;

/**
 * The sign of a mean of gradients (Signum; Bernstein et al., 2018), a rule that the library does
 * not have: step 1 of "Adding a rule" in nd4j-ops/README.md.
 *
 * <pre>
 * m = beta*m + (1-beta)*g
 * update = lr*sign(m),   sign(0) = 0
 * </pre>
 */
public final class SignMomentumRule implements UpdateRule {

  public static final SignMomentumRule INSTANCE = new SignMomentumRule();

  private static final int RATE = 0;
  private static final int BETA = 1;
  private static final int ONE_MINUS_BETA = 2;

  private SignMomentumRule() {}

  public static void coefficients(float[] c, double learningRate, double beta) {
    c[RATE] = (float) learningRate;
    c[BETA] = (float) beta;
    c[ONE_MINUS_BETA] = (float) (1 - beta);
  }

  /** One that the library will not come to. */
  @Override
  public int id() {
    return 2000;
  }

  @Override
  public String name() {
    return "signmomentum";
  }

  @Override
  public List<Moment> moments() {
    return List.of(Moment.first("m"));
  }

  @Override
  public int coefficientCount() {
    return 3;
  }

  @Override
  public void step(float[] g, float[][] moments, int n, float[] c) {
    float[] m = moments[0];
    for (int i = 0; i < n; i++) {
      m[i] = fma(c[BETA], m[i], c[ONE_MINUS_BETA] * g[i]);
      g[i] = m[i] > 0 ? c[RATE] : m[i] < 0 ? -c[RATE] : 0;
    }
  }

  @Override
  public float decay(int moment, float[] c) {
    return c[BETA];
  }

  @Override
  public void rescale(float[] c, float factor) {
    // Nothing has the unit of the gradient.
  }
}
