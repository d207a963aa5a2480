package org.lowbit4j.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Blocks keep their scale to the bit and their moments to the codebook's precision. */
class CodebookBlocksTest {

  @ParameterizedTest
  @EnumSource
  void theScaleIsTheLargestMagnitudeAndCodesAreThoseOfTheOracle(Codebooks c) {
    Random random = new Random(2);
    float[] values = c.codebook().values();
    for (int trial = 0; trial < 300; trial++) {
      int n = 1 + random.nextInt(300);
      float[] moments = block(random, c, n, Math.pow(10, 60 * random.nextDouble() - 30), 8);
      String what = c + ", trial " + trial + ", moments " + Arrays.toString(moments);
      float[] stored = new float[n];
      float max = 0;
      for (int i = 0; i < n; i++) {
        stored[i] = c.codebook().storesRoot() ? (float) Math.sqrt(moments[i]) : moments[i];
        max = Math.max(max, Math.abs(stored[i]));
      }
      byte[] codes = new byte[n];
      float scale = Codebooks.encode(c.codebook(), moments.clone(), n, 0, 0, codes);
      assertThat(scale).as(what).isEqualTo(max);
      float[] decoded = decode(c, codes, scale);
      for (int i = 0; i < n; i++) {
        int expected =
            c.codebook().top() > 0
                ? c.dithered(stored[i], max, i, 0)
                : Codebooks.nearest(values, stored[i] / max);
        assertThat(codes[i] & 0xFF).as("element %d of %s", i, what).isEqualTo(expected);
        float value = values[expected] * scale;
        assertThat(decoded[i]).isEqualTo(c.codebook().storesRoot() ? value * value : value);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void onlyTheFirstNElementsAreTouched(Codebooks c) {
    float[] moments = {1, 0.5f, 0.25f, 7, 7};
    byte[] codes = {-1, -1, -1, -1, -1};
    assertThat(Codebooks.encode(c.codebook(), moments, 3, 0, 0, codes)).isEqualTo(1);
    assertThat(Arrays.copyOfRange(moments, 3, 5)).containsExactly(7, 7);
    assertThat(Arrays.copyOfRange(codes, 3, 5)).containsExactly(-1, -1);
    assertThat(codes[0]).isNotEqualTo((byte) -1);
    float[] decoded = {9, 9, 9, 9, 9};
    c.codebook().decode(codes, 3, 1, decoded);
    assertThat(decoded[0]).isEqualTo(1);
    assertThat(Arrays.copyOfRange(decoded, 3, 5)).containsExactly(9, 9);
  }

  @ParameterizedTest
  @EnumSource
  void aBlockOfZerosHasScaleZeroCodesZeroAndDecodesToZeros(Codebooks c) {
    float[] zeros = new float[100];
    if (c.signed()) {
      Arrays.fill(zeros, 50, 100, -0f);
    }
    byte[] codes = new byte[100];
    Arrays.fill(codes, (byte) 55);
    float scale = Codebooks.encode(c.codebook(), zeros, 100, 0, 0, codes);
    assertThat(Float.floatToRawIntBits(scale)).isZero();
    assertThat(codes).containsOnly(0);
    assertThat(decode(c, codes, scale)).containsOnly(0f);
  }

  @ParameterizedTest
  @EnumSource
  void denormalsKeepTheirPrecision(Codebooks c) {
    for (int largest : new int[] {1, 2, 100, 0x7FFFFF}) {
      float[] moments = new float[64];
      for (int i = 0; i < 64; i++) {
        float magnitude = Float.intBitsToFloat((int) ((long) largest * (i + 1) / 64));
        moments[i] = c.signed() && i % 3 == 0 ? -magnitude : magnitude;
      }
      byte[] codes = new byte[64];
      float[] decoded =
          decode(c, codes, Codebooks.encode(c.codebook(), moments.clone(), 64, 0, 0, codes));
      float limit = (c.bits() == 4 ? 0.25f : 0.02f) * largest * Float.MIN_VALUE + Float.MIN_VALUE;
      for (int i = 0; i < 64; i++) {
        assertThat(Math.abs(decoded[i] - moments[i]))
            .as("%s: %s decoded as %s, largest %d*2^-149", c, moments[i], decoded[i], largest)
            .isLessThanOrEqualTo(limit);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void oneHugeOutlierStaysFiniteAndTakesNothingWithIt(Codebooks c) {
    float[] moments = new float[256];
    Arrays.fill(moments, 1e-3f);
    moments[77] = Float.MAX_VALUE;
    byte[] codes = new byte[256];
    float[] decoded =
        decode(c, codes, Codebooks.encode(c.codebook(), moments.clone(), 256, 0, 0, codes));
    assertThat(decoded[77]).isBetween(Float.MAX_VALUE * 0.999999f, Float.MAX_VALUE);
    for (int i = 0; i < 256; i++) {
      if (i != 77) {
        assertThat(codes[i]).as("%s, element %d", c, i).isZero();
        float lowest = c.bits() == 4 ? 3.2e-4f : 4e-7f;
        assertThat(decoded[i]).isBetween(0f, 1.1f * lowest * Float.MAX_VALUE);
      }
    }
  }

  /** DYNAMIC has no -1: a block whose largest element is negative shrinks by 0.7 % once. */
  @ParameterizedTest
  @EnumSource
  void encodingWhatWasDecodedGivesTheSameCodesAndScale(Codebooks c) {
    Random random = new Random(3);
    for (int trial = 0; trial < 300; trial++) {
      double scale = Math.pow(10, 30 * random.nextDouble() - 15);
      float[] moments = block(random, c, 256, scale, 6);
      moments[random.nextInt(256)] = 1.1f * (float) scale;
      byte[] once = new byte[256];
      float first = Codebooks.encode(c.codebook(), moments.clone(), 256, 0, 0, once);
      byte[] twice = new byte[256];
      float second = Codebooks.encode(c.codebook(), decode(c, once, first), 256, 0, 0, twice);
      String what = c + ", trial " + trial + ", moments " + Arrays.toString(moments);
      assertThat(second).as(what).isEqualTo(first);
      assertThat(twice).as(what).isEqualTo(once);
    }
  }

  /**
   * Half the widest gap between neighbours, the whole gap where there is a dither, of moments from
   * {@code floor} times the largest on.
   */
  @ParameterizedTest
  @CsvSource({
    "POWER_FIRST_WIDE,     0.1, 0.026, 1e-4, 0.60",
    "POWER_FIRST_NARROW,   0.1, 0.026, 1e-4, 0.60",
    "POWER_SECOND_WIDE,    0.1, 0.03, 1e-4, 0.17",
    "POWER_SECOND_NARROW,  0.1, 0.03, 1e-4, 0.17",
    "DYNAMIC_FIRST_WIDE,   0.1, 0.072, 1e-4, 0.30",
    "DYNAMIC_FIRST_NARROW, 0.1, 0.076, 1e-4, 0.30",
    "DYNAMIC_SECOND_WIDE,  0.1, 0.036, 1e-4, 0.20",
    "DYNAMIC_SECOND_NARROW,0.1, 0.038, 1e-4, 0.20",
    "POWER_4_FIRST_WIDE,   0.1, 1.02, 0.5, 0.46",
    "POWER_4_FIRST_NARROW, 0.1, 1.02, 0.5, 0.54",
    "POWER_4_SECOND_WIDE,  0.1, 0.57, 0.002, 1.75",
    "POWER_4_SECOND_NARROW,0.1, 0.62, 0.002, 1.75",
  })
  void relativeErrorsAreBounded(
      Codebooks c, double floor, double limit, double lowFloor, double lowLimit) {
    Random random = new Random(4);
    double worst = 0;
    double lowWorst = 0;
    for (int trial = 0; trial < 400; trial++) {
      double scale = Math.pow(10, 20 * random.nextDouble() - 10);
      float[] moments = block(random, c, 256, scale, 5);
      moments[0] = (float) scale;
      byte[] codes = new byte[256];
      float[] decoded =
          decode(c, codes, Codebooks.encode(c.codebook(), moments.clone(), 256, 0, 0, codes));
      for (int i = 0; i < 256; i++) {
        double magnitude = Math.abs(moments[i]);
        double error = Math.abs(decoded[i] - moments[i]) / magnitude;
        worst = magnitude >= floor * scale ? Math.max(worst, error) : worst;
        lowWorst = magnitude >= lowFloor * scale ? Math.max(lowWorst, error) : lowWorst;
      }
    }
    assertThat(worst).as("from %s of the largest moment on", floor).isLessThan(limit);
    assertThat(lowWorst).as("from %s of the largest moment on", lowFloor).isLessThan(lowLimit);
  }

  /** Magnitudes log-uniform over some decades below the scale, signs random where there are any. */
  private static float[] block(Random random, Codebooks c, int n, double scale, int decades) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      double magnitude = scale * Math.pow(10, -decades * random.nextDouble());
      x[i] = (float) (c.signed() && random.nextBoolean() ? -magnitude : magnitude);
    }
    return x;
  }

  private static float[] decode(Codebooks c, byte[] codes, float scale) {
    float[] decoded = new float[codes.length];
    c.codebook().decode(codes, codes.length, scale, decoded);
    return decoded;
  }
}
