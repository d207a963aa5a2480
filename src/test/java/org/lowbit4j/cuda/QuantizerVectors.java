package org.lowbit4j.cuda;

import java.util.Random;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.kernel.JavaQuantizer;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.Moment;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Arrays in 8 bits for a {@link VectorFile}, there and back. */
final class QuantizerVectors {

  /** The block size of vectors with elements that have no code. */
  static final int REFUSING = 61;

  private static final int TILE = 4_096;

  private final VectorFile out;
  private final WordType words;
  private final QuantMap map;
  private final boolean signed;
  private final int blockSize;
  private final Codebook codebook;

  QuantizerVectors(VectorFile out, WordType words, QuantMap map, boolean signed, int blockSize) {
    this.out = out;
    this.words = words;
    this.map = map;
    this.signed = signed;
    this.blockSize = blockSize;
    codebook = map.codebook(signed ? Moment.Kind.FIRST : Moment.Kind.NORM, false);
  }

  private String name(String what) {
    return String.format(
        "%s-%s-%s-%s-of-%d", what, words, map, signed ? "signed" : "unsigned", blockSize);
  }

  /** Writes a conversion and what it must lead to. */
  void check(int n) {
    int blocks = (n + blockSize - 1) / blockSize;
    INDArray x = vector(n);
    INDArray codes = Nd4j.zeros(DataType.INT8, n);
    INDArray scales = Nd4j.zeros(DataType.FLOAT, blocks);
    JavaQuantizer oracle = new JavaQuantizer(codebook, signed, blockSize);
    long[] refused = refuse(x);
    try {
      oracle.quantize(x, codes, scales);
    } catch (IllegalArgumentException e) {
      // Elements that have no code, which it says when all others are done.
      if (refused[0] + refused[1] == 0) {
        throw e;
      }
    }
    INDArray back = Nd4j.zeros(words.dataType(), n);
    oracle.dequantize(codes, scales, back);

    out.begin(name("quantize") + "-" + n, "check", n);
    Memory memory = new Memory(n, words.bytes());
    out.step(0);
    out.put("array", RawMemory.copyOf(x, n * words.bytes()));
    memory.quantize();
    out.expect("codes", RawMemory.copyOf(codes, n));
    out.expect("scales", RawMemory.copyOf(scales, blocks * Float.BYTES));
    out.expect("sums", sums(x, codes, scales, blocks));
    out.expect("refused", UpdateVectors.longs(refused));
    out.step(1);
    memory.dequantize();
    out.expect("back", RawMemory.copyOf(back, n * words.bytes()));
  }

  /** Writes launches of both kernels without what they lead to. */
  void time(long n, int launches) {
    for (boolean there : new boolean[] {true, false}) {
      out.begin(name(there ? "quantize" : "dequantize"), "time", n);
      Memory memory = new Memory(n, 0);
      out.fill("array", RawMemory.copyOf(vector(TILE), TILE * words.bytes()));
      // The array is read twice to be quantized, but stays in a cache between.
      out.moves(n * (words.bytes() + 1) + 4 * ((n + blockSize - 1) / blockSize));
      out.zero("codes");
      out.zero("scales");
      for (int i = 0; i < launches; i++) {
        if (there) {
          memory.quantize();
        } else {
          memory.dequantize();
        }
      }
      out.expect("refused", new byte[2 * Long.BYTES]);
    }
  }

  /** Addresses of a case. */
  private final class Memory {
    private final long n;
    private final long array;
    private final long codes;
    private final long scales;
    private final long sums;
    private final long refused;
    private final long back;
    private final QuantizerArguments arguments;

    Memory(long n, int shift) {
      this.n = n;
      long blocks = (n + blockSize - 1) / blockSize;
      array = out.memory("array", n * words.bytes(), shift);
      codes = out.memory("codes", n, shift / 2);
      scales = out.memory("scales", blocks * Float.BYTES, Float.BYTES);
      sums = out.memory("sums", 2 * blocks * Float.BYTES, 0);
      refused = out.memory("refused", 2 * Long.BYTES, 0);
      back = out.memory("back", n * words.bytes(), shift);
      long table = out.memory("table", DeviceTable.BYTES, 0);
      out.put("table", DeviceTable.of(codebook));
      out.zero("refused");
      arguments = new QuantizerArguments(table, signed, blockSize);
    }

    void quantize() {
      try (Arguments a = arguments.quantize(array, words, n, codes, scales, sums, refused)) {
        out.launch(CudaSource.QUANTIZE, "quantizeBlockwise", arguments.size(n), a);
      }
    }

    void dequantize() {
      try (Arguments a = arguments.dequantize(back, words, n, codes, scales)) {
        out.launch(CudaSource.QUANTIZE, "dequantizeBlockwise", arguments.size(n), a);
      }
    }
  }

  /** Puts a few elements in that have no code, and counts those that are not finite or negative. */
  private long[] refuse(INDArray x) {
    if (blockSize != REFUSING) {
      return new long[2];
    }
    x.putScalar(7, Float.NaN).putScalar(300, Float.NEGATIVE_INFINITY);
    x.putScalar(500, -3f).putScalar(501, -0.25f).putScalar(502, -1f);
    return new long[] {2, signed ? 0 : 3};
  }

  private float cleared(float x) {
    boolean hasCode = Float.isFinite(x) && (signed || x >= 0);
    return hasCode ? x : 0;
  }

  /** Per block what the kernel adds up; the Java quantizer keeps the totals only. */
  private byte[] sums(INDArray x, INDArray codes, INDArray scales, int blocks) {
    float[] values = codebook.values();
    float[] numbers = x.castTo(DataType.FLOAT).toFloatVector();
    byte[] code = RawMemory.copyOf(codes, numbers.length);
    float[] scale = scales.toFloatVector();
    float[] sums = new float[2 * blocks];
    for (int block = 0; block < blocks; block++) {
      long error = 0;
      long all = 0;
      int to = Math.min(numbers.length, (block + 1) * blockSize);
      for (int i = block * blockSize; i < to && scale[block] != 0; i++) {
        float t = cleared(numbers[i]) / scale[block];
        float d = t - values[code[i] & 0xFF];
        error += (long) (d * d * 0x1p40f);
        all += (long) (t * t * 0x1p40f);
      }
      sums[2 * block] = error * 0x1p-40f;
      sums[2 * block + 1] = all * 0x1p-40f;
    }
    return RawMemory.copyOf(Nd4j.createFromArray(sums), sums.length * Float.BYTES);
  }

  /** With zeros of both signs, small and large numbers. */
  private INDArray vector(int n) {
    Random random = new Random(n);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      boolean zeros = i >= 100 && i < 250 || random.nextInt(20) == 0;
      double g = random.nextGaussian() * Math.exp(2 * random.nextGaussian());
      values[i] = zeros ? 0 : (float) (signed ? g : Math.abs(g));
    }
    values[n - 1] = signed ? -0.0f : 0;
    return Nd4j.createFromArray(values).castTo(words.dataType());
  }
}
