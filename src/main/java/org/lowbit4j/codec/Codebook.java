package org.lowbit4j.codec;

import java.util.Arrays;

/**
 * A table of up to 256 values in [-1, 1], one per stored byte, and the encoder to the nearest of
 * them.
 *
 * <p>Block-wise quantization (Dettmers et al., 2022) stores a block of numbers as one float32
 * scale, the largest magnitude in the block, and one byte per number: {@code number = value[byte] *
 * scale}. Encoding divides by the scale and takes the nearest value, by comparison with float32
 * midpoints; a tie goes to the smaller magnitude. A codebook may hold the square root of what it
 * stands for ({@link #storesRoot}): second moments then keep twice the number of decades.
 *
 * <p>Bytes that have no value decode to NaN, so that damaged state shows itself. Instances are
 * immutable.
 */
public final class Codebook {

  private static final int BUCKET_SHIFT = 16;
  private static final int ONE_BITS = 0x3F800000;

  private final float[] values;
  private final boolean storesRoot;
  private final Side positive;
  private final Side negative;

  /**
   * Makes a codebook from its table.
   *
   * @param values 256 values in [-1, 1] by stored byte, NaN for a byte that is never stored; byte 0
   *     must be the value of smallest magnitude
   * @param storesRoot whether the number stored is the square root of the moment
   */
  Codebook(float[] values, boolean storesRoot) {
    this.values = values.clone();
    this.storesRoot = storesRoot;
    this.positive = Side.of(values, false);
    this.negative = Side.of(values, true);
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
   * Encodes a block.
   *
   * @param moments finite values, non-negative if the root is stored; overwritten
   * @param n how many, from index 0
   * @param codes receives the stored bytes
   * @return the block's scale: the largest magnitude of what is stored, 0 if all are 0 (the codes
   *     are then 0, too)
   */
  public float encode(float[] moments, int n, byte[] codes) {
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
    for (int i = 0; i < n; i++) {
      codes[i] = nearest(moments[i]);
    }
    return scale;
  }

  /**
   * The stored byte whose value is nearest.
   *
   * @param x a number in [-1, 1]
   * @return the byte; on a tie the one of smaller magnitude
   */
  public byte nearest(float x) {
    int bits = Float.floatToRawIntBits(x);
    return (bits < 0 ? negative : positive).nearest(bits & 0x7FFFFFFF);
  }

  /**
   * The largest magnitude.
   *
   * @param x finite values
   * @param n how many, from index 0
   * @return the largest {@code |x[i]|}, 0 for none
   */
  public static float absMax(float[] x, int n) {
    // Magnitudes of floats order like their bits; integer maxima are cheaper than Math.max with its
    // NaN rules.
    int max = 0;
    for (int i = 0; i < n; i++) {
      max = Math.max(max, Float.floatToRawIntBits(x[i]) & 0x7FFFFFFF);
    }
    return Float.intBitsToFloat(max);
  }

  /**
   * The values of one sign by ascending magnitude, with an encoder that looks up a candidate and
   * corrects it.
   */
  private static final class Side {
    private final byte[] codes;
    private final float[] midpoints;

    /**
     * For each value of the upper 16 bits of a float in [0, 1]: the level nearest to the bucket's
     * lower end.
     */
    private final byte[] candidates;

    private Side(float[] levels, byte[] codes) {
      this.codes = codes;
      this.midpoints = new float[levels.length];
      for (int k = 0; k + 1 < levels.length; k++) {
        midpoints[k] = 0.5f * (levels[k] + levels[k + 1]);
      }
      midpoints[levels.length - 1] = Float.POSITIVE_INFINITY;
      this.candidates = new byte[(ONE_BITS >>> BUCKET_SHIFT) + 1];
      int k = 0;
      for (int bucket = 0; bucket < candidates.length; bucket++) {
        while (Float.intBitsToFloat(bucket << BUCKET_SHIFT) > midpoints[k]) {
          k++;
        }
        candidates[bucket] = (byte) k;
      }
    }

    static Side of(float[] values, boolean negative) {
      Integer[] order = new Integer[256];
      int count = 0;
      for (int code = 0; code < 256; code++) {
        float v = values[code];
        // Byte 0, the smallest magnitude, serves both signs unless the table has a negative zero.
        boolean wanted =
            negative ? Float.floatToRawIntBits(v) < 0 : Float.floatToRawIntBits(v) >= 0;
        if (!Float.isNaN(v) && wanted) {
          order[count++] = code;
        }
      }
      Arrays.sort(
          order, 0, count, (a, b) -> Float.compare(Math.abs(values[a]), Math.abs(values[b])));
      boolean borrowZero = negative && (count == 0 || values[order[0]] != 0);
      int levels = count + (borrowZero ? 1 : 0);
      float[] magnitudes = new float[levels];
      byte[] codes = new byte[levels];
      for (int k = 0; k < count; k++) {
        int at = k + levels - count;
        magnitudes[at] = Math.abs(values[order[k]]);
        codes[at] = (byte) (int) order[k];
      }
      return new Side(magnitudes, codes);
    }

    byte nearest(int magnitudeBits) {
      float y = Float.intBitsToFloat(magnitudeBits);
      int k = candidates[magnitudeBits >>> BUCKET_SHIFT] & 0xFF;
      while (y > midpoints[k]) {
        k++;
      }
      return codes[k];
    }
  }
}
