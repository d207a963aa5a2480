package org.lowbit4j.state;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The checksum of a state's norms, scales and codes: a sum over quantization blocks, so that blocks
 * may be done in any order and by any number of threads.
 *
 * <p>A block's payload is read as unsigned 32-bit words w[0..], codes as little-endian groups of
 * four with zeros behind the last, float32 values by their bits. With the 64-bit sums {@code a =
 * sum w[i]} and {@code b = sum (2i+1)*w[i]}, which do not overflow, the block adds {@code mix(b ^
 * mix(a ^ mix(position ^ scale)))}, where {@code position} is {@code mix((moment<<48|block) + 1)}
 * and {@code mix} the finalizer of SplitMix64 (Steele, Lea and Flood, 2014). Any change confined to
 * two words of a block changes a or b. Gradient norms, if kept, count as block 0 of a 32-bit moment
 * behind the last.
 */
public final class StateChecksum {

  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private StateChecksum() {}

  /**
   * One block of 8-bit state.
   *
   * @param moment index of the moment
   * @param block index of the quantization block
   * @param scale the block's scale
   * @param codes its codes
   * @param n how many, from index 0
   * @return what the block adds to the checksum
   */
  public static long ofCodes(int moment, long block, float scale, byte[] codes, int n) {
    long a = 0;
    long b = 0;
    int weight = 1;
    int i = 0;
    for (; i + 4 <= n; i += 4, weight += 2) {
      long w = (int) INTS.get(codes, i) & 0xFFFFFFFFL;
      a += w;
      b += weight * w;
    }
    long last = 0;
    for (int shift = 0; i < n; i++, shift += 8) {
      last |= (codes[i] & 0xFFL) << shift;
    }
    return finish(moment, block, scale, a + last, b + weight * last);
  }

  /**
   * One block of 32-bit state.
   *
   * @param moment index of the moment
   * @param block index of the block
   * @param values its values
   * @param n how many, from index 0
   * @return what the block adds to the checksum
   */
  public static long ofValues(int moment, long block, float[] values, int n) {
    long a = 0;
    long b = 0;
    int weight = 1;
    for (int i = 0; i < n; i++, weight += 2) {
      long w = Float.floatToRawIntBits(values[i]) & 0xFFFFFFFFL;
      a += w;
      b += weight * w;
    }
    return finish(moment, block, 0, a, b);
  }

  /**
   * The gradient norms of percentile clipping.
   *
   * @param moments number of moments
   * @param norms the norms
   * @return what they add to the checksum
   */
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
        if (layout.bits() == 8) {
          state.readCodes(moment, block, codes);
          sum += ofCodes(moment, block, state.scale(moment, block), codes, n);
        } else {
          state.readValues(moment, block, values);
          sum += ofValues(moment, block, values, n);
        }
      }
    }
    return sum;
  }

  private static long finish(int moment, long block, float scale, long a, long b) {
    long position = mix(((long) moment << 48 | block) + 1);
    long key = mix(position ^ Float.floatToRawIntBits(scale) & 0xFFFFFFFFL);
    return mix(b ^ mix(a ^ key));
  }

  private static long mix(long z) {
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
