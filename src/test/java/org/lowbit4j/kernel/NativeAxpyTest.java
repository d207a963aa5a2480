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

/** The native sums of weight decay have Axpy's bits, and their norms SquaredNorm's. */
class NativeAxpyTest {

  private static final int[] SIZES = {
    1, 7, 8, 15, 16, 17, 33, 4095, 4097, 12_295, 16_384, 20_000, 100_003
  };

  private final Random random = new Random(3);

  @BeforeEach
  void requireLibrary() {
    assumeTrue(KernelVariants.isNative(), "no native library");
  }

  @ParameterizedTest
  @EnumSource
  void everySize(InstructionSet isa) {
    for (int n : SIZES) {
      compare(array(n, 0), array(n, 0), isa, 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void misalignedViews(InstructionSet isa) {
    for (int shift = 0; shift < 20; shift += 3) {
      compare(array(20_487, shift), array(20_487, 2 * shift + 1), isa, 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anyNumberOfThreads(InstructionSet isa) {
    for (int threads = 2; threads <= 3; threads++) {
      for (int n : new int[] {5, 100_003, 1024 * 4096 + 3 * 4096 + 5}) {
        compare(array(n, 0), array(n, 1), isa, threads);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void numbersThatAreNotFinite(InstructionSet isa) {
    for (float foreign : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.MAX_VALUE}) {
      INDArray x = array(20_487, 0);
      INDArray y = array(20_487, 0);
      x.putScalar(4_500, foreign);
      y.putScalar(20_486, foreign);
      compare(x, y, isa, 1);
    }
  }

  private INDArray array(int n, int shift) {
    return NativeNormTest.array(random, n, WordType.FLOAT, shift);
  }

  private void compare(INDArray x, INDArray y, InstructionSet isa, int threads) {
    assumeTrue(NativeOps.best().includes(isa), "not on this machine");
    float a = (float) random.nextGaussian();
    GradientView xs = new GradientView(x);
    INDArray before = y.dup();
    GradientView ys = new GradientView(y);
    for (float scale : new float[] {1, 0.37f}) {
      INDArray expected = before.dup();
      Axpy.apply(a, xs, scale, new GradientView(expected), 1);
      y.assign(before);
      NativeKernel.axpy(a, xs, scale, ys, isa, threads);
      assertSameBits(y, expected);
    }
    INDArray expected = before.dup();
    Axpy.apply(a, xs, 1, new GradientView(expected), 1);
    y.assign(before);
    assertThat(NativeKernel.axpyNorm(a, xs, ys, isa, threads))
        .as("%s, %d, %d threads", isa.id(), y.length(), threads)
        .isEqualTo(SquaredNorm.of(new GradientView(expected)));
    assertSameBits(y, expected);
  }

  private static void assertSameBits(INDArray actual, INDArray expected) {
    assertThat(actual.dup().data().asFloat()).isEqualTo(expected.data().asFloat());
  }
}
