package org.lowbit4j.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.memory.WordType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What a step looks at however often it was done before: header, scales and norms. */
class StateMemoryTest {

  private static final int NORMS = 100;

  /** More sizes than are looked at at a time: 100 norms, 2*300 scales. */
  private static StateLayout layout(WordType type) {
    return new StateLayout(2, 8, 64, 300 * 64 - 5, type, NORMS);
  }

  private static StateMemory filled(StateLayout layout) {
    StateMemory state = States.fresh(layout, 3);
    States.fill(state, new Random(41));
    float[] norms = new float[NORMS];
    Arrays.fill(norms, 2);
    norms[0] = Float.MIN_VALUE;
    state.writeNorms(norms);
    return state;
  }

  private static void put(StateMemory state, int index, float size) {
    if (index < NORMS) {
      float[] norms = new float[NORMS];
      state.readNorms(norms);
      norms[index] = size;
      state.writeNorms(norms);
    } else {
      state.scale((index - NORMS) / 300, (index - NORMS) % 300, size);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE"})
  void sizesThatNoStepWritesAreFound(WordType type) {
    StateMemory state = filled(layout(type));
    assertThat(state.findBadSize()).isEqualTo(-1);
    for (int index : new int[] {0, 1, 99, 100, 399, 400, 511, 512, 513, 699}) {
      float before = state.size(index);
      for (float good : new float[] {0, Float.MIN_VALUE, Float.MAX_VALUE}) {
        put(state, index, good);
        assertThat(state.size(index)).isEqualTo(good);
        assertThat(state.findBadSize()).as("%s at %d", good, index).isEqualTo(-1);
      }
      for (float bad : new float[] {-Float.MIN_VALUE, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
        put(state, index, bad);
        assertThat(state.findBadSize()).as("%s at %d", bad, index).isEqualTo(index);
      }
      put(state, index, before);
    }
    put(state, 600, -1);
    put(state, 20, -1);
    assertThat(state.findBadSize()).as("the first").isEqualTo(20);
  }

  /** Codes look like anything. */
  @Test
  void whatLiesBehindTheSizesIsNoSize() {
    StateLayout layout = layout(WordType.FLOAT);
    StateMemory state = filled(layout);
    byte[] codes = new byte[64];
    Arrays.fill(codes, (byte) -1);
    state.writeCodes(0, 0, codes);
    assertThat(state.size(layout.sizes())).isNaN();
    assertThat(state.findBadSize()).isEqualTo(-1);
  }

  @Test
  void scalesAreReadBackAsTheyAreWritten() {
    StateMemory floats = filled(layout(WordType.FLOAT));
    assertThat(floats.scale(1, 299, 0.3f)).isEqualTo(0.3f).isEqualTo(floats.scale(1, 299));
    StateMemory halves = filled(layout(WordType.HALF));
    float scale = halves.scale(1, 299, 1e30f);
    assertThat(scale).isFinite().isPositive().isEqualTo(halves.scale(1, 299));
  }

  @Test
  void normsAreReadBackAsTheyAreWritten() {
    StateMemory state = filled(layout(WordType.FLOAT));
    float[] norms = new float[NORMS];
    state.readNorms(norms);
    assertThat(norms[0]).isEqualTo(Float.MIN_VALUE);
    assertThat(norms[1]).isEqualTo(2);
    assertThat(norms[NORMS - 1]).isEqualTo(2);
  }

  /** Also by a guard that wrote it, and trusts what has the header that it wrote. */
  @ParameterizedTest
  @EnumSource
  void everyBitOfTheHeaderIsNoticedByItsWriter(WordType type) {
    StateLayout layout = new StateLayout(2, 8, 64, 150, type);
    StateMemory state = States.fresh(layout, 1);
    StateGuard guard = States.write(state, layout, 42);
    guard.open(layout);
    int bits = 8 * StateLayout.HEADER_WORDS * type.bytes();
    for (int bit = 0; bit < bits; bit++) {
      States.flip(state.view(), bit);
      long[] header = new long[StateLayout.HEADER_WORDS * type.bytes() / Long.BYTES];
      state.readHeader(header);
      States.flip(state.view(), bit);
      assertThat(state.hasHeader(header)).as("bit %d", bit).isFalse();
    }
    long[] header = new long[StateLayout.HEADER_WORDS * type.bytes() / Long.BYTES];
    state.readHeader(header);
    assertThat(state.hasHeader(header)).isTrue();
    guard.open(layout);
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 15, 16, 21, 64})
  void everyByteOfARangeCountsAsNotZero(int length) {
    StateMemory state = new StateMemory(Nd4j.zeros(64));
    int from = 40;
    assertThat(state.isZero(from, from + length)).isTrue();
    for (int at = from - 1; at <= from + length; at++) {
      States.flip(state.view(), 8L * at + 3);
      boolean inside = at >= from && at < from + length;
      assertThat(state.isZero(from, from + length)).as("byte %d", at).isEqualTo(!inside);
      States.flip(state.view(), 8L * at + 3);
    }
  }

  @Test
  void codesAreCopiedBlockByBlock() {
    StateLayout layout = new StateLayout(2, 8, 64, 150, WordType.FLOAT);
    StateMemory state = States.fresh(layout, 0);
    byte[] all = new byte[150];
    new Random(43).nextBytes(all);
    for (int b = 0; b < 3; b++) {
      state.writeCodes(1, b, Arrays.copyOfRange(all, 64 * b, 64 * b + 64));
    }
    assertThat(state.copyOfCodes(1)).isEqualTo(all);
    assertThat(state.copyOfCodes(0)).isEqualTo(new byte[150]);
    assertThat(state.address()).isEqualTo(state.view().data().address());
  }

  @Test
  void blocksOfOrdinaryMemoryAreGoneThroughAtOnce() {
    StateMemory state = States.fresh(new StateLayout(2, 8, 64, 150, WordType.FLOAT), 0);
    assertThat(state.sumOverBlocks(blocks -> 100 * blocks.first() + blocks.count())).isEqualTo(3);
    assertThat(state.rewriteBlocks(blocks -> 100 * blocks.first() + blocks.count())).isEqualTo(3);
  }

  @Test
  void arraysThatCannotBeStateAreRefused() {
    assertThat(new StateMemory(Nd4j.zeros(24)).bytes()).isEqualTo(96);
    assertThatThrownBy(() -> new StateMemory(Nd4j.zeros(23)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("23 words", "more than 24", "stateSize(parameters)");
    INDArray column = Nd4j.zeros(40, 3).getColumn(1);
    assertThatThrownBy(() -> new StateMemory(column))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("[40]", "[3]", "must be contiguous");
  }
}
