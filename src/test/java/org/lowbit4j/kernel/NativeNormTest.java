package org.lowbit4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.SquaredNorm;
import org.lowbit4j.memory.WordType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The native sum of squares gives SquaredNorm's bits. */
class NativeNormTest {

  private static final int[] SIZES = {
    1, 7, 8, 9, 15, 255, 4095, 4096, 4097, 8191, 8192, 8200, 12_295, 16_384, 100_003
  };

  /** More blocks than are summed up at a time. */
  private static final int LARGE = 1024 * 4096 + 3 * 4096 + 5;

  @BeforeEach
  void requireLibrary() {
    assumeTrue(KernelVariants.isNative(), "no native library");
  }

  @ParameterizedTest
  @EnumSource
  void everySizeAndType(InstructionSet isa) {
    for (WordType words : WordType.values()) {
      for (int n : SIZES) {
        compare(array(n, words, 0), isa, 1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void misalignedViews(InstructionSet isa) {
    for (WordType words : WordType.values()) {
      for (int shift : new int[] {1, 3}) {
        compare(array(20_487, words, shift), isa, 1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void anyNumberOfThreads(InstructionSet isa) {
    for (int threads = 2; threads <= 3; threads++) {
      for (int n : new int[] {5, 100_003, LARGE}) {
        compare(array(n, WordType.FLOAT, 0), isa, threads);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void elementsThatAreNotFiniteCountAsZero(InstructionSet isa) {
    for (WordType words : WordType.values()) {
      for (double foreign :
          new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
        INDArray array = array(20_487, words, 0);
        for (long at : new long[] {0, 9, 4096, 12_294}) {
          array.putScalar(at, foreign);
        }
        compare(array, isa, 1);
        compare(array.assign(foreign), isa, 1);
      }
    }
    // Finite as a double, but not as the float32 that it counts as.
    compare(array(5_000, WordType.DOUBLE, 0).putScalar(4_500, 1e300), isa, 1);
  }

  @ParameterizedTest
  @EnumSource
  void theLargestAndTheSmallest(InstructionSet isa) {
    for (float x : new float[] {Float.MAX_VALUE, Float.MIN_VALUE, -0f}) {
      compare(Nd4j.valueArrayOf(new long[] {20_487}, x), isa, 1);
    }
  }

  private static INDArray array(int n, WordType words, int shift) {
    return array(new Random(n), n, words, shift);
  }

  /** Mixed scales, so that another order of the sums shows; a view from element shift on. */
  static INDArray array(Random random, int n, WordType words, int shift) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) (random.nextGaussian() * Math.exp(2 * random.nextGaussian()));
    }
    INDArray parent = Nd4j.zeros(words.dataType(), n + shift);
    INDArray view = shift == 0 ? parent : parent.get(NDArrayIndex.interval(shift, n + shift));
    return view.assign(Nd4j.createFromArray(x));
  }

  private static void compare(INDArray array, InstructionSet isa, int threads) {
    assumeTrue(NativeOps.best().includes(isa), "not on this machine");
    GradientView view = new GradientView(array);
    assertThat(NativeKernel.squaredNorm(view, isa, threads))
        .as("%s, %d %s, %d threads", isa.id(), array.length(), array.dataType(), threads)
        .isEqualTo(SquaredNorm.of(view));
  }
}
