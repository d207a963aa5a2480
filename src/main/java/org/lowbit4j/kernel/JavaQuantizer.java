package org.lowbit4j.kernel;

import java.lang.ref.Reference;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.memory.ParallelLoop;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.WordType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Quantizes in host memory, straight from array to array; threads share the blocks, and change no
 * bit.
 */
public final class JavaQuantizer implements ArrayQuantizer {

  /** Squares are added as multiples of 2^-40, whose sum does not depend on the order. */
  private static final float UNIT = 0x1p-40f;

  /** How many blocks' sums are kept before they are added, in order. */
  private static final int ROUND = 1024;

  /** Larger blocks are one thread's: each one needs memory for a block. */
  private static final int LARGEST_SHARED = 1 << 16;

  private final Codebook codebook;
  private final float[] values;
  private final boolean signed;
  private final int blockSize;
  private final int threads;

  /**
   * Makes one.
   *
   * @param signed whether it has negative values
   * @param blockSize elements per scale, 1 to 2^22
   */
  public JavaQuantizer(Codebook codebook, boolean signed, int blockSize) {
    this(codebook, signed, blockSize, 0);
  }

  /** With a number of threads, whatever the size, or 0 for as many as it is worth. */
  JavaQuantizer(Codebook codebook, boolean signed, int blockSize, int threads) {
    this.codebook = codebook;
    this.values = codebook.values();
    this.signed = signed;
    this.blockSize = blockSize;
    this.threads = threads;
  }

  @Override
  public double quantize(INDArray array, INDArray codes, INDArray scales) {
    QuantizationSums sums = new QuantizationSums();
    Blocks blocks = new Blocks(array, codes, scales, true);
    for (long from = 0; from < blocks.count; from += ROUND) {
      int count = (int) Math.min(ROUND, blocks.count - from);
      blocks.run(from, from + count);
      for (int i = 0; i < count; i++) {
        sums.add(blocks.scale[i], blocks.error[i], blocks.all[i]);
      }
    }
    for (Share share : blocks.shares) {
      sums.refuse(share.notFinite, share.negative);
    }
    return sums.relativeError();
  }

  @Override
  public void dequantize(INDArray codes, INDArray scales, INDArray array) {
    Blocks blocks = new Blocks(array, codes, scales, false);
    blocks.run(0, blocks.count);
  }

  /** What one thread has for itself. */
  private final class Share {

    final RawMemory array;
    final RawMemory codes;
    final RawMemory scales;
    final float[] x;
    final float[] scaled;
    final float[] work;
    final float[] fromMiddle;
    final byte[] bytes;
    long notFinite;
    long negative;

    Share(INDArray array, INDArray codes, INDArray scales, WordType words, boolean encodes) {
      long n = array.length();
      this.array = new RawMemory(array, n * words.bytes());
      this.codes = new RawMemory(codes, n);
      this.scales = new RawMemory(scales, scales.length() * Float.BYTES);
      int longest = (int) Math.min(blockSize, n);
      x = new float[longest];
      bytes = new byte[longest];
      scaled = encodes ? new float[longest] : null;
      work = encodes ? new float[longest] : null;
      fromMiddle = encodes ? new float[longest] : null;
    }

    /** Sets elements that have no code to 0, and counts them. Without a sign nothing is -0. */
    void clear(int n) {
      for (int i = 0; i < n; i++) {
        if (!Float.isFinite(x[i])) {
          notFinite++;
          x[i] = 0;
        } else if (!signed && x[i] <= 0) {
          negative += x[i] < 0 ? 1 : 0;
          x[i] = 0;
        }
      }
    }
  }

  /** The blocks of an array. */
  private final class Blocks extends ParallelLoop {

    final Share[] shares;
    final long count;

    /** Of blocks, by their numbers modulo {@link #ROUND}; null if codes are read. */
    final float[] scale;

    final float[] error;
    final float[] all;
    private final WordType words;
    private final INDArray[] arrays;
    private final long n;

    Blocks(INDArray array, INDArray codes, INDArray scales, boolean encodes) {
      words = WordType.of(array.dataType(), "array");
      arrays = new INDArray[] {array, codes, scales};
      n = array.length();
      count = (n + blockSize - 1) / blockSize;
      int most = threads > 0 ? threads : Kernels.javaThreads(n);
      shares = new Share[blockSize > LARGEST_SHARED ? 1 : shares(most, count, 1)];
      for (int i = 0; i < shares.length; i++) {
        shares[i] = new Share(array, codes, scales, words, encodes);
      }
      int round = (int) Math.min(ROUND, count);
      scale = encodes ? new float[round] : null;
      error = encodes ? new float[round] : null;
      all = encodes ? new float[round] : null;
    }

    void run(long from, long to) {
      run(
          shares.length,
          from,
          to,
          Math.max(1, Math.min(ParallelLoop.PIECE / blockSize, (to - from) / shares.length)));
      Reference.reachabilityFence(arrays);
    }

    @Override
    protected void piece(int number, long from, long to) {
      for (long block = from; block < to; block++) {
        long first = block * blockSize;
        int length = (int) Math.min(blockSize, n - first);
        if (scale == null) {
          decode(shares[number], block, first, length);
        } else {
          encode(shares[number], block, first, length);
        }
      }
    }

    private void encode(Share share, long block, long first, int length) {
      words.load(share.array, first * words.bytes(), length, share.x);
      share.clear(length);
      System.arraycopy(share.x, 0, share.scaled, 0, length);
      if (codebook.top() > 0) {
        Codebook.dither(first, 0, length, share.fromMiddle);
      }
      int at = (int) (block % ROUND);
      scale[at] =
          codebook.encode(share.scaled, length, false, share.fromMiddle, share.bytes, share.work);
      share.codes.at(first).put(share.bytes, 0, length);
      share.scales.at(block * Float.BYTES).putFloat(scale[at]);
      sum(share, at, length);
    }

    private void decode(Share share, long block, long first, int length) {
      share.codes.at(first).get(share.bytes, 0, length);
      float scaleOfBlock = share.scales.at(block * Float.BYTES).getFloat();
      codebook.decode(share.bytes, length, scaleOfBlock, share.x);
      words.store(share.array, first * words.bytes(), length, share.x);
    }

    private void sum(Share share, int at, int length) {
      long error = 0;
      long all = 0;
      if (scale[at] != 0) {
        for (int i = 0; i < length; i++) {
          float t = share.x[i] / scale[at];
          float d = t - values[share.bytes[i] & 0xFF];
          error += (long) (d * d * (1 / UNIT));
          all += (long) (t * t * (1 / UNIT));
        }
      }
      this.error[at] = error * UNIT;
      this.all[at] = all * UNIT;
    }
  }
}
