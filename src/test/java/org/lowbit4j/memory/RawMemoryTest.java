package org.lowbit4j.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Byte 0 is the first byte of the view, whatever it is a view of. */
class RawMemoryTest {

  /** The parent holds 0, 1, 2...; the view begins at {@code from}, the view's view at inner. */
  @ParameterizedTest
  @CsvSource({
    "FLOAT, 0, 0", "FLOAT, 1, 0", "FLOAT, 7, 13", "FLOAT, 0, 5",
    "DOUBLE, 0, 0", "DOUBLE, 1, 0", "DOUBLE, 7, 13", "DOUBLE, 0, 5",
    "HALF, 0, 0", "HALF, 1, 0", "HALF, 7, 13", "HALF, 0, 5",
  })
  void viewsAndViewsOfViewsAddressTheirOwnBytes(DataType type, int from, int inner) {
    INDArray parent = Nd4j.arange(100).castTo(type);
    INDArray view = interval(interval(parent, from, 90), inner, 90 - from);
    WordType words = WordType.of(type, "test");
    RawMemory memory = new RawMemory(view, view.length() * words.bytes());
    assertThat(memory.bytes()).isEqualTo((90L - from - inner) * words.bytes());
    for (int i = 0; i < view.length(); i++) {
      ByteBuffer b = memory.at((long) i * words.bytes());
      assertThat(words.get(b)).as("element %d", i).isEqualTo(from + inner + i);
    }
    words.put(memory.at(3L * words.bytes()), 1234);
    assertThat(view.getDouble(3)).isEqualTo(1234);
    assertThat(parent.getDouble(from + inner + 3)).isEqualTo(1234);
    assertThat(parent.castTo(DataType.DOUBLE).sumNumber().doubleValue())
        .isEqualTo(4950 + 1234 - from - inner - 3);
  }

  @Test
  void rowsAndReshapedViewsAddressTheirOwnBytes() {
    INDArray parent = Nd4j.arange(60).reshape(6, 10);
    INDArray row = parent.getRow(4);
    assertThat(new RawMemory(row, 40).floatsAt(0).get()).isEqualTo(40);
    INDArray block =
        parent.get(NDArrayIndex.interval(2, 4), NDArrayIndex.all()).reshape('c', new long[] {20});
    assertThat(new RawMemory(block, 80).floatsAt(4).get()).isEqualTo(21);
  }

  @Test
  void floatsAndBytesShareMemory() {
    INDArray array = Nd4j.zeros(DataType.FLOAT, 10);
    RawMemory memory = new RawMemory(array, 40);
    memory.floatsAt(12).put(2.5f);
    assertThat(memory.at(12).getFloat()).isEqualTo(2.5f);
    assertThat(array.getFloat(3)).isEqualTo(2.5f);
    assertThat(memory.at(40).remaining()).as("nothing behind the end").isZero();
  }

  /** Regions of up to 512 MiB lie in one buffer, also across the windows' borders. */
  @Test
  void arraysBeyondOneBufferAreAddressedThroughWindows() {
    long bytes = 3 * RawMemory.MAX_REGION / 2 + 64;
    INDArray array = Nd4j.createUninitialized(DataType.FLOAT, bytes / 4);
    RawMemory memory = new RawMemory(array, bytes);
    long[] offsets = {
      0, RawMemory.MAX_REGION - 8, RawMemory.MAX_REGION, RawMemory.MAX_REGION + 8, bytes - 8
    };
    for (long offset : offsets) {
      FloatBuffer floats = memory.floatsAt(offset);
      assertThat((long) floats.remaining() * 4)
          .as("bytes from %d on", offset)
          .isGreaterThanOrEqualTo(Math.min(RawMemory.MAX_REGION, bytes - offset));
      floats.put(offset).put(-offset);
    }
    for (long offset : offsets) {
      assertThat(array.getFloat(offset / 4)).as("offset %d", offset).isEqualTo(offset);
      assertThat(memory.at(offset + 4).getFloat()).isEqualTo(-offset);
    }
    array.close();
  }

  private static INDArray interval(INDArray array, int from, int to) {
    return array.get(NDArrayIndex.interval(from, to));
  }
}
