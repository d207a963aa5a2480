package org.lowbit4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ArrayBytesTest {

  @Test
  void bytesOfAViewComeBackWhereTheyBelong() {
    for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16}) {
      INDArray array = Nd4j.arange(100).castTo(type);
      byte[] bytes = ArrayBytes.of(array, 30, 40);
      assertThat(bytes).hasSize(10 * type.width());
      assertThat(ArrayBytes.array(bytes, type).toDoubleVector())
          .isEqualTo(
              array.get(org.nd4j.linalg.indexing.NDArrayIndex.interval(30, 40)).toDoubleVector());
      INDArray other = Nd4j.zeros(type, 100);
      ArrayBytes.into(bytes, other, 30);
      assertThat(other.sumNumber().doubleValue()).isEqualTo(345);
      assertThat(other.getDouble(39)).isEqualTo(39);
    }
  }

  @Test
  void moreThanAnArrayOfJavaCanHaveIsRefused() {
    assertThatThrownBy(() -> ArrayBytes.of(Nd4j.zeros(1), 0, 1L << 29))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the size in bytes of a share is 2147483648")
        .hasMessageContaining("use more workers");
  }
}
