package org.lowbit4j.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every table is well-formed, and the encoder finds its nearest value for any number. */
class CodebookTest {

  /** Values by ordinal of the codebook, copied once. */
  private final float[][] tables = new float[Codebooks.values().length][];

  @ParameterizedTest
  @EnumSource
  void reservedBytesAndNoOthersAreNaN(Codebooks c) {
    float[] values = c.codebook().values();
    assertThat(values).hasSize(256);
    int codes = 0;
    for (int code = 0; code < 256; code++) {
      assertThat(Float.isNaN(values[code])).as("%s, byte %#x", c, code).isEqualTo(c.reserved(code));
      codes += c.reserved(code) ? 0 : 1;
    }
    boolean hasTwoZeros = c.bits() == 4 && c.narrow && c.signed();
    int expected = c.bits() == 8 ? (c.narrow ? 248 : 254) : c.narrow ? 14 : 15;
    assertThat(codes).isEqualTo(expected);
    assertThat(hasTwoZeros && Float.floatToRawIntBits(values[8]) != 1 << 31).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void valuesLieBetweenMinusOneAndOneAndAreDistinct(Codebooks c) {
    List<Integer> bits = new ArrayList<>();
    for (float v : valid(c)) {
      assertThat(v).isBetween(c.signed() ? -1f : 0f, 1f);
      bits.add(Float.floatToRawIntBits(v));
    }
    assertThat(bits).doesNotHaveDuplicates();
    assertThat(valid(c)).contains(1f);
  }

  /** The hash of this element is next to the largest int, where float32 knows no difference. */
  @ParameterizedTest
  @EnumSource
  void meansThatAreValuesStayThemWhateverTheHash(Codebooks c) {
    float[] fromMiddle = new float[1];
    Codebook.ditherByHash(326_020_459, 0, 1, fromMiddle);
    assertThat(Math.abs(fromMiddle[0])).isLessThan(0.5f);
    byte[] code = new byte[1];
    float[] mean = {1};
    float scale = c.codebook().encodeMean(mean, 1, fromMiddle, code, new float[1]);
    c.codebook().decode(code, 1, scale, mean);
    assertThat(mean[0]).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void byteZeroIsTheSmallestMagnitude(Codebooks c) {
    float first = c.codebook().values()[0];
    for (float v : valid(c)) {
      assertThat(Math.abs(v)).isGreaterThanOrEqualTo(first);
    }
    if (c.signed()) {
      assertThat(Float.floatToRawIntBits(first)).as("positive zero").isZero();
    } else {
      assertThat(first).as("a second moment never collapses to zero").isPositive();
    }
  }

  @ParameterizedTest
  @EnumSource
  void rootsAreStoredOfSecondMomentsOfPowerOnly(Codebooks c) {
    assertThat(c.codebook().storesRoot()).isEqualTo(c.map == QuantMap.POWER && !c.signed());
  }

  @ParameterizedTest
  @EnumSource(names = "POWER_4_.*", mode = EnumSource.Mode.MATCH_ALL)
  void powerValuesOf4BitsAreTheirFormula(Codebooks c) {
    float top = c.signed() ? (c.narrow ? 7 : 8) : c.narrow ? 15 : 16;
    List<Float> expected = new ArrayList<>();
    for (int j = 2; j <= top; j++) {
      float value = j / top * (j / top);
      expected.add(value);
      if (c.signed()) {
        expected.add(-value);
      }
    }
    if (c.signed()) {
      expected.add(0f);
    }
    if (c.signed() && c.narrow) {
      expected.add(-0f);
    }
    assertThat(valid(c)).containsExactlyInAnyOrder(unboxed(expected));
  }

  @ParameterizedTest
  @EnumSource(names = "POWER_[FS].*", mode = EnumSource.Mode.MATCH_ALL)
  void powerValuesAreTheirFormula(Codebooks c) {
    float[] values = c.codebook().values();
    int levels = c.signed() ? (c.narrow ? 123 : 126) : (c.narrow ? 248 : 254);
    int power = c.signed() ? 3 : 2;
    int k = c.signed() ? -1 : 0;
    for (int code = 0; code < (c.signed() ? 128 : 256); code++) {
      if (c.reserved(code)) {
        continue;
      }
      k++;
      boolean zero = c.signed() && k == 0;
      String what = c + ", byte " + code + ", k " + k;
      if (c.narrow) {
        double expected = zero ? 0 : Math.pow((k + 2.0) / (levels + 2), power);
        assertThat((double) values[code]).as(what).isCloseTo(expected, within(3e-7 * expected));
      } else {
        BigDecimal quotient = BigDecimal.valueOf(k + 2).divide(BigDecimal.valueOf(levels + 2));
        BigDecimal expected = zero ? BigDecimal.ZERO : quotient.pow(power);
        assertThat(new BigDecimal(values[code])).as(what).isEqualByComparingTo(expected);
      }
      if (c.signed()) {
        int mirrored = Float.floatToRawIntBits(values[code | 0x80]);
        assertThat(mirrored).as(what).isEqualTo(Float.floatToRawIntBits(-values[code]));
      }
    }
    assertThat(k).isEqualTo(levels);
  }

  @ParameterizedTest
  @EnumSource
  void everyValueEncodesToItsOwnByte(Codebooks c) {
    float[] values = c.codebook().values();
    for (int code = 0; code < 256; code++) {
      if (!c.reserved(code)) {
        assertThat(c.codebook().nearest(values[code]) & 0xFF).isEqualTo(code);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void midpointsAndTheirNeighboursEncodeToTheNearest(Codebooks c) {
    Codebook made = c.made();
    Float[] sorted = new TreeSet<>(Arrays.asList(boxed(valid(c)))).toArray(new Float[0]);
    for (int i = 0; i + 1 < sorted.length; i++) {
      float midpoint = 0.5f * (sorted[i] + sorted[i + 1]);
      checkNearest(c, made, midpoint);
      checkNearest(c, made, Math.nextUp(midpoint));
      checkNearest(c, made, Math.nextDown(midpoint));
      checkNearest(c, made, Math.nextUp(sorted[i]));
      checkNearest(c, made, Math.nextDown(sorted[i + 1]));
    }
    checkNearest(c, made, 0);
    checkNearest(c, made, -0f);
    checkNearest(c, made, 1);
    checkNearest(c, made, -1);
  }

  @ParameterizedTest
  @EnumSource
  void numbersOfAllMagnitudesEncodeToTheNearest(Codebooks c) {
    Random random = new Random(1);
    for (int i = 0; i < 30_000; i++) {
      float magnitude = (float) Math.pow(10, -30 * random.nextDouble());
      checkNearest(c, magnitude);
      checkNearest(c, -magnitude);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDenseSweepOfFloatsEncodesToTheNearest(Codebooks c) {
    int one = Float.floatToRawIntBits(1f);
    boolean negative = false;
    for (int bits = 0; bits <= one; bits += 4099) {
      float magnitude = Float.intBitsToFloat(bits);
      checkNearest(c, negative ? -magnitude : magnitude);
      negative = !negative && c.signed();
    }
    checkNearest(c, 1f);
    checkNearest(c, -1f);
    checkNearest(c, -0f);
  }

  private void checkNearest(Codebooks c, float x) {
    checkNearest(c, c.codebook(), x);
  }

  private void checkNearest(Codebooks c, Codebook codebook, float x) {
    float[] values = tables[c.ordinal()];
    if (values == null) {
      values = tables[c.ordinal()] = c.codebook().values();
    }
    int actual = codebook.nearest(x) & 0xFF;
    int expected = Codebooks.nearest(values, x);
    if (actual != expected) {
      fail(
          "%s: %s (bits %08x) was encoded as byte %d, value %s; nearest is byte %d, value %s",
          c, x, Float.floatToRawIntBits(x), actual, values[actual], expected, values[expected]);
    }
  }

  private static float[] valid(Codebooks c) {
    float[] values = c.codebook().values();
    float[] valid = new float[256];
    int n = 0;
    for (float v : values) {
      if (!Float.isNaN(v)) {
        valid[n++] = v;
      }
    }
    return Arrays.copyOf(valid, n);
  }

  private static float[] unboxed(List<Float> x) {
    float[] values = new float[x.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = x.get(i);
    }
    return values;
  }

  private static Float[] boxed(float[] x) {
    Float[] boxed = new Float[x.length];
    Arrays.setAll(boxed, i -> x[i]);
    return boxed;
  }
}
