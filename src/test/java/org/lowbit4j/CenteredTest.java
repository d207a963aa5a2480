package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.rule.Moment;
import org.nd4j.linalg.learning.GradientUpdater;

/**
 * Centred RMSprop where the gradient is nearly constant: the second moment about the mean is a
 * small difference of large numbers.
 */
class CenteredTest {

  private static final int N = 4096;
  private static final int STEPS = 200;

  /** Noise relative to the gradient. */
  private static final double NOISE = 0.01;

  @Test
  void updatesStayAsLargeAsIn32Bits() {
    // Measured: 13.0 in 8 bits, 11.4 in 32, 2.6 in 4; with momentum 103.8, 99.0 and 22.8.
    for (double momentum : new double[] {0, 0.9}) {
      RMSprop8bit config = new RMSprop8bit().centered(true).momentum(momentum);
      GradientUpdater<?> in8 = Updaters.create(config, N);
      GradientUpdater<?> in32 = Updaters.create(config.clone().optimBits(32), N);
      Random random = new Random(1);
      float[] drift = Updaters.normal(random, N, 1);
      double largest8 = 0;
      double largest32 = 0;
      GradientUpdater<?> in4 = Updaters.create(config.clone().optimBits(4), N);
      double largest4 = 0;
      for (int t = 0; t < STEPS; t++) {
        float[] g = gradient(random, drift);
        largest8 = Math.max(largest8, Updaters.absMax(Updaters.step(in8, g, t)));
        largest4 = Math.max(largest4, Updaters.absMax(Updaters.step(in4, g, t)));
        largest32 = Math.max(largest32, Updaters.absMax(Updaters.step(in32, g, t)));
      }
      assertThat(largest8).isBetween(0.5 * largest32, 1.42 * largest32);
      // With 4 bits the variance of what rounding does to a is added: keep such layers at 8.
      assertThat(largest4).isBetween(0.15 * largest32, largest32);
    }
  }

  /** What is stored is the difference itself: with v and a stored, it would be lost to rounding. */
  @Test
  void theDifferenceOfStoredMomentsWouldBeLost() {
    Codebook ofV = QuantMap.POWER.codebook(Moment.Kind.SECOND, false);
    Codebook ofA = QuantMap.POWER.codebook(Moment.Kind.FIRST, false);
    int block = 256;
    Random random = new Random(1);
    float[] drift = Updaters.normal(random, block, 1);
    float[] v = new float[block];
    float[] a = new float[block];
    int lost = 0;
    for (int t = 0; t < STEPS; t++) {
      float[] g = gradient(random, drift);
      for (int i = 0; i < block; i++) {
        v[i] = 0.95f * v[i] + 0.05f * g[i] * g[i];
        a[i] = 0.95f * a[i] + 0.05f * g[i];
        lost += v[i] - a[i] * a[i] <= 0 ? 1 : 0;
      }
      store(ofV, v, t);
      store(ofA, a, t);
    }
    double share = (double) lost / STEPS / block;
    // Measured: 0 or less in 42% of all steps and elements.
    assertThat(share).isGreaterThan(0.33);
  }

  private static void store(Codebook codebook, float[] moment, int t) {
    int n = moment.length;
    byte[] codes = new byte[n];
    float[] fromMiddle = new float[n];
    Codebook.dither(0, t, n, fromMiddle);
    float scale = codebook.encode(moment, n, false, fromMiddle, codes, new float[n]);
    codebook.decode(codes, codes.length, scale, moment);
  }

  private static float[] gradient(Random random, float[] drift) {
    float[] g = Updaters.normal(random, drift.length, NOISE);
    for (int i = 0; i < g.length; i++) {
      g[i] = drift[i] * (1 + g[i]);
    }
    return g;
  }
}
