package org.lowbit4j.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.rule.Moment.Kind;

/** Thresholds at their very places: all kernels have them to the bit. */
class PowerEncoderTest {

  private static final float UNSIGNED = 256 * 256;
  private static final float SIGNED = 128 * 128 * 128;

  /** Just inside the ends of the dither. */
  private static final float LAST = 0.5f - 0x1p-14f;

  /** In units in which levels are whole; the scale is 1. */
  private static int code(boolean signed, float s, float fromMiddle, boolean slow) {
    float unit = signed ? SIGNED : UNSIGNED;
    byte[] codes = new byte[2];
    QuantMap.POWER
        .codebook(signed ? Kind.FIRST : Kind.NORM, false)
        .encode(
            new float[] {s / unit, 1}, 2, slow, new float[] {fromMiddle, 0}, codes, new float[2]);
    return codes[0] & 0xFF;
  }

  /** Level j is code j - 3, between j^2 and (j+1)^2 the middle is (j+1/2)^2 + 1/4. */
  @Test
  void unsignedNumbersAtAThresholdGoDown() {
    for (int j : new int[] {3, 4, 50, 130, 254}) {
      float middle = (j + 0.5f) * (j + 0.5f) + 0.25f;
      int lower = j <= 129 ? j - 3 : 0x80 + j - 130;
      int upper = j + 1 <= 129 ? j - 2 : 0x80 + j - 129;
      assertThat(code(false, middle, 0, false)).as("at %s", middle).isEqualTo(lower);
      assertThat(code(false, Math.nextUp(middle), 0, false)).isEqualTo(upper);
      float quarter = middle + 0.25f * (2 * j + 1);
      assertThat(code(false, quarter, 0.25f, false)).as("at %s", quarter).isEqualTo(lower);
      assertThat(code(false, Math.nextUp(quarter), 0.25f, false)).isEqualTo(upper);
    }
  }

  /** Between j^3 and (j+1)^3 the middle is (j+1/2)^3 + 3/4*(j+1/2); below 27 it is 13.5. */
  @Test
  void signedNumbersAtAThresholdGoDown() {
    assertThat(code(true, 13.5f, 0, false)).isZero();
    assertThat(code(true, Math.nextUp(13.5f), 0, false)).isEqualTo(1);
    assertThat(code(true, -Math.nextUp(13.5f), 0, false)).isEqualTo(0x81);
    for (int j : new int[] {3, 20, 34, 60}) {
      float h = j + 0.5f;
      float middle = (h * h + 0.75f) * h;
      assertThat(code(true, middle, 0, false)).as("at %s", middle).isEqualTo(j - 2);
      assertThat(code(true, -middle, 0, false)).as("at -%s", middle).isEqualTo(0x80 + j - 2);
      assertThat(code(true, Math.nextUp(middle), 0, false)).isEqualTo(j - 1);
    }
  }

  /** Below level 34 the whole dither, from there on none unless the moment is slow. */
  @Test
  void signedNumbersDitherBelowOneLevel() {
    float limit = 34 * 34 * 34;
    assertThat(code(true, limit - 0.5f, LAST, false)).as("whole dither").isEqualTo(31);
    assertThat(code(true, limit - 0.5f, 0, false)).isEqualTo(32);
    float above = 35.4f * 35.4f * 35.4f;
    assertThat(code(true, above, -LAST, false)).as("no dither").isEqualTo(33);
    assertThat(code(true, above, -LAST, true)).as("slow").isEqualTo(34);
  }

  /**
   * A power of two changes no code, though the numbers be denormal or their reciprocal infinite.
   */
  @ParameterizedTest
  @EnumSource(names = "POWER_.*", mode = EnumSource.Mode.MATCH_ALL)
  void blocksOfAnySizeAreEncodedAlike(Codebooks c) {
    Random random = new Random(7);
    float[] x = new float[64];
    for (int i = 0; i < x.length; i++) {
      x[i] = 1 + (i + 1) * 0x1p-6f + random.nextInt(1 << 8) * 0x1p-20f;
      x[i] = c.signed() && random.nextBoolean() ? -x[i] : x[i];
    }
    // The first one is the largest: none may be left out.
    x[0] = 3;
    byte[] expected = encode(c, x, 1);
    for (int exponent : new int[] {-106, -101, -100, -99, -40, 0, 60, 126}) {
      if (!c.codebook().storesRoot()) {
        assertThat(encode(c, x, Math.scalb(1f, exponent))).as("2^%d", exponent).isEqualTo(expected);
      }
    }
    float two = Math.scalb(1f, 120);
    assertThat(encode(c, x, two)).isEqualTo(expected);
  }

  private static byte[] encode(Codebooks c, float[] x, float factor) {
    float[] scaled = x.clone();
    for (int i = 0; i < x.length; i++) {
      scaled[i] *= factor;
    }
    byte[] codes = new byte[x.length];
    Codebooks.encode(c.codebook(), scaled, x.length, 0, 0, codes);
    return codes;
  }

  /** An element has its threshold wherever a block begins. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 77, Integer.MAX_VALUE})
  void theDitherIsThatOfTheElement(int iteration) {
    int n = 4096;
    float[] all = new float[n];
    Codebook.dither(1L << 33, iteration, n, all);
    float[] one = new float[1];
    for (int i = 0; i < n; i += 455) {
      Codebook.dither((1L << 33) + i, iteration, 1, one);
      assertThat(all[i]).as("element %d", i).isEqualTo(one[0]);
      assertThat(Math.abs(all[i])).isLessThanOrEqualTo(LAST);
    }
  }
}
