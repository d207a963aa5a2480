package org.lowbit4j.memory;

/**
 * IEEE 754 half precision, rounded to nearest even.
 *
 * <p>JavaCPP's and ND4J's conversions round ties away from zero; CPUs (F16C) and CUDA round them to
 * even, and all kernels must give the same bits.
 */
public final class HalfFloat {

  private static final int EXPONENT_BIAS_DIFFERENCE = 127 - 15;
  private static final int SMALLEST_NORMAL = (EXPONENT_BIAS_DIFFERENCE + 1) << 23;
  private static final int TWO_POW_16 = (127 + 16) << 23;
  private static final int ONE_HALF = 126 << 23;

  private HalfFloat() {}

  /**
   * Half to float, exact.
   *
   * @param half 16 bits
   */
  public static float toFloat(short half) {
    int magnitude = half & 0x7FFF;
    int sign = (half & 0x8000) << 16;
    if (magnitude >= 0x7C00) {
      return Float.intBitsToFloat(sign | 0x7F800000 | (magnitude & 0x3FF) << 13);
    }
    if (magnitude < 0x400) {
      float subnormal = magnitude * 0x1p-24f;
      return sign < 0 ? -subnormal : subnormal;
    }
    return Float.intBitsToFloat(sign | (magnitude << 13) + (EXPONENT_BIAS_DIFFERENCE << 23));
  }

  /**
   * Float to half, to nearest even; values beyond the largest half become infinite.
   *
   * @return 16 bits
   */
  public static short fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> 16 & 0x8000;
    int magnitude = bits & 0x7FFFFFFF;
    if (magnitude > 0x7F800000) {
      return (short) (sign | 0x7E00);
    }
    if (magnitude >= TWO_POW_16) {
      return (short) (sign | 0x7C00);
    }
    if (magnitude < SMALLEST_NORMAL) {
      // Adding 1/2 lets the float adder round to a multiple of 2^-24, the spacing of subnormal
      // halves.
      float rounded = Float.intBitsToFloat(magnitude) + 0.5f;
      return (short) (sign | Float.floatToRawIntBits(rounded) - ONE_HALF);
    }
    int roundToEven = 0xFFF + (magnitude >>> 13 & 1);
    return (short) (sign | magnitude - (EXPONENT_BIAS_DIFFERENCE << 23) + roundToEven >>> 13);
  }
}
