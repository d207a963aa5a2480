package org.lowbit4j.codec;

import java.util.List;

/**
 * Encodes numbers to one of the two values next to them, such that the mean over many steps is the
 * number itself.
 *
 * <p>A slow average, such as Adam's second moment with beta2 = 0.999, changes by less per step than
 * half the distance between two codes. Rounded to the nearest, it would never come down again, and
 * go up only by outliers. Here a number goes to the upper code if it exceeds {@code middle +
 * (u-0.5)*(upper-lower)}, where u runs through [0, 1) evenly over elements and steps: the R2
 * sequence (Roberts, 2018), {@code u = frac(element*0.7548776662 + iteration*0.5698402910)}. A
 * number that is a code's value stays what it is. Everything is float32; nothing is stored, nothing
 * is random.
 */
final class DitheredEncoder {

  /** 2^32 over the plastic number and its square. */
  static final int PER_ELEMENT = 0xC13FA9A9;

  private static final int PER_ITERATION = 0x91E10DA5;

  /** Between a level and the next; infinite for the last. */
  private final float[] midpoints;

  /** Distance to the next level; 0 for the last. */
  private final float[] widths;

  /** The same, but 0 where numbers that change fast enough go to the nearest. */
  private final float[] widthsOfSmall;

  private final byte[] codes;

  /**
   * By upper bits of a float in [0, 1]: the highest level at or below the lowest float with these
   * bits, and in the upper half the bits of the next level.
   */
  private final long[] floors = new long[Codebook.BUCKETS];

  /**
   * Makes an encoder.
   *
   * @param values of the codes
   * @param codesByMagnitude the codes of values that are not negative; bit 7 set is the code of the
   *     negative value, if there is
   * @param ditheredLevels how many of the lowest always dither
   */
  DitheredEncoder(float[] values, List<Integer> codesByMagnitude, int ditheredLevels) {
    int n = codesByMagnitude.size();
    float[] levels = new float[n];
    midpoints = new float[n];
    widths = new float[n];
    widthsOfSmall = new float[n];
    codes = new byte[n];
    for (int k = 0; k < n; k++) {
      codes[k] = (byte) (int) codesByMagnitude.get(k);
      levels[k] = values[codesByMagnitude.get(k)];
    }
    midpoints[n - 1] = Float.POSITIVE_INFINITY;
    for (int k = 0; k + 1 < n; k++) {
      midpoints[k] = 0.5f * (levels[k] + levels[k + 1]);
      widths[k] = levels[k + 1] - levels[k];
      widthsOfSmall[k] = k < ditheredLevels ? widths[k] : 0;
    }
    int k = 0;
    for (int bucket = 0; bucket < Codebook.BUCKETS; bucket++) {
      while (k + 1 < n
          && Float.floatToRawIntBits(levels[k + 1]) <= bucket << Codebook.BUCKET_SHIFT) {
        k++;
      }
      int next = k + 1 < n ? Float.floatToRawIntBits(levels[k + 1]) : Integer.MAX_VALUE;
      floors[bucket] = (long) next << 32 | k;
    }
  }

  /** Where the sequence stands at the first element of a block. */
  static int phase(long firstElement, int iteration) {
    return (int) firstElement * PER_ELEMENT + iteration * PER_ITERATION;
  }

  /**
   * Encodes.
   *
   * @param x numbers in [-1, 1]
   * @param n how many, from index 0
   * @param slow whether all levels dither, not only the lowest
   * @param phase where the sequence stands at index 0
   * @param out receives the codes
   */
  void encode(float[] x, int n, boolean slow, int phase, byte[] out) {
    float[] distance = slow ? widths : widthsOfSmall;
    for (int i = 0; i < n; i++, phase += PER_ELEMENT) {
      int sign = Float.floatToRawIntBits(x[i]) >>> 31;
      int bits = Float.floatToRawIntBits(x[i]) & Integer.MAX_VALUE;
      long floor = floors[bits >>> Codebook.BUCKET_SHIFT];
      // Non-negative floats order like their bits; branches here would be mispredicted too often.
      int k = (int) floor + 1 - (bits - (int) (floor >>> 32) >>> 31);
      // 16 bits suffice, and keep the threshold off the levels, where the rounding of x would
      // decide.
      float fromMiddle = ((phase >>> 16) - 32767.5f) * 0x1p-16f;
      float threshold = midpoints[k] + fromMiddle * distance[k];
      out[i] = (byte) (codes[k + (Float.floatToRawIntBits(threshold) - bits >>> 31)] | sign << 7);
    }
  }
}
