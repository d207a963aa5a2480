package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.codec.QuantMap;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

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

  @Test
  void whatIsMissingIsNamed() {
    INDArray ones = Nd4j.ones(DataType.FLOAT, 300);
    QuantizedArray q = QuantizedArray.of(ones, QuantMap.POWER, 256);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QuantizedArray.of(null, QuantMap.POWER, 256))
        .withMessage("array is null; it must be given.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QuantizedArray.ofUnsigned(ones, null, 256))
        .withMessage("map is null; it must be given.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QuantizedArray.fromCodes(null, q.scales(), QuantMap.POWER, true, 256))
        .withMessage("codes is null; it must be given.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QuantizedArray.fromCodes(q.codes(), null, QuantMap.POWER, true, 256))
        .withMessage("scales is null; it must be given.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QuantizedArray.fromCodes(q.codes(), q.scales(), null, true, 256))
        .withMessage("map is null; it must be given.");
  }

  @ParameterizedTest
  @EnumSource
  void comesBackWithTheErrorStated(QuantMap map) {
    INDArray x = gaussian();
    QuantizedArray q = QuantizedArray.of(x, map, 64);
    assertThat(q.codes().dataType()).isEqualTo(DataType.INT8);
    assertThat(q.codes().shape()).isEqualTo(x.shape());
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

  @ParameterizedTest
  @EnumSource
  void unsignedMapsAreFiner(QuantMap map) {
    INDArray x = Transforms.abs(gaussian());
    x.putScalar(3, -0.0);
    QuantizedArray q = QuantizedArray.ofUnsigned(x, map, 64);
    INDArray y = q.dequantize();
    assertThat(y.minNumber().doubleValue()).isPositive();
    double error = y.sub(x).norm2Number().doubleValue() / x.norm2Number().doubleValue();
    assertThat(q.error())
        .isCloseTo(error, within(1e-6))
        .isLessThan(QuantizedArray.of(x, map, 64).error());
  }

  @Test
  void whatAnUnsignedMapCannotHoldIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QuantizedArray.ofUnsigned(gaussian(), QuantMap.POWER, 64))
        .withMessageContaining("negative")
        .withMessageContaining("signed");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64, 100, 4_097, 1 << 22})
  void anyBlockSize(int blockSize) {
    INDArray x = gaussian();
    QuantizedArray q = QuantizedArray.of(x, QuantMap.DYNAMIC, blockSize);
    assertThat(q.scales().length()).isEqualTo((x.length() + blockSize - 1) / blockSize);
    INDArray y = q.dequantize();
    double error = y.sub(x).norm2Number().doubleValue() / x.norm2Number().doubleValue();
    assertThat(q.error()).isCloseTo(error, within(1e-6));
  }

  @Test
  void codesAndScalesAreAllThatIsNeeded() {
    INDArray x = gaussian();
    QuantizedArray q = QuantizedArray.of(x, QuantMap.POWER, 64);
    QuantizedArray again =
        QuantizedArray.fromCodes(q.codes().dup('f'), q.scales().dup(), QuantMap.POWER, true, 64);
    assertThat(again.dequantize()).isEqualTo(q.dequantize());
    assertThatIllegalStateException().isThrownBy(again::error).withMessageContaining("original");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QuantizedArray.fromCodes(q.codes(), q.scales(), QuantMap.POWER, true, 32))
        .withMessageContaining("one per 32");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QuantizedArray.fromCodes(x, q.scales(), QuantMap.POWER, true, 64))
        .withMessageContaining("must be BYTE");
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -1e-30f})
  void scalesThatAreNoneAreRefused(float scale) {
    QuantizedArray q = QuantizedArray.of(gaussian(), QuantMap.POWER, 64);
    INDArray scales = q.scales().dup();
    scales.putScalar(5, scale);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QuantizedArray.fromCodes(q.codes(), scales, QuantMap.POWER, true, 64))
        .withMessage("Scale 5 is %s; it must be finite and 0 or more.", scale);
  }

  /** Exactly those without a value, which encoders leave out. */
  @ParameterizedTest
  @EnumSource
  void codesThatNoEncoderWritesAreRefused(QuantMap map) {
    for (boolean signed : new boolean[] {true, false}) {
      for (int code = -128; code < 128; code++) {
        INDArray codes = Nd4j.createFromArray(new byte[] {1, 2, 3, (byte) code});
        INDArray scales = Nd4j.createFromArray(1f);
        if ((code & 0x7F) == 0x7F) {
          assertThatIllegalArgumentException()
              .isThrownBy(() -> QuantizedArray.fromCodes(codes, scales, map, signed, 64))
              .withMessageContaining("Code 3 is " + code);
        } else {
          INDArray array = QuantizedArray.fromCodes(codes, scales, map, signed, 64).dequantize();
          assertThat(array.getFloat(3)).isBetween(-1f, 1f);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE", "HALF", "BFLOAT16"})
  void comesBackInAnyType(DataType type) {
    INDArray x = gaussian();
    QuantizedArray q = QuantizedArray.of(x, QuantMap.DYNAMIC, 64);
    INDArray y = q.dequantize(type);
    assertThat(y.dataType()).isEqualTo(type);
    double epsilon = type == DataType.FLOAT16 ? 2e-3 : type == DataType.BFLOAT16 ? 2e-2 : 0;
    assertThat(y.castTo(DataType.FLOAT).equalsWithEps(q.dequantize(), epsilon)).isTrue();
  }

  @Test
  void scalarsAndBroadcastArrays() {
    QuantizedArray q = QuantizedArray.of(Nd4j.scalar(3f), QuantMap.DYNAMIC, 64);
    assertThat(q.dequantize()).isEqualTo(Nd4j.scalar(3f));
    INDArray row = gaussian().getRow(0);
    INDArray rows = row.reshape(1, COLUMNS).broadcast(4, COLUMNS);
    assertThat(QuantizedArray.of(rows, QuantMap.DYNAMIC, COLUMNS).dequantize().getRow(3))
        .isEqualTo(QuantizedArray.of(row, QuantMap.DYNAMIC, COLUMNS).dequantize());
  }

  @Test
  void theArrayStaysAsItIs() {
    INDArray x = gaussian();
    QuantizedArray.of(x, QuantMap.DYNAMIC, 64);
    assertThat(x).isEqualTo(gaussian());
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
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QuantizedArray.of(gaussian(), QuantMap.DYNAMIC, (1 << 22) + 1))
        .withMessageContaining("blockSize");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QuantizedArray.of(Nd4j.empty(DataType.FLOAT), QuantMap.DYNAMIC, 64))
        .withMessageContaining("length");
    INDArray beyondFloat = Nd4j.createFromArray(1.0, 1e300);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QuantizedArray.of(beyondFloat, QuantMap.DYNAMIC, 64))
        .withMessageContaining("1 elements");
  }
}
