package org.lowbit4j.state;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The checksum of a state's norms, scales and codes: a sum over quantization blocks, so that blocks
 * may be done in any order and by any number of threads.
 *
 * <p>A block's payload is read as signed 16-bit words w[0..], bytes of codes as little-endian pairs
 * with a zero behind the last, float32 values by their bits, the lower half first. With the 32-bit
 * sum {@code a = sum weight[i]*w[i]}, the weights being odd, below 2^15 and different for all words
 * of a block, the block adds {@code mix(position ^ (scale<<32 | a))}, where {@code position} is
 * {@code mix((moment<<48|block) + 1)} and {@code mix} the finalizer of SplitMix64 (Steele, Lea and
 * Flood, 2014). One changed word of a block, two changed bits, or two words in each other's place
 * always change a. A few words changed a little leave it as it is in about one case of 2^15
 * (measured), blocks changed throughout, as by averaging, in one of 2^32 each. Gradient norms, if
 * kept, count as block 0 of a 32-bit moment behind the last.
 */
public final class StateChecksum {

  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  /** Of the largest block of 32-bit values. */
  private static final int[] WEIGHTS = new int[2 * StateLayout.LARGEST_BLOCK];

  /** The same for the lower and upper halves of values: one array would be read with a stride. */
  private static final int[] LOWER = new int[StateLayout.LARGEST_BLOCK];

  private static final int[] UPPER = new int[StateLayout.LARGEST_BLOCK];

  static {
    for (int i = 0; i < WEIGHTS.length; i++) {
      // i*(2i+1) takes all values modulo a power of two.
      WEIGHTS[i] = (i * (2 * i + 1) * 0x9E35 & 0x3FFF) * 2 + 1;
      (i % 2 == 0 ? LOWER : UPPER)[i / 2] = WEIGHTS[i];
    }
  }

  private StateChecksum() {}

  /**
   * One block of 4-bit or 8-bit state.
   *
   * @param codes one a byte
   * @param n how many, from index 0
   * @param bits 4 or 8
   */
  public static long ofCodes(int moment, long block, float scale, byte[] codes, int n, int bits) {
    return bits == 8
        ? ofCodes(moment, block, scale, codes, n)
        : of4Bits(moment, block, scale, codes, n);
  }

  private static long of4Bits(int moment, long block, float scale, byte[] codes, int n) {
    int a = 0;
    int whole = n / 4;
    for (int i = 0; i < whole; i++) {
      a += WEIGHTS[i] * word(codes, 4 * i);
    }
    for (int i = 4 * whole; i < n; i++) {
      a += WEIGHTS[whole] * (short) ((codes[i] & 0xFF) << 4 * (i - 4 * whole));
    }
    return finish(moment, block, scale, a);
  }

  /** Four codes as they are stored, two a byte. */
  private static short word(byte[] codes, int i) {
    return (short) (codes[i] | codes[i + 1] << 4 | codes[i + 2] << 8 | codes[i + 3] << 12);
  }

  /**
   * One block of 8-bit state.
   *
   * @param n how many, from index 0
   */
  public static long ofCodes(int moment, long block, float scale, byte[] codes, int n) {
    int a = 0;
    for (int i = 0; i < n / 2; i++) {
      a += WEIGHTS[i] * (short) SHORTS.get(codes, 2 * i);
    }
    if (n % 2 == 1) {
      a += WEIGHTS[n / 2] * (codes[n - 1] & 0xFF);
    }
    return finish(moment, block, scale, a);
  }

  /**
   * One block of 32-bit state.
   *
   * @param n how many, from index 0
   */
  public static long ofValues(int moment, long block, float[] values, int n) {
    int a = 0;
    for (int i = 0; i < n; i++) {
      int bits = Float.floatToRawIntBits(values[i]);
      a += LOWER[i] * (short) bits + UPPER[i] * (bits >> 16);
    }
    return finish(moment, block, 0, a);
  }

  /** The gradient norms of percentile clipping. */
  public static long ofNorms(int moments, float[] norms) {
    return ofValues(moments, 0, norms, norms.length);
  }

  /**
   * The checksum of a whole state.
   *
   * @param state with its layout set
   * @return the sum over all moments and blocks, and the norms
   */
  public static long of(StateMemory state) {
    StateLayout layout = state.layout();
    byte[] codes = new byte[layout.blockSize()];
    float[] values = new float[layout.blockSize()];
    long sum = state.sumOverBlocks(blocks -> of(state, blocks, codes, values));
    if (layout.norms() > 0) {
      float[] norms = new float[layout.norms()];
      state.readNorms(norms);
      sum += ofNorms(layout.moments(), norms);
    }
    return sum;
  }

  private static long of(StateMemory state, BlockRange blocks, byte[] codes, float[] values) {
    StateLayout layout = state.layout();
    long sum = 0;
    for (int moment = 0; moment < layout.moments(); moment++) {
      for (long block = blocks.first(); block < blocks.end(); block++) {
        int n = layout.blockLength(block);
        if (layout.isQuantized()) {
          state.readCodes(moment, block, codes);
          sum += ofCodes(moment, block, state.scale(moment, block), codes, n, layout.bits());
        } else {
          state.readValues(moment, block, values);
          sum += ofValues(moment, block, values, n);
        }
      }
    }
    return sum;
  }

  private static long finish(int moment, long block, float scale, int a) {
    long position = mix(((long) moment << 48 | block) + 1);
    return mix(position ^ ((long) Float.floatToRawIntBits(scale) << 32 | a & 0xFFFFFFFFL));
  }

  private static long mix(long z) {
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
