package org.lowbit4j.regularization;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ProfilingMode;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.profiler.OpProfiler;

/**
 * On the host float32 is computed without ND4J's operations, which take longer to start than most
 * variables to go through; what is not float32, or in another order, with them. Either way the
 * result is the same.
 */
@SuppressWarnings("deprecation")
class VectorsTest {

  private static final int SMALL = 1 << 16;

  private ProfilingMode before;

  @BeforeEach
  void countOperations() {
    before = Nd4j.getExecutioner().getProfilingMode();
    Nd4j.getExecutioner().setProfilingMode(ProfilingMode.OPERATIONS);
  }

  @AfterEach
  void countNoMore() {
    Nd4j.getExecutioner().setProfilingMode(before);
  }

  private static long operations(Runnable action) {
    long count = OpProfiler.getInstance().getInvocationsCount();
    action.run();
    return OpProfiler.getInstance().getInvocationsCount() - count;
  }

  private static INDArray filled(double value, DataType type, long... shape) {
    return Nd4j.valueArrayOf(shape, value, type);
  }

  @Test
  void float32() {
    INDArray x = filled(2, DataType.FLOAT, 3, 5);
    INDArray y = filled(1, DataType.FLOAT, 3, 5);
    double[] norm = new double[1];
    assertThat(operations(() -> Vectors.add(3, x, y))).isZero();
    assertThat(operations(() -> Vectors.addAndMultiply(3, x, 2, y))).isZero();
    assertThat(operations(() -> norm[0] = Vectors.addAndNorm(-11, x, y))).isZero();
    assertThat(y).isEqualTo(filled(4, DataType.FLOAT, 3, 5));
    assertThat(norm[0]).isEqualTo(4 * Math.sqrt(15));
  }

  @Test
  void otherTypesAndOrders() {
    for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
      INDArray x = filled(2, type, 5, 3).transpose();
      INDArray y = filled(1, type, 3, 5);
      double[] norm = new double[1];
      assertThat(operations(() -> Vectors.add(3, x, y))).isPositive();
      assertThat(operations(() -> Vectors.addAndMultiply(3, x, 2, y))).isPositive();
      assertThat(operations(() -> norm[0] = Vectors.addAndNorm(-11, x, y))).isPositive();
      assertThat(y).isEqualTo(filled(4, type, 3, 5));
      assertThat(norm[0]).isEqualTo(4 * Math.sqrt(15));
    }
  }

  @Test
  void multiples() {
    INDArray small = filled(2, DataType.FLOAT, SMALL);
    assertThat(operations(() -> Vectors.multiply(small, 1.5))).isZero();
    assertThat(small).isEqualTo(filled(3, DataType.FLOAT, SMALL));
    INDArray large = filled(2, DataType.FLOAT, SMALL + 1);
    assertThat(operations(() -> Vectors.multiply(large, 1.5))).isPositive();
    assertThat(large).isEqualTo(filled(3, DataType.FLOAT, SMALL + 1));
    INDArray half = filled(2, DataType.HALF, SMALL + 1);
    assertThat(operations(() -> Vectors.multiply(half, 1.5))).isZero();
    assertThat(half).isEqualTo(filled(3, DataType.HALF, SMALL + 1));
    INDArray wide = filled(1e-250, DataType.DOUBLE, 2);
    assertThat(operations(() -> Vectors.multiply(wide, 0x1p900))).isPositive();
    assertThat(wide.getDouble(1)).isEqualTo(1e-250 * 0x1p900);
  }
}
