package org.lowbit4j.codec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * A table of up to 256 values in [-1, 1], one per stored byte, and the encoder to the nearest of
 * them.
 *
 * <p>Block-wise quantization (Dettmers et al., 2022) stores a block of numbers as one float32
 * scale, the largest magnitude in the block, and one byte per number: {@code number = value[byte] *
 * scale}. Encoding divides by the scale and takes the nearest value, by comparison with float32
 * midpoints; a tie goes to the smaller magnitude. A codebook may hold the square root of what it
 * stands for ({@link #storesRoot}), so that second moments keep twice the number of decades, and
 * may dither ({@link #top}), so that slow averages do not get stuck.
 *
 * <p>Bytes that have no value decode to NaN, so that damaged state shows itself. Instances are
 * immutable.
 */
public final class Codebook {

  /** Encoding to the nearest looks up the upper bits of a float in [0, 1]. */
  private static final int BUCKET_SHIFT = 16;

  private static final int BUCKETS = (Float.floatToRawIntBits(1f) >>> BUCKET_SHIFT) + 1;

  private final float[] values;
  private final int bits;
  private final boolean storesRoot;
  private final boolean relative;

  /** Null for codebooks that encode to the nearest value. */
  private final DitheringEncoder power;

  /** The smallest value, -1 or a little more; 0 of unsigned tables. */
  private final float least;

  /**
   * By sign and upper bits of a float in [0, 1]: the two codes between which the floats with these
   * bits are encoded, in the lower two bytes, and the bits of the midpoint between them in the
   * upper half.
   */
  private final long[] encoder = new long[2 * BUCKETS];

  /**
   * Makes a codebook from its table.
   *
   * @param values 256 values in [-1, 1] by stored byte, NaN for a byte that is never stored; byte 0
   *     must be the value of smallest magnitude
   * @param storesRoot whether the number stored is the square root of the moment
   * @param power the encoder, if values are powers; null: numbers go to the nearest value
   * @throws IllegalArgumentException if values are closer than the encoder can tell apart, about
   *     1/128
   */
  Codebook(float[] values, boolean storesRoot, DitheringEncoder power) {
    this(values, 8, storesRoot, false, power);
  }

  /**
   * Makes a codebook of any width.
   *
   * @param bits 8, or 4: bytes from 15 on have no value then
   * @param relative whether the number stored is the moment over the root of another one
   */
  Codebook(float[] values, int bits, boolean storesRoot, boolean relative, DitheringEncoder power) {
    this.values = values.clone();
    this.bits = bits;
    this.storesRoot = storesRoot;
    this.relative = relative;
    this.power = power;
    float smallest = 0;
    for (float value : values) {
      smallest = value < smallest ? value : smallest;
    }
    this.least = smallest;
    prepareEncoder(false);
    prepareEncoder(true);
  }

  /**
   * The value of each stored byte.
   *
   * @return a copy of the table, 256 values, NaN for bytes that are never stored
   */
  public float[] values() {
    return values.clone();
  }

  /**
   * Whether the square root of the moment is what is stored.
   *
   * @return true for second moments of {@link QuantMap#POWER}
   */
  public boolean storesRoot() {
    return storesRoot;
  }

  /**
   * How wide codes are stored.
   *
   * @return 8, or 4: two codes a byte; here codes are bytes all the same
   */
  public int bits() {
    return bits;
  }

  /**
   * Whether what is stored is the moment divided by the root of the rule's {@linkplain
   * org.lowbit4j.rule.Moment#divisor divisor}.
   *
   * @return true for first moments in 4 bits, of rules that have a divisor
   */
  public boolean isRelative() {
    return relative;
  }

  /**
   * Of codebooks whose values are powers, encoded with a dither that keeps the mean: 0 and
   * (j/top)^3 if {@link #isSigned}, else (j/top)^2, j from 3 on.
   *
   * @return the largest j; 0 for codebooks that encode to the nearest value
   */
  public int top() {
    return power == null ? 0 : power.top();
  }

  /**
   * Whether values are powers with a sign.
   *
   * @return true for first moments of {@link QuantMap#POWER}
   */
  public boolean isSigned() {
    return power != null && power.isSigned();
  }

  /**
   * Decodes a block.
   *
   * @param n how many, from index 0
   * @param out receives the moments: {@code value*scale}, or its square if the root is stored
   */
  public void decode(byte[] codes, int n, float scale, float[] out) {
    decodeStored(codes, n, scale, out);
    finish(n, null, out);
  }

  /**
   * The first half of decoding: what is stored of the moments.
   *
   * @param n how many, from index 0
   * @param out receives {@code value*scale}
   */
  public void decodeStored(byte[] codes, int n, float scale, float[] out) {
    for (int i = 0; i < n; i++) {
      out[i] = values[codes[i] & 0xFF] * scale;
    }
  }

  /**
   * The other half: moments of what is stored of them.
   *
   * @param n how many, from index 0
   * @param roots what is stored of the divisor, for {@linkplain #isRelative relative} codebooks
   * @param x changed in place
   */
  public void finish(int n, float[] roots, float[] x) {
    if (relative) {
      for (int i = 0; i < n; i++) {
        x[i] = saturate(x[i] * roots[i]);
      }
    } else if (storesRoot) {
      for (int i = 0; i < n; i++) {
        x[i] *= x[i];
      }
    }
  }

  /**
   * What is stored of a divisor, of which no codes were made yet.
   *
   * @param moments of this codebook's
   * @param n how many, from index 0
   * @param roots receives them
   */
  public void roots(float[] moments, int n, float[] roots) {
    for (int i = 0; i < n; i++) {
      roots[i] = storesRoot ? (float) Math.sqrt(moments[i]) : moments[i];
    }
  }

  /**
   * What is stored of moments in a {@linkplain #isRelative relative} codebook: to be encoded.
   *
   * @param moments finite; divided in place, saturating; 0 where the divisor is
   * @param n how many, from index 0
   * @param roots of the divisor, 0 or more
   */
  public static void divide(float[] moments, int n, float[] roots) {
    for (int i = 0; i < n; i++) {
      float x = saturate(moments[i] / roots[i]);
      moments[i] = roots[i] > 0 ? x : 0;
    }
  }

  /**
   * The finite number nearest to one that may be infinite.
   *
   * @param x not NaN
   * @return between float32's least and largest number
   */
  public static float saturate(float x) {
    return Math.max(-Float.MAX_VALUE, Math.min(Float.MAX_VALUE, x));
  }

  /**
   * Encodes a block.
   *
   * @param moments finite values, non-negative if the root is stored; overwritten
   * @param n how many, from index 0
   * @param slow whether the moments change so little per step that those to the nearest value would
   *     get stuck; all are then dithered
   * @param fromMiddle of {@link #dither}; codebooks that encode to the nearest value do not use it
   * @param codes receives the stored bytes
   * @param work overwritten, n elements at least
   * @return the block's scale: the largest magnitude of what is stored, 0 if all are 0 (the codes
   *     are then 0, too)
   */
  public float encode(
      float[] moments, int n, boolean slow, float[] fromMiddle, byte[] codes, float[] work) {
    if (storesRoot) {
      for (int i = 0; i < n; i++) {
        moments[i] = (float) Math.sqrt(moments[i]);
      }
    }
    float scale = absMax(moments, n);
    if (scale == 0) {
      Arrays.fill(codes, 0, n, (byte) 0);
    } else if (power != null) {
      power.encode(moments, n, scale, slow, fromMiddle, codes, work);
    } else {
      for (int i = 0; i < n; i++) {
        codes[i] = nearest(moments[i] / scale);
      }
    }
    return scale;
  }

  /**
   * Encodes a mean of decoded blocks: all numbers are dithered, so that what is rounded off comes
   * back in later ones; and if the largest is negative where the table ends before -1, the scale is
   * larger, so that it is not cut each time.
   *
   * @param moments finite values, non-negative if the root is stored; overwritten
   * @param n how many, from index 0
   * @param fromMiddle of {@link #ditherByHash}
   * @param codes receives the stored bytes
   * @param work overwritten, n elements at least
   * @return the block's scale
   */
  public float encodeMean(float[] moments, int n, float[] fromMiddle, byte[] codes, float[] work) {
    float scale = power == null ? absMax(moments, n) : 0;
    boolean isCut = scale > 0 && !storesRoot && least > -1 && min(moments, n) == -scale;
    float larger = scale / -least;
    if (!isCut || larger > Float.MAX_VALUE) {
      return encode(moments, n, true, fromMiddle, codes, work);
    }
    for (int i = 0; i < n; i++) {
      codes[i] = nearest(moments[i] / larger);
    }
    return larger;
  }

  private static float min(float[] x, int n) {
    float min = 0;
    for (int i = 0; i < n; i++) {
      min = Math.min(min, x[i]);
    }
    return min;
  }

  /**
   * The dither of some elements by a hash, for encoding outside of steps: no sequence of steps
   * meets the same thresholds again.
   *
   * @param firstElement index of the first in the state
   * @param counter another one each time
   * @param fromMiddle receives numbers between -0.5 and 0.5, which they keep off as {@link #dither}
   *     does
   */
  public static void ditherByHash(long firstElement, int counter, int n, float[] fromMiddle) {
    // The finalizer of MurmurHash3 (Appleby, 2008), of which every bit depends on every bit.
    for (int i = 0; i < n; i++) {
      int h = (int) (firstElement + i) * 0x9E3779B1 + counter * 0x85EBCA6B;
      h = (h ^ h >>> 16) * 0x85EBCA6B;
      h = (h ^ h >>> 13) * 0xC2B2AE35;
      h ^= h >>> 16;
      fromMiddle[i] = h * PowerEncoder.PHASE_UNIT;
    }
  }

  /**
   * The dither of some elements at a step, the same for all moments.
   *
   * @param firstElement index of the first in the state
   * @param iteration steps done before this one
   * @param fromMiddle receives how far the thresholds of these elements are from the middle between
   *     two codes, in distances between them: -0.5..0.5
   */
  public static void dither(long firstElement, int iteration, int n, float[] fromMiddle) {
    PowerEncoder.dither(firstElement, iteration, n, fromMiddle);
  }

  /**
   * The stored byte whose value is nearest.
   *
   * @param x a number in [-1, 1]
   * @return the byte; on a tie the one of smaller magnitude
   */
  byte nearest(float x) {
    int bits = Float.floatToRawIntBits(x);
    int magnitude = bits & Integer.MAX_VALUE;
    // NaN, a quotient of infinite numbers, counts as 1.
    int bucket = Math.min(magnitude >>> BUCKET_SHIFT, BUCKETS - 1);
    long choice = encoder[bucket + (bits >>> 31) * BUCKETS];
    // Magnitudes of floats order like their bits; a branch here would be mispredicted half of the
    // time.
    int above = (int) (choice >>> 32) - magnitude >>> 31;
    return (byte) (choice >>> (above << 3));
  }

  /**
   * The largest magnitude.
   *
   * @param n how many, from index 0
   * @return the largest {@code |x[i]|}, 0 for none; infinite or NaN if one of them is
   */
  public static float absMax(float[] x, int n) {
    float largest = 0;
    for (int i = 0; i < n; i++) {
      largest = Math.max(largest, Math.abs(x[i]));
    }
    return largest;
  }

  private void prepareEncoder(boolean negative) {
    List<Integer> codes = codesByMagnitude(negative);
    int k = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      int lowest = bucket << BUCKET_SHIFT;
      int highest = Math.min(lowest | (1 << BUCKET_SHIFT) - 1, Float.floatToRawIntBits(1f));
      while (lowest > midpointAbove(codes, k)) {
        k++;
      }
      int lower = codes.get(k);
      int upper = codes.get(Math.min(k + 1, codes.size() - 1));
      if (highest > midpointAbove(codes, k) && highest > midpointAbove(codes, k + 1)) {
        throw new IllegalArgumentException(
            "The codebook's values are too close to tell apart at " + values[upper]);
      }
      encoder[bucket + (negative ? BUCKETS : 0)] =
          (long) midpointAbove(codes, k) << 32 | upper << 8 | lower;
    }
  }

  /** Bits of the midpoint between a code's value and the next larger one. */
  private int midpointAbove(List<Integer> codes, int k) {
    float next =
        k + 1 < codes.size() ? Math.abs(values[codes.get(k + 1)]) : Float.POSITIVE_INFINITY;
    return Float.floatToRawIntBits(0.5f * (Math.abs(values[codes.get(k)]) + next));
  }

  /** The codes of one sign. Byte 0 serves both signs unless the table has a negative zero. */
  private List<Integer> codesByMagnitude(boolean negative) {
    List<Integer> levels = new ArrayList<>();
    for (int code = 0; code < 256; code++) {
      boolean isNegative = Float.floatToRawIntBits(values[code]) < 0;
      if (!Float.isNaN(values[code]) && isNegative == negative) {
        levels.add(code);
      }
    }
    levels.sort(Comparator.comparingDouble(code -> Math.abs(values[code])));
    if (negative && (levels.isEmpty() || values[levels.get(0)] != 0)) {
      levels.add(0, 0);
    }
    return levels;
  }
}
