package org.lowbit4j.kernel;

import java.lang.ref.Reference;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.WordType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Quantizes in host memory, straight from array to array. */
public final class JavaQuantizer implements ArrayQuantizer {

  /** Squares are added as multiples of 2^-40, whose sum does not depend on the order. */
  private static final float UNIT = 0x1p-40f;

  private final Codebook codebook;
  private final float[] values;
  private final boolean signed;
  private final int blockSize;

  /**
   * Makes one.
   *
   * @param signed whether it has negative values
   * @param blockSize elements per scale, 1 to 2^22
   */
  public JavaQuantizer(Codebook codebook, boolean signed, int blockSize) {
    this.codebook = codebook;
    this.values = codebook.values();
    this.signed = signed;
    this.blockSize = blockSize;
  }

  @Override
  public double quantize(INDArray array, INDArray codes, INDArray scales) {
    WordType words = WordType.of(array.dataType(), "array");
    long n = array.length();
    RawMemory from = new RawMemory(array, n * words.bytes());
    RawMemory to = new RawMemory(codes, n);
    RawMemory scalesTo = new RawMemory(scales, scales.length() * Float.BYTES);
    int longest = (int) Math.min(blockSize, n);
    float[] x = new float[longest];
    float[] scaled = new float[longest];
    float[] work = new float[longest];
    float[] fromMiddle = new float[longest];
    byte[] bytes = new byte[longest];
    QuantizationSums sums = new QuantizationSums();
    for (long block = 0; block * blockSize < n; block++) {
      long first = block * blockSize;
      int length = (int) Math.min(blockSize, n - first);
      words.load(from, first * words.bytes(), length, x);
      clear(x, length, sums);
      System.arraycopy(x, 0, scaled, 0, length);
      if (codebook.top() > 0) {
        Codebook.dither(first, 0, length, fromMiddle);
      }
      float scale = codebook.encode(scaled, length, false, fromMiddle, bytes, work);
      to.at(first).put(bytes, 0, length);
      scalesTo.at(block * Float.BYTES).putFloat(scale);
      add(x, bytes, length, scale, sums);
    }
    Reference.reachabilityFence(array);
    Reference.reachabilityFence(codes);
    Reference.reachabilityFence(scales);
    return sums.relativeError();
  }

  @Override
  public void dequantize(INDArray codes, INDArray scales, INDArray array) {
    WordType words = WordType.of(array.dataType(), "array");
    long n = array.length();
    RawMemory from = new RawMemory(codes, n);
    RawMemory scalesFrom = new RawMemory(scales, scales.length() * Float.BYTES);
    RawMemory to = new RawMemory(array, n * words.bytes());
    int longest = (int) Math.min(blockSize, n);
    float[] x = new float[longest];
    byte[] bytes = new byte[longest];
    for (long block = 0; block * blockSize < n; block++) {
      long first = block * blockSize;
      int length = (int) Math.min(blockSize, n - first);
      from.at(first).get(bytes, 0, length);
      codebook.decode(bytes, length, scalesFrom.at(block * Float.BYTES).getFloat(), x);
      words.store(to, first * words.bytes(), length, x);
    }
    Reference.reachabilityFence(array);
    Reference.reachabilityFence(codes);
    Reference.reachabilityFence(scales);
  }

  /** Sets elements that have no code to 0, and counts them. Without a sign nothing is -0. */
  private void clear(float[] x, int n, QuantizationSums sums) {
    int notFinite = 0;
    int negative = 0;
    for (int i = 0; i < n; i++) {
      if (!Float.isFinite(x[i])) {
        notFinite++;
        x[i] = 0;
      } else if (!signed && x[i] <= 0) {
        negative += x[i] < 0 ? 1 : 0;
        x[i] = 0;
      }
    }
    sums.refuse(notFinite, negative);
  }

  private void add(float[] x, byte[] codes, int n, float scale, QuantizationSums sums) {
    long error = 0;
    long all = 0;
    if (scale != 0) {
      for (int i = 0; i < n; i++) {
        float t = x[i] / scale;
        float d = t - values[codes[i] & 0xFF];
        error += (long) (d * d * (1 / UNIT));
        all += (long) (t * t * (1 / UNIT));
      }
    }
    sums.add(scale, error * UNIT, all * UNIT);
  }
}
