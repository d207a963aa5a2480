package org.lowbit4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Conversions agree with the definition of IEEE 754 half precision. */
class HalfFloatTest {

  private static final int INFINITY = 0x7C00;
  private static final int SIGN = 0x8000;

  /** Value of every finite positive half, by pattern. */
  private static final double[] FINITE = new double[INFINITY];

  static {
    for (int half = 0; half < INFINITY; half++) {
      FINITE[half] = definition(half);
    }
  }

  @Test
  void everyPatternHasItsDefinedValue() {
    for (int half = 0; half < 0x10000; half++) {
      float actual = HalfFloat.toFloat((short) half);
      float expected = (float) definition(half);
      if (Float.isNaN(expected)
          ? !Float.isNaN(actual)
          : Float.floatToRawIntBits(actual) != Float.floatToRawIntBits(expected)) {
        fail("half %04x is %s, expected %s", half, actual, expected);
      }
    }
  }

  @Test
  void everyNumberComesBackAsItself() {
    for (int half = 0; half < 0x10000; half++) {
      if ((half & 0x7FFF) <= INFINITY) {
        check(HalfFloat.toFloat((short) half), half);
      }
    }
  }

  @Test
  void midpointsRoundToTheEvenNeighbourAndFloatsBesideThemToTheNearer() {
    for (int half = 0; half + 1 < INFINITY; half++) {
      float midpoint = (float) ((FINITE[half] + FINITE[half + 1]) / 2);
      int even = half + (half & 1);
      check(midpoint, even);
      check(Math.nextDown(midpoint), half);
      check(Math.nextUp(midpoint), half + 1);
      check(-midpoint, SIGN | even);
      check(-Math.nextDown(midpoint), SIGN | half);
      check(-Math.nextUp(midpoint), SIGN | half + 1);
    }
  }

  @Test
  void randomFloatsRoundToTheNearestOfAllHalves() {
    Random random = new Random(5);
    for (int trial = 0; trial < 3000; trial++) {
      float x = (float) (Math.pow(2, 44 * random.nextDouble() - 28));
      if (x < 65504) {
        check(x, nearest(x));
        check(-x, SIGN | nearest(x));
      }
    }
  }

  @Test
  void overflowBeginsHalfWayToTheNextPowerOfTwo() {
    check(65504, 0x7BFF);
    check(Math.nextDown(65520f), 0x7BFF);
    for (float x :
        new float[] {65520, 65536, 1e5f, 0x1p17f, Float.MAX_VALUE, Float.POSITIVE_INFINITY}) {
      check(x, INFINITY);
      check(-x, SIGN | INFINITY);
    }
    check(-Math.nextDown(65520f), 0xFBFF);
  }

  @Test
  void zerosKeepTheirSignAndTinyNumbersBecomeZeros() {
    check(0f, 0);
    check(-0f, SIGN);
    check(Float.MIN_VALUE, 0);
    check(-Float.MIN_NORMAL, SIGN);
    check(0x1p-25f, 0);
    check(Math.nextUp(0x1p-25f), 1);
  }

  @Test
  void nanStaysNaN() {
    for (int bits : new int[] {0x7FC00000, 0x7F800001, 0xFFFFFFFF, 0xFF800001}) {
      int half = HalfFloat.fromFloat(Float.intBitsToFloat(bits));
      assertThat(half & 0x7FFF).as("NaN %08x became %04x", bits, half).isGreaterThan(INFINITY);
      assertThat(half < 0).as("sign of NaN %08x", bits).isEqualTo(bits < 0);
    }
  }

  /** Sign, exponent of 5 bits with bias 15, 10 bits behind the point. */
  private static double definition(int half) {
    int exponent = half >> 10 & 0x1F;
    double fraction = (half & 0x3FF) / 1024.0;
    double magnitude =
        exponent == 0
            ? Math.scalb(fraction, -14)
            : exponent < 31
                ? Math.scalb(1 + fraction, exponent - 15)
                : fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
    return (half & SIGN) == 0 ? magnitude : -magnitude;
  }

  private static int nearest(float x) {
    int best = 0;
    for (int half = 1; half < INFINITY; half++) {
      double closer = Math.abs(FINITE[best] - x) - Math.abs(FINITE[half] - x);
      if (closer > 0 || closer == 0 && (half & 1) == 0) {
        best = half;
      }
    }
    return best;
  }

  private static void check(float x, int expected) {
    int actual = HalfFloat.fromFloat(x) & 0xFFFF;
    if (actual != expected) {
      fail("%s (%a) became half %04x, expected %04x", x, x, actual, expected);
    }
  }
}
