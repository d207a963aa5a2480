package org.lowbit4j.cuda;

import java.util.Arrays;
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
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Quantizes and dequantizes a small vector on the device at hand, misaligned, with blocks of zeros
 * and a short last one, and compares all bits with the host's.
 */
final class QuantizerSelfTest {

  /** No multiple of the four elements that a thread takes, and one. */
  private static final int[] BLOCK_SIZES = {61, 64};

  private static final int ELEMENTS = 5 * 64 + 37;
  private static final long SEED = 42;

  private final CudaArrays arrays;
  private final WordType words;
  private final INDArray x;
  private final JavaQuantizer onHost;
  private final CudaQuantizer onDevice;
  private final int blocks;

  private QuantizerSelfTest(
      CudaArrays arrays, WordType words, QuantMap map, boolean signed, int blockSize) {
    this.arrays = arrays;
    this.words = words;
    Codebook codebook = map.codebook(signed ? Moment.Kind.FIRST : Moment.Kind.NORM, false);
    onHost = new JavaQuantizer(codebook, signed, blockSize);
    onDevice = new CudaQuantizer(arrays, onHost, codebook, signed, blockSize);
    blocks = (ELEMENTS + blockSize - 1) / blockSize;
    x = vector(signed);
  }

  /**
   * Tests.
   *
   * @throws CudaException if a bit differs, or the driver fails
   */
  static void run(CudaArrays arrays) {
    for (WordType words : WordType.values()) {
      for (QuantMap map : QuantMap.values()) {
        for (int blockSize : BLOCK_SIZES) {
          new QuantizerSelfTest(arrays, words, map, true, blockSize).run();
          new QuantizerSelfTest(arrays, words, map, false, blockSize).run();
        }
      }
    }
  }

  private void run() {
    INDArray codes = Nd4j.zeros(DataType.INT8, ELEMENTS);
    INDArray scales = Nd4j.zeros(DataType.FLOAT, blocks);
    INDArray codesThere = Nd4j.zeros(DataType.INT8, ELEMENTS);
    INDArray scalesThere = Nd4j.zeros(DataType.FLOAT, blocks);
    toHost(x, codes, scales);
    double error = onHost.quantize(x, codes, scales);
    hostWritten(codes, scales);
    double found = onDevice.launchQuantize(x, codesThere, scalesThere).relativeError();
    require("codes", codes, codesThere, 1);
    require("scales", scales, scalesThere, Float.BYTES);
    if (error != found) {
      throw new CudaException(
          String.format("the self-test found an error of %s in place of %s", found, error));
    }
    INDArray y = Nd4j.zeros(words.dataType(), ELEMENTS);
    INDArray there = Nd4j.zeros(words.dataType(), ELEMENTS);
    toHost(y);
    onHost.dequantize(codes, scales, y);
    hostWritten(y);
    onDevice.launchDequantize(codesThere, scalesThere, there);
    require("numbers", y, there, words.bytes());
  }

  private INDArray vector(boolean signed) {
    Random random = new Random(SEED);
    float[] values = new float[ELEMENTS + 1];
    for (int i = 0; i < values.length; i++) {
      boolean zeros = i >= 100 && i < 250;
      double g = random.nextGaussian() * Math.exp(2 * random.nextGaussian());
      values[i] = zeros ? 0 : (float) (signed ? g : Math.abs(g));
    }
    return Nd4j.createFromArray(values)
        .castTo(words.dataType())
        .get(NDArrayIndex.interval(1, ELEMENTS + 1));
  }

  private void require(String what, INDArray expected, INDArray found, int bytes) {
    toHost(expected, found);
    int at = Arrays.mismatch(bytes(expected, bytes), bytes(found, bytes));
    if (at >= 0) {
      throw new CudaException(
          String.format(
              "the self-test (%s) found another byte %d of the %s than the host's",
              words, at, what));
    }
  }

  private static byte[] bytes(INDArray array, int each) {
    return RawMemory.copyOf(array, (int) array.length() * each);
  }

  private void toHost(INDArray... all) {
    for (INDArray array : all) {
      arrays.toHost(array);
    }
  }

  private void hostWritten(INDArray... all) {
    for (INDArray array : all) {
      arrays.hostWritten(array);
    }
  }
}
