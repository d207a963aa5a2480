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
 * may dither ({@link #ditheredLevels}), so that slow averages do not get stuck.
 *
 * <p>Bytes that have no value decode to NaN, so that damaged state shows itself. Instances are
 * immutable.
 */
public final class Codebook {

  /** Both encoders look up the upper bits of a float in [0, 1]. */
  static final int BUCKET_SHIFT = 16;

  static final int BUCKETS = (Float.floatToRawIntBits(1f) >>> BUCKET_SHIFT) + 1;

  private final float[] values;
  private final boolean storesRoot;
  private final int ditheredLevels;

  /** Null for codebooks that encode to the nearest value. */
  private final DitheredEncoder dithered;

  /** The same encoder, faster; null for codebooks that it does not know. */
  private final PowerEncoder power;

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
   * @param ditheredLevels how many of the lowest magnitudes are always encoded with a dither, which
   *     keeps the mean, in place of to the nearest; other than 0 only if bit 7 of a code is the
   *     sign, or nothing is negative
   * @throws IllegalArgumentException if values are closer than the encoder can tell apart, about
   *     1/128
   */
  Codebook(float[] values, boolean storesRoot, int ditheredLevels) {
    this.values = values.clone();
    this.storesRoot = storesRoot;
    this.ditheredLevels = ditheredLevels;
    this.dithered =
        ditheredLevels == 0
            ? null
            : new DitheredEncoder(values, codesByMagnitude(false), ditheredLevels);
    this.power = ditheredLevels == 0 ? null : PowerEncoder.of(values, ditheredLevels);
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
   * How many of the lowest magnitudes are always encoded with a dither.
   *
   * @return 0 for codebooks that encode to the nearest value
   */
  public int ditheredLevels() {
    return ditheredLevels;
  }

  /**
   * Decodes a block.
   *
   * @param codes the stored bytes
   * @param n how many, from index 0
   * @param scale the block's scale
   * @param out receives the moments: {@code value*scale}, or its square if the root is stored
   */
  public void decode(byte[] codes, int n, float scale, float[] out) {
    for (int i = 0; i < n; i++) {
      out[i] = values[codes[i] & 0xFF] * scale;
    }
    if (storesRoot) {
      for (int i = 0; i < n; i++) {
        out[i] *= out[i];
      }
    }
  }

  /**
   * Encodes a block, with a buffer of its own.
   *
   * @param moments as for the other method
   * @param n as for the other method
   * @param slow as for the other method
   * @param phase as for the other method
   * @param codes as for the other method
   * @return the block's scale
   */
  public float encode(float[] moments, int n, boolean slow, int phase, byte[] codes) {
    return encode(moments, n, slow, phase, codes, new float[n]);
  }

  /**
   * Encodes a block.
   *
   * @param moments finite values, non-negative if the root is stored; overwritten
   * @param n how many, from index 0
   * @param slow whether the moments change so little per step that those to the nearest value would
   *     get stuck; all are then dithered
   * @param phase of the dither, see {@link #phase}; codebooks that encode to the nearest value do
   *     not use it
   * @param codes receives the stored bytes
   * @param work overwritten, n elements at least
   * @return the block's scale: the largest magnitude of what is stored, 0 if all are 0 (the codes
   *     are then 0, too)
   */
  public float encode(float[] moments, int n, boolean slow, int phase, byte[] codes, float[] work) {
    if (storesRoot) {
      for (int i = 0; i < n; i++) {
        moments[i] = (float) Math.sqrt(moments[i]);
      }
    }
    float scale = absMax(moments, n);
    if (scale == 0) {
      Arrays.fill(codes, 0, n, (byte) 0);
      return 0;
    }
    for (int i = 0; i < n; i++) {
      moments[i] /= scale;
    }
    if (power != null && n <= PowerEncoder.LONGEST) {
      power.encode(moments, n, slow, phase, codes, work);
      return scale;
    }
    if (dithered != null) {
      dithered.encode(moments, n, slow, phase, codes);
      return scale;
    }
    for (int i = 0; i < n; i++) {
      codes[i] = nearest(moments[i]);
    }
    return scale;
  }

  /**
   * Where the dither's sequence stands at the first element of a block.
   *
   * @param firstElement index of that element in the state
   * @param iteration steps done before this one
   * @return the phase
   */
  public static int phase(long firstElement, int iteration) {
    return DitheredEncoder.phase(firstElement, iteration);
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
    long choice = encoder[(magnitude >>> BUCKET_SHIFT) + (bits >>> 31) * BUCKETS];
    // Magnitudes of floats order like their bits; a branch here would be mispredicted half of the
    // time.
    int above = (int) (choice >>> 32) - magnitude >>> 31;
    return (byte) (choice >>> (above << 3));
  }

  /**
   * The largest magnitude.
   *
   * @param x the values
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
