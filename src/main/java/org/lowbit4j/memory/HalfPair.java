package org.lowbit4j.memory;

/**
 * A float32 in two half-precision words neither of which is a NaN or an infinity.
 *
 * <p>63,488 of the 65,536 half patterns are finite, so two words can tell 63,488^2 = 4.03e9 numbers
 * apart: all float32 below 2^113 in magnitude (2 * 240 * 2^23 = 4.027e9). They are numbered by sign
 * and magnitude, and the number is written in base 63,488. Zero is two zero words.
 */
final class HalfPair {

  private static final int FINITE_HALVES = 63_488;
  private static final int FINITE_POSITIVE = FINITE_HALVES / 2;
  private static final int NON_FINITE_POSITIVE = 0x8000 - FINITE_POSITIVE;
  private static final int MAGNITUDES = 240 << 23;

  private HalfPair() {}

  /** Two half-words, the first in the lower 16 bits; saturates at the largest float below 2^113. */
  static int pack(float value) {
    int bits = Float.floatToRawIntBits(value);
    int magnitude = Math.min(bits & 0x7FFFFFFF, MAGNITUDES - 1);
    int number = bits < 0 ? MAGNITUDES + magnitude : magnitude;
    int high = Integer.divideUnsigned(number, FINITE_HALVES);
    int low = number - high * FINITE_HALVES;
    return word(high) << 16 | word(low);
  }

  /**
   * The float that {@link #pack} was given; NaN if a word is not finite or the pair stands for no
   * number.
   */
  static float unpack(int words) {
    int low = words & 0xFFFF;
    int high = words >>> 16;
    long number = (long) digit(high) * FINITE_HALVES + digit(low);
    if (!isFinite(low) || !isFinite(high) || number >= 2L * MAGNITUDES) {
      return Float.NaN;
    }
    // No branch, as signs are random.
    int negative = (int) (MAGNITUDES - 1 - number >> 63);
    return Float.intBitsToFloat((int) number - (negative & MAGNITUDES) | negative << 31);
  }

  private static int word(int digit) {
    return digit < FINITE_POSITIVE ? digit : digit + NON_FINITE_POSITIVE;
  }

  private static boolean isFinite(int word) {
    return (word & 0x7FFF) < FINITE_POSITIVE;
  }

  /** Of a word that is finite. */
  private static int digit(int word) {
    return word - (word >>> 15) * NON_FINITE_POSITIVE;
  }
}
