package org.lowbit4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class SquaredNormTest {

  private static double of(INDArray array) {
    GradientView view = new GradientView(array);
    double sum = SquaredNorm.of(view);
    view.keepAlive();
    return sum;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 9, 255, 4095, 4096, 4097, 100_003})
  void itIsTheSumOfSquares(int n) {
    Random random = new Random(n);
    float[] x = new float[n];
    double expected = 0;
    for (int i = 0; i < n; i++) {
      x[i] = (float) (random.nextGaussian() * Math.exp(3 * random.nextGaussian()));
      expected += (double) x[i] * x[i];
    }
    INDArray array = Nd4j.createFromArray(x);
    assertThat(of(array)).isCloseTo(expected, within(1e-12 * expected));
    assertThat(of(array.castTo(DataType.DOUBLE))).isEqualTo(of(array));
    INDArray half = array.castTo(DataType.FLOAT16);
    double ofHalf = 0;
    for (float h : half.castTo(DataType.FLOAT).toFloatVector()) {
      ofHalf += Float.isFinite(h) ? (double) h * h : 0;
    }
    assertThat(of(half)).isCloseTo(ofHalf, within(1e-12 * ofHalf));
  }

  /** The order of the sums is part of what it promises: other kernels must give the same bits. */
  @Test
  void theOrderIsThatOfTheContract() {
    int block = 4096;
    int n = 2 * block + 13;
    Random random = new Random(3);
    float[] x = new float[n];
    double sum = 0;
    for (int from = 0; from < n; from += block) {
      double[] lane = new double[8];
      for (int i = from; i < Math.min(n, from + block); i++) {
        x[i] = (float) Math.exp(9 * random.nextGaussian());
        lane[(i - from) % 8] += (double) x[i] * x[i];
      }
      sum +=
          ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
    }
    assertThat(of(Nd4j.createFromArray(x))).isEqualTo(sum);
  }

  @Test
  void elementsOfAnyStridesCount() {
    INDArray parent = Nd4j.rand(DataType.FLOAT, 60, 50);
    INDArray view = parent.get(NDArrayIndex.interval(0, 2, 60), NDArrayIndex.interval(3, 40));
    double expected = of(view.dup('c'));
    assertThat(of(view)).isEqualTo(expected);
    assertThat(of(view.dup('f'))).isCloseTo(expected, within(1e-12 * expected));
    assertThat(of(view.transpose())).isCloseTo(expected, within(1e-12 * expected));
  }

  @Test
  void elementsThatAreNotFiniteCountAsZero() {
    float[] x = {3, Float.NaN, Float.POSITIVE_INFINITY, 4, Float.NEGATIVE_INFINITY, 0};
    assertThat(of(Nd4j.createFromArray(x))).isEqualTo(25);
  }

  @Test
  void theLargestAndTheSmallestAreFinite() {
    assertThat(of(Nd4j.createFromArray(Float.MAX_VALUE, -Float.MAX_VALUE)))
        .isEqualTo(2.0 * Float.MAX_VALUE * Float.MAX_VALUE);
    assertThat(of(Nd4j.createFromArray(Float.MIN_VALUE)))
        .isEqualTo((double) Float.MIN_VALUE * Float.MIN_VALUE)
        .isPositive();
  }
}
