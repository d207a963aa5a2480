package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.learning.GradientUpdater;

/** Two thousand steps with state in 4 bits, beside 32: what adds up, and what fades. */
@Tag("slow")
class LongRunIn4BitsTest {

  private static final int N = 4096;
  private static final int STEPS = 2000;

  /** Its sign of a moment near 0 is a whole step. */
  private static final Set<Optimizers> TAKES_SIGNS = EnumSet.of(Optimizers.LION);

  /** Whose updates are smaller than in 32 bits in the long run. */
  private static final Set<Optimizers> FADES =
      EnumSet.of(Optimizers.ADADELTA, Optimizers.AMSGRAD, Optimizers.ADEMAMIX);

  @ParameterizedTest
  @EnumSource
  void sumsOfUpdatesStayNearThoseIn32Bits(Optimizers o) {
    for (double sigma : new double[] {0, 1}) {
      GradientUpdater<?> in4 = Updaters.create(o.config().optimBits(4).min8bitSize(0), N);
      GradientUpdater<?> in32 = Updaters.create(o.config().optimBits(32), N);
      Random random = new Random(5);
      double[] scale = new double[N];
      for (int i = 0; i < N; i++) {
        scale[i] = 0.01 * Math.exp(sigma * random.nextGaussian());
      }
      float[] drift = Updaters.normal(random, N, 0.1);
      double[] sum4 = new double[N];
      double[] sum32 = new double[N];
      double size4 = 0;
      double size32 = 0;
      for (int t = 0; t < STEPS; t++) {
        float[] g = Updaters.normal(random, N, 1);
        for (int i = 0; i < N; i++) {
          g[i] = (float) (scale[i] * (g[i] + drift[i]));
        }
        float[] u4 = Updaters.step(in4, g, t);
        float[] u32 = Updaters.step(in32, g, t);
        for (int i = 0; i < N; i++) {
          sum4[i] += u4[i];
          sum32[i] += u32[i];
          if (t >= STEPS / 2) {
            size4 += Math.abs(u4[i]);
            size32 += Math.abs(u32[i]);
          }
        }
      }
      double error = Updaters.relativeError(sum4, sum32);
      double size = size4 / size32;
      System.out.printf(
          "4 bits, %s, sigma %s: error %.3f, size of updates %.2f%n", o, sigma, error, size);
      assertThat(error)
          .as("%s, sigma %s", o, sigma)
          .isLessThan(TAKES_SIGNS.contains(o) ? 0.7 : 0.45);
      assertThat(size).as("%s, sigma %s", o, sigma).isBetween(FADES.contains(o) ? 0.75 : 0.9, 1.2);
    }
  }
}
