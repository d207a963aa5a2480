package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.codec.QuantMap;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class QuantizedArrayTest {

  private static final int ROWS = 37;
  private static final int COLUMNS = 29;

  private static INDArray gaussian() {
    Random random = new Random(1);
    float[][] values = new float[ROWS][COLUMNS];
    for (float[] row : values) {
      for (int i = 0; i < COLUMNS; i++) {
        row[i] = (float) random.nextGaussian();
      }
    }
    return Nd4j.createFromArray(values);
  }

  @ParameterizedTest
  @EnumSource
  void comesBackWithTheErrorStated(QuantMap map) {
    INDArray x = gaussian();
    QuantizedArray q = QuantizedArray.of(x, map, 64);
    assertThat(q.codes().dataType()).isEqualTo(DataType.INT8);
    assertThat(q.codes().length()).isEqualTo(x.length());
    assertThat(q.scales().length()).isEqualTo((x.length() + 63) / 64);
    INDArray y = q.dequantize();
    assertThat(y.shape()).isEqualTo(x.shape());
    double error = y.sub(x).norm2Number().doubleValue() / x.norm2Number().doubleValue();
    assertThat(q.error()).isCloseTo(error, within(1e-6)).isBetween(1e-3, 2e-2);
  }

  @Test
  void stridesDoNotMatter() {
    INDArray x = gaussian();
    QuantizedArray q = QuantizedArray.of(x, QuantMap.DYNAMIC, 64);
    QuantizedArray f = QuantizedArray.of(x.dup('f'), QuantMap.DYNAMIC, 64);
    assertThat(f.codes()).isEqualTo(q.codes());
    assertThat(f.dequantize()).isEqualTo(q.dequantize());
  }

  @Test
  void otherDataTypes() {
    INDArray x = gaussian();
    QuantizedArray q = QuantizedArray.of(x, QuantMap.DYNAMIC, 64);
    assertThat(QuantizedArray.of(x.castTo(DataType.DOUBLE), QuantMap.DYNAMIC, 64).codes())
        .isEqualTo(q.codes());
    assertThat(QuantizedArray.of(x.castTo(DataType.FLOAT16), QuantMap.DYNAMIC, 64).error())
        .isCloseTo(q.error(), within(1e-3));
  }

  @Test
  void zeros() {
    QuantizedArray q = QuantizedArray.of(Nd4j.zeros(DataType.FLOAT, 100), QuantMap.DYNAMIC, 64);
    assertThat(q.error()).isZero();
    assertThat(q.dequantize()).isEqualTo(Nd4j.zeros(DataType.FLOAT, 100));
  }

  @Test
  void whatCannotBeQuantizedIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> QuantizedArray.of(Nd4j.createFromArray(1f, Float.NaN), QuantMap.DYNAMIC, 64))
        .withMessageContaining("not finite");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QuantizedArray.of(Nd4j.createFromArray(1, 2), QuantMap.DYNAMIC, 64))
        .withMessageContaining("INT");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QuantizedArray.of(gaussian(), QuantMap.DYNAMIC, 0))
        .withMessageContaining("blockSize");
  }
}
