package org.lowbit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.kernel.ArrayQuantizer;
import org.lowbit4j.kernel.JavaQuantizer;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.Moment;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Arrays in 8 bits: on an emulated device and on the host the same bits. */
class CudaQuantizerTest {

  private static final int[] SIZES = {1, 5, 256, 5_003};
  private static final int[] BLOCK_SIZES = {1, 3, 64, 100, 256, 1_000, 4_096, 1 << 22};

  private final HostArrays arrays = new HostArrays();

  @BeforeAll
  static void requireEmulation() {
    assumeTrue(Emulation.missing() == null, Emulation.missing());
  }

  @AfterAll
  static void forget() {
    CudaUpdates.forget();
  }

  @ParameterizedTest
  @EnumSource
  void everySizeAndBlockSize(Emulation.Kind kind) {
    Emulation.useQuantizer(kind);
    for (int n : SIZES) {
      for (int blockSize : BLOCK_SIZES) {
        for (WordType words : WordType.values()) {
          for (QuantMap map : QuantMap.values()) {
            compare(vector(n, words, true), map, true, blockSize);
            compare(vector(n, words, false), map, false, blockSize);
          }
        }
      }
    }
    assertThat(arrays.copies).as("copies to the host").isZero();
  }

  @ParameterizedTest
  @EnumSource
  void whatHasNoCodeIsCounted(Emulation.Kind kind) {
    Emulation.useQuantizer(kind);
    INDArray x = vector(1_000, WordType.FLOAT, true);
    INDArray codes = Nd4j.zeros(DataType.INT8, 1_000);
    INDArray scales = Nd4j.zeros(DataType.FLOAT, 4);
    ArrayQuantizer unsigned = onDevice(QuantMap.DYNAMIC, false, 256);
    long negative = x.lt(0).castTo(DataType.INT32).sumNumber().longValue();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> unsigned.quantize(x, codes, scales))
        .withMessageStartingWith(negative + " elements of the array are negative");
    x.putScalar(3, Float.NaN).putScalar(700, Float.NEGATIVE_INFINITY);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> onDevice(QuantMap.DYNAMIC, true, 256).quantize(x, codes, scales))
        .withMessageStartingWith("2 elements of the array are not finite");
  }

  @ParameterizedTest
  @EnumSource
  void selfTestPasses(Emulation.Kind kind) {
    Emulation.useQuantizer(kind);
    QuantizerSelfTest.run(arrays);
  }

  /** A device that gets a bit wrong is not used, and the host gives the right ones. */
  @Test
  void selfTestFindsAWrongBit() {
    Emulation.useQuantizer(Emulation.Kind.SOURCE);
    HostArrays wrong =
        new HostArrays() {
          @Override
          public void run(Launches steps, int written, INDArray... all) {
            super.run(steps, written, all);
            all[0].putScalar(all[0].length() - 1, all[0].getDouble(all[0].length() - 1) + 1);
          }
        };
    assertThatThrownBy(() -> QuantizerSelfTest.run(wrong))
        .isInstanceOf(CudaException.class)
        .hasMessageContaining("another byte");
    Codebook codebook = QuantMap.POWER.codebook(Moment.Kind.FIRST, false);
    ArrayQuantizer onHost = new JavaQuantizer(codebook, true, 64);
    ArrayQuantizer fallsBack = new CudaQuantizer(wrong, onHost, codebook, true, 64);
    INDArray x = vector(200, WordType.FLOAT, true);
    compare(x, fallsBack, onHost, 64);
    assertThat(wrong.copies).as("copies to the host").isPositive();
  }

  private CudaQuantizer onDevice(QuantMap map, boolean signed, int blockSize) {
    Codebook codebook = map.codebook(signed ? Moment.Kind.FIRST : Moment.Kind.NORM, false);
    ArrayQuantizer onHost = new JavaQuantizer(codebook, signed, blockSize);
    return new CudaQuantizer(arrays, onHost, codebook, signed, blockSize) {
      @Override
      boolean isUsable() {
        return true;
      }
    };
  }

  private void compare(INDArray x, QuantMap map, boolean signed, int blockSize) {
    Codebook codebook = map.codebook(signed ? Moment.Kind.FIRST : Moment.Kind.NORM, false);
    ArrayQuantizer onHost = new JavaQuantizer(codebook, signed, blockSize);
    compare(x, onDevice(map, signed, blockSize), onHost, blockSize);
  }

  private static void compare(
      INDArray x, ArrayQuantizer actual, ArrayQuantizer expected, int blockSize) {
    int blocks = (int) ((x.length() + blockSize - 1) / blockSize);
    String what = x.length() + " " + x.dataType() + " in blocks of " + blockSize;
    INDArray[] codes = {
      Nd4j.zeros(DataType.INT8, x.length()), Nd4j.zeros(DataType.INT8, x.length())
    };
    INDArray[] scales = {Nd4j.zeros(DataType.FLOAT, blocks), Nd4j.zeros(DataType.FLOAT, blocks)};
    double error = expected.quantize(x, codes[0], scales[0]);
    assertThat(actual.quantize(x, codes[1], scales[1])).as(what).isEqualTo(error);
    int n = (int) x.length();
    assertThat(RawMemory.copyOf(codes[1], n)).as(what).isEqualTo(RawMemory.copyOf(codes[0], n));
    assertThat(RawMemory.copyOf(scales[1], 4 * blocks))
        .as(what)
        .isEqualTo(RawMemory.copyOf(scales[0], 4 * blocks));
    INDArray[] y = {x.ulike(), x.ulike()};
    expected.dequantize(codes[0], scales[0], y[0]);
    actual.dequantize(codes[1], scales[1], y[1]);
    n *= x.dataType().width();
    assertThat(RawMemory.copyOf(y[1], n)).as(what).isEqualTo(RawMemory.copyOf(y[0], n));
  }

  /** Misaligned, with zeros of both signs, small and large numbers. */
  private static INDArray vector(int n, WordType words, boolean signed) {
    Random random = new Random(n);
    float[] values = new float[n + 1];
    for (int i = 0; i < values.length; i++) {
      double g = random.nextGaussian() * Math.min(1e4, Math.exp(3 * random.nextGaussian()));
      boolean zero = i / 300 % 3 == 1 || random.nextInt(20) == 0;
      values[i] = (float) (zero ? 0 : signed ? g : Math.abs(g));
    }
    values[n] = n > 1 ? -0.0f : values[n];
    return Nd4j.createFromArray(values)
        .castTo(words.dataType())
        .get(NDArrayIndex.interval(1, n + 1));
  }
}
