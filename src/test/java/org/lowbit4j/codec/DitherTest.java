package org.lowbit4j.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.rule.Moment;

/**
 * The dither keeps the mean of what is stored, over steps and over elements, and never moves
 * further than a neighbour.
 */
class DitherTest {

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theMeanOverStepsIsTheNumber(boolean narrow) {
    Codebook codebook = QuantMap.POWER.codebook(Moment.Kind.SECOND, narrow);
    Random random = new Random(1);
    for (int trial = 0; trial < 300; trial++) {
      float root = (float) Math.exp(-6 * random.nextDouble());
      int element = random.nextInt(1_000_000);
      int steps = 500;
      double mean = 0;
      double lowest = 1;
      double highest = 0;
      for (int t = 0; t < steps; t++) {
        double stored = stored(codebook, root, element, t);
        mean += stored / steps;
        lowest = Math.min(lowest, stored);
        highest = Math.max(highest, stored);
      }
      double gap = highest - lowest;
      assertThat(gap).as("root %s", root).isLessThan(Math.max(0.0085, 0.3 * root));
      // An evenly spread sequence of 500 thresholds is off by a few 500ths of the gap; random ones
      // would be by 22.
      assertThat(mean)
          .as("root %s, element %d", root, element)
          .isCloseTo(root, within(4.0 / steps * Math.max(gap, 0.1 * root)));
    }
  }

  @Test
  void theMeanOverElementsIsTheNumber() {
    Codebook codebook = QuantMap.POWER.codebook(Moment.Kind.SECOND, false);
    for (float root : new float[] {0.01f, 0.1f, 0.3f, 0.5f, 0.9f}) {
      int n = 1000;
      double mean = 0;
      for (int i = 0; i < n; i++) {
        mean += stored(codebook, root, i, 7) / n;
      }
      assertThat(mean).isCloseTo(root, within(1e-4 * root + 2e-5));
    }
  }

  /**
   * A code's own value is never moved, at the very ends of the dither either, whatever the scale:
   * state that does not change is stored as it is.
   */
  @ParameterizedTest
  @EnumSource(names = "POWER_.*", mode = EnumSource.Mode.MATCH_ALL)
  void valuesOfCodesStay(Codebooks c) {
    Random random = new Random(2);
    float[] values = c.codebook().values();
    float furthest = Integer.MIN_VALUE * (0x1p-32f - 0x1p-45f);
    byte[] expected = new byte[256];
    int n = 0;
    for (int code = 0; code < 256; code++) {
      boolean isNegativeZero = c.signed() && c.bits() == 4 && code == 8 && c.narrow;
      if (!c.reserved(code) && !isNegativeZero) {
        expected[n++] = (byte) code;
      }
    }
    for (int trial = 0; trial < 2000; trial++) {
      float scale = (float) Math.scalb(1 + random.nextDouble(), random.nextInt(40) - 20);
      float[] moments = new float[n];
      float[] fromMiddle = new float[n];
      for (int i = 0; i < n; i++) {
        float stored = values[expected[i] & 0xFF] * scale;
        // Whose root, rounded, is the number again.
        moments[i] = c.codebook().storesRoot() ? stored * stored : stored;
        fromMiddle[i] = random.nextBoolean() ? furthest : -furthest;
      }
      byte[] codes = new byte[n];
      c.codebook().encode(moments, n, true, fromMiddle, codes, new float[n]);
      assertThat(codes).as("scale %s", scale).isEqualTo(Arrays.copyOf(expected, n));
    }
  }

  private static double stored(Codebook codebook, float root, int element, int iteration) {
    float[] moments = {root * root, 1};
    // The root of the square may be off by an ulp, which is what the encoder sees.
    byte[] codes = new byte[2];
    Codebooks.encode(codebook, moments, 2, element, iteration, codes);
    return codebook.values()[codes[0] & 0xFF];
  }
}
