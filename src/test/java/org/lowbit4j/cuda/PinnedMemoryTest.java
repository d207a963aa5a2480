package org.lowbit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Pinned memory of the tests' driver, which gives memory that is not zero. */
class PinnedMemoryTest {

  private static final int N = 5_000_001;

  @BeforeAll
  static void load() {
    assumeTrue(Emulation.missing() == null, Emulation.missing());
    Emulation.load();
  }

  @ParameterizedTest
  @ValueSource(strings = {"FLOAT", "DOUBLE", "HALF"})
  void isZeroAndTakesArraysAndGivesThem(DataType type) {
    PinnedMemory memory = PinnedMemory.allocate((long) N * type.width());
    INDArray array = memory.array(type);
    assertThat(array.dataType()).isEqualTo(type);
    assertThat(array.amaxNumber().doubleValue()).isZero();
    INDArray other = Nd4j.rand(type, N);
    memory.copyIn(other, array);
    assertThat(array).isEqualTo(other);
    other.assign(0);
    memory.copyOut(array, other);
    assertThat(other).isEqualTo(array);
    assertThat(memory.bytesIn()).isZero();
    memory.free();
  }

  @Test
  void isFilledFromItsStartToItsEnd() throws Exception {
    PinnedMemory memory = PinnedMemory.allocate((long) N * Float.BYTES);
    INDArray array = memory.array(DataType.FLOAT);
    int[] at = {0};
    memory.fill(
        array,
        piece -> {
          while (piece.hasRemaining()) {
            piece.putFloat(at[0]++);
          }
        });
    assertThat(at[0]).isEqualTo(N);
    for (int i = 0; i < N; i += 1000) {
      assertThat(array.getFloat(i)).isEqualTo(i);
    }
    memory.free();
  }

  @Test
  void isFoundByItsArrayAndViewsUntilItIsFreed() {
    PinnedMemory memory = PinnedMemory.allocate(4096);
    PinnedMemory next = PinnedMemory.allocate(4096);
    INDArray array = memory.array(DataType.FLOAT);
    INDArray view = array.get(NDArrayIndex.interval(100, 200));
    assertThat(PinnedMemory.of(array)).isSameAs(memory);
    assertThat(PinnedMemory.of(view)).isSameAs(memory);
    assertThat(PinnedMemory.of(array.getScalar(1023))).isSameAs(memory);
    assertThat(PinnedMemory.of(next.array(DataType.FLOAT))).isSameAs(next);
    assertThat(PinnedMemory.of(Nd4j.zeros(DataType.FLOAT, 10))).isNull();
    memory.free();
    assertThat(PinnedMemory.of(array)).isNull();
    memory.free(); // the driver would refuse it
    next.free();
  }

  @Test
  void sizesThatCannotBeAreRefused() {
    Emulation.pinnable(1 << 20);
    try {
      assertThatThrownBy(() -> PinnedMemory.allocate(1 << 21))
          .isInstanceOf(CudaException.class)
          .hasMessageContainingAll("no 2097152 bytes", "CUDA_ERROR_OUT_OF_MEMORY");
    } finally {
      Emulation.pinnable(Long.MAX_VALUE);
    }
  }

  @Test
  void memoryThatTheDeviceDoesNotSeeIsFreed() throws Exception {
    long before = Emulation.memoryInUse();
    Emulation.mapped(false);
    try {
      assertThatThrownBy(() -> PinnedMemory.allocate(1 << 26))
          .isInstanceOf(CudaException.class)
          .hasMessageContaining("cuMemHostGetDevicePointer");
      assertThat(Emulation.memoryInUse()).isLessThan(before + (1 << 26));
    } finally {
      Emulation.mapped(true);
    }
  }
}
