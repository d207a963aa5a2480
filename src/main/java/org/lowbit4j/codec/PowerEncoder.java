package org.lowbit4j.codec;

/**
 * {@link DitheredEncoder} for the wide tables of {@link QuantMap#POWER}, whose values are powers of
 * whole numbers: it computes what the other looks up, in loops without branches that the JVM turns
 * into vector instructions.
 *
 * <p>On numbers scaled such that values are whole, an estimate of the root gives c, either the
 * code's level or the one below it. The threshold between c and c+1 is then computed as the other
 * encoder's tables have it; scaling by a power of two changes no rounding, and everything else is
 * exact or only estimated. Conditions and conversions between floats and ints would keep JVMs from
 * vectorising: codes are floats, told by the lowest bits of 2^23 + code, until they are packed.
 */
final class PowerEncoder {

  /** The most that is encoded at a time: the largest quantization block. */
  static final int LONGEST = 4096;

  private static final float TWO_POW_23 = 0x1p23f;

  /** Adding and subtracting it rounds to whole numbers. */
  private static final float TO_WHOLE = 0x1.8p23f;

  /** The same for multiples of 2^-16. */
  private static final float TO_UPPER = 0x1.8p7f;

  /** The sequence of the dither over some elements: the upper and lower halves of its phases. */
  private static final float[] UPPER = new float[LONGEST];

  private static final float[] LOWER = new float[LONGEST];

  /** By level from 1 on. */
  private static final byte[] UNSIGNED_CODES = new byte[256];

  static {
    for (int i = 0; i < LONGEST; i++) {
      int phase = i * DitheredEncoder.PER_ELEMENT;
      UPPER[i] = upper(phase);
      LOWER[i] = lower(phase);
    }
    for (int level = 1; level < 255; level++) {
      UNSIGNED_CODES[level] = (byte) (level < 128 ? level - 1 : level);
    }
  }

  private final boolean signed;

  /** Values from here on are not dithered, unless all are, times 2^21. */
  private final float undithered;

  private PowerEncoder(boolean signed, int ditheredLevels) {
    this.signed = signed;
    float level = ditheredLevels + 2;
    this.undithered = level * level * level;
  }

  /**
   * The encoder for a table.
   *
   * @param values of the codes
   * @param ditheredLevels how many of the lowest always dither
   * @return null if the values are not those that this class computes
   */
  static PowerEncoder of(float[] values, int ditheredLevels) {
    boolean signed = true;
    boolean unsigned = true;
    for (int code = 0; code < 255; code++) {
      int k = code & 0x7F;
      float j = k + 2;
      float cube = k == 0 ? 0 : j * j * j * 0x1p-21f;
      signed &= k == 0x7F || values[code] == (code < 0x80 ? cube : -cube);
      j = code < 0x80 ? code + 3 : code + 2;
      unsigned &= k == 0x7F || values[code] == j * j * 0x1p-16f;
    }
    return signed || unsigned ? new PowerEncoder(signed, ditheredLevels) : null;
  }

  /**
   * Encodes.
   *
   * @param x numbers in [-1, 1]; overwritten
   * @param n how many, from index 0
   * @param slow whether all levels dither, not only the lowest
   * @param phase where the sequence stands at index 0
   * @param out receives the codes
   * @param work overwritten, n elements at least
   */
  void encode(float[] x, int n, boolean slow, int phase, byte[] out, float[] work) {
    dither(phase, n, work);
    if (signed) {
      if (!slow) {
        ditherSmall(x, n, work, undithered);
      }
      cubes(x, n, work);
      packSigned(x, n, out);
    } else {
      squares(x, n, work);
      packUnsigned(x, n, out);
    }
  }

  /** The upper half of a phase as a fraction of 1. */
  private static float upper(int phase) {
    return (phase >>> 16) * 0x1p-16f;
  }

  private static float lower(int phase) {
    return (phase & 0xFFFF) * 0x1p-32f;
  }

  /** Computes u - 0.5 for some elements: all sums of halves of phases are exact in float32. */
  private static void dither(int phase, int n, float[] fromMiddle) {
    // Rounding becomes rounding down by subtracting almost half a unit.
    float upper = upper(phase) - (0.5f - 0x1p-17f);
    float lower = lower(phase) - (0x1p-17f - 0x1p-33f);
    for (int i = 0; i < n; i++) {
      float carry = ((LOWER[i] + lower) + TO_UPPER) - TO_UPPER;
      float u = (UPPER[i] + upper) + carry;
      fromMiddle[i] = u - ((u + TO_WHOLE) - TO_WHOLE);
    }
  }

  /** No dither for numbers that are not small. */
  private static void ditherSmall(float[] x, int n, float[] fromMiddle, float undithered) {
    for (int i = 0; i < n; i++) {
      // Any difference that is not 0 is at least 1 then.
      float below = (undithered - Math.abs(x[i]) * 0x1p21f) * 0x1p40f;
      fromMiddle[i] *= Math.max(0, Math.min(1, below));
    }
  }

  /**
   * Computes c in the lowest bits, and how far the threshold above it lies above the number. Values
   * are j^2, j in 3..256, times 2^-16.
   *
   * @param x the numbers; receives c - 2, from 1 on
   * @param n how many
   * @param work u - 0.5; receives the differences
   */
  private static void squares(float[] x, int n, float[] work) {
    for (int i = 0; i < n; i++) {
      float f = work[i];
      float s = Math.max(x[i] * 0x1p16f, 9);
      float r = ((float) Math.sqrt(s) - f) + (TWO_POW_23 - 2.5f);
      float h = r - (TWO_POW_23 - 2.5f);
      // h = c + 1/2. Between c^2 and (c+1)^2.
      float threshold = (h * h + 0.25f) + f * (h + h);
      x[i] = r + exceeds(s, threshold);
    }
  }

  /**
   * The same for j^3, j in 3..128, times 2^-21, and 0.
   *
   * @param x the numbers; receives c - 2, from 0 on, with the sign of the number
   * @param n how many
   * @param work u - 0.5; receives the differences
   */
  private static void cubes(float[] x, int n, float[] work) {
    for (int i = 0; i < n; i++) {
      float f = work[i];
      float size = Math.abs(x[i]);
      float s = size * 0x1p21f;
      // The cube root of s, with an error below 0.17 from 27 on; lower below that.
      float w = (float) Math.sqrt((float) Math.sqrt(size));
      float y = ((-26.7068f * w + 90.3324f) * w + 65.624f) * w - 1.4174f;
      float r = Math.max((y - f) + (TWO_POW_23 - 2.5f), TWO_POW_23);
      float h = r - (TWO_POW_23 - 2.5f);
      // h = c + 1/2. Between c^3 and (c+1)^3, or 0 and 27 where c is 2.
      float lowest = Math.max(0, 3.5f - h);
      float h2 = h * h;
      float middle = (h2 + 0.75f) * h - 4 * lowest;
      float width = (3 * h2 + 0.25f) + 8 * lowest;
      float code = r + exceeds(s, middle + f * width);
      // Zero has a sign as well, and makes the code a zero of that sign.
      x[i] = code * (x[i] / Math.max(size, Float.MIN_VALUE));
    }
  }

  /** 1 if a scaled number is above a threshold, else 0. */
  private static float exceeds(float s, float threshold) {
    // Differences of what is compared here are 0 or far larger.
    float d = (s - threshold) - 0x1p-40f;
    return 0.5f + 0.5f * (d / Math.abs(d));
  }

  private static void packSigned(float[] codes, int n, byte[] out) {
    for (int i = 0; i < n; i++) {
      int bits = Float.floatToRawIntBits(codes[i]);
      out[i] = (byte) (bits + (bits >> 31 & 0x80));
    }
  }

  /** Byte 0x7F is left out: the first 127 levels have the bytes from 0 on. */
  private static void packUnsigned(float[] levels, int n, byte[] out) {
    for (int i = 0; i < n; i++) {
      out[i] = UNSIGNED_CODES[Float.floatToRawIntBits(levels[i]) & 0xFF];
    }
  }
}
