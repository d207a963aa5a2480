package org.lowbit4j.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lowbit4j.state.States.HEADER;
import static org.lowbit4j.state.States.written;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.memory.WordType;

/** The words of a header, one by one. */
class StateHeaderTest {

  private static final long ELEMENTS = 2048L * 2 + 5;

  private static double[] words(StateMemory state) {
    return IntStream.range(0, StateLayout.HEADER_WORDS).mapToDouble(state::headerWord).toArray();
  }

  @ParameterizedTest
  @EnumSource
  void words(WordType type) {
    for (int bits : new int[] {8, 32}) {
      for (int norms : new int[] {0, 100}) {
        StateLayout layout = new StateLayout(3, bits, 64, ELEMENTS, type, norms);
        StateMemory state = States.fresh(layout, 0);
        assertThat(StateHeader.isFresh(state)).isTrue();
        assertThat(StateHeader.bits(state)).isZero();
        long checksum = 1 + 2L * 2048 + (3L << 22) + (4L << 33) + (5L << 44) + (6L << 55);
        new StateHeader(7, "sgd", 2).write(state, checksum, 2048 * 9 + 8);
        double[] expected =
            Arrays.copyOf(
                new double[] {
                  1217,
                  1846,
                  1,
                  type.id(),
                  7,
                  bits == 8 ? 2 : 0,
                  bits,
                  64,
                  3,
                  5,
                  2,
                  0,
                  0,
                  1,
                  2,
                  3,
                  4,
                  5,
                  6
                },
                24);
        expected[19] = type.smallest();
        expected[20] = type.largest();
        expected[21] = norms;
        expected[22] = 8;
        expected[23] = 9;
        assertThat(words(state)).isEqualTo(expected);
        assertThat(StateHeader.isFresh(state)).isFalse();
        assertThat(StateHeader.bits(state)).isEqualTo(bits);
        assertThat(StateHeader.elements(state)).isEqualTo(ELEMENTS);
        assertThat(StateHeader.steps(state)).isEqualTo(2048 * 9 + 8);
        assertThat(new StateHeader(7, "sgd", 2).check(state)).isEqualTo(checksum);
        bytesAreThoseButTheChecksum(layout, state);
      }
    }
  }

  /** What a device writes. */
  private static void bytesAreThoseButTheChecksum(StateLayout layout, StateMemory state) {
    StateHeader header = new StateHeader(7, "sgd", 2);
    header.write(state, 0, 2048 * 9 + 8);
    byte[] all = States.bytes(state.view());
    byte[] first = Arrays.copyOf(all, StateLayout.HEADER_WORDS * layout.wordType().bytes());
    assertThat(header.bytes(layout, 2048 * 9 + 8)).isEqualTo(first);
  }

  @Test
  void oneBitAnywhereInAHeaderIsNotFresh() {
    StateMemory state = States.fresh(new StateLayout(2, 8, 64, 152, WordType.HALF), 0);
    for (int bit = 0; bit < 8 * 48; bit++) {
      States.flip(state.view(), bit);
      assertThat(StateHeader.isFresh(state)).as("bit %d", bit).isFalse();
      States.flip(state.view(), bit);
    }
    States.flip(state.view(), 8 * 48);
    assertThat(StateHeader.isFresh(state)).isTrue();
  }

  /** Old state never becomes young. */
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1",
    "4194303, 4194303",
    "4194304, 2097152",
    "4194305, 2097153",
    "2147483647, 4194303",
    "-2147483648, 2097152"
  })
  void stepsThatDoNotFit(int steps, int stored) {
    assertThat(StateHeader.storedSteps(steps)).isEqualTo(stored);
  }

  @Test
  void anAverageIsToldFromForeignState() {
    StateLayout layout = new StateLayout(2, 8, 64, 152, WordType.DOUBLE);
    for (double part : new double[] {0.5, 0.002, 0.999}) {
      scaled(layout, part, part).hasMessageContaining("averaged or scaled");
      scaled(layout, part, part * 1.0019).hasMessageContaining("averaged or scaled");
      scaled(layout, part, part * 1.0021).hasMessageContaining("no lowbit4j header");
    }
    for (double part : new double[] {0.0009, -0.5, 1.01, 1.5, 2}) {
      scaled(layout, part, part).hasMessageContaining("no lowbit4j header");
    }
  }

  private static org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable> scaled(
      StateLayout layout, double first, double second) {
    StateMemory state = written(layout, 51);
    state.headerWord(0, 1217 * first);
    state.headerWord(1, 1846 * second);
    return States.refuses(state, layout, HEADER);
  }
}
