package org.lowbit4j.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.lowbit4j.state.States.HEADER;
import static org.lowbit4j.state.States.NO_AVERAGING;
import static org.lowbit4j.state.States.SLACK_WORDS;
import static org.lowbit4j.state.States.guard;
import static org.lowbit4j.state.States.refuses;
import static org.lowbit4j.state.States.written;

import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.memory.WordType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A step begins on the writer's own state only; anything else is named, and left as it is. */
class StateGuardTest {

  private static final int ELEMENTS = 152;

  /** Layouts of every word type and width. */
  static Stream<StateLayout> layouts() {
    return Stream.of(WordType.values())
        .flatMap(
            type -> Stream.of(8, 32).map(bits -> new StateLayout(2, bits, 64, ELEMENTS, type)));
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void freshStateOpensAndWhatWasWrittenOpensAgain(StateLayout layout) {
    StateMemory state = States.fresh(layout, SLACK_WORDS);
    StateGuard writer = new StateGuard(state, HEADER);
    writer.open(layout);
    Random random = new Random(25);
    for (int step = 0; step < 3; step++) {
      writer.close(States.fill(state, random), step + 1);
      byte[] written = States.bytes(state.view());
      writer.open(layout);
      guard(state).open(layout);
      assertThat(States.bytes(state.view())).as("step %d", step).isEqualTo(written);
    }
  }

  /** As when a model is restored: DL4J assigns to the view and tells nobody. */
  @ParameterizedTest
  @MethodSource("layouts")
  void stateAssignedFromAnotherWriterOrZeroOpens(StateLayout layout) {
    StateMemory state = written(layout, 26);
    StateGuard guard = guard(state);
    guard.open(layout);
    state.view().assign(written(layout, 27).view());
    guard.open(layout);
    state.view().assign(0);
    guard.open(layout);
    guard.close(States.fill(state, new Random(28)), 1);
    guard(state).open(layout);
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void everyBitOfScalesCodesAndSlackIsVerified(StateLayout layout) {
    StateMemory state = written(layout, 29);
    INDArray view = state.view();
    // Layouts without padding: all bytes behind the header are scales, values and slack.
    assertThat(layout.valueOffset(1, ELEMENTS - 1) + layout.bits() / 8).isEqualTo(layout.bytes());
    long from = 8L * StateLayout.HEADER_WORDS * layout.wordType().bytes();
    long end = state.bytes() * 8;
    // Of the slack, some bits at both ends.
    for (long bit = from; bit < end; bit = bit == layout.bytes() * 8 + 64 ? end - 64 : bit + 1) {
      States.flip(view, bit);
      byte[] damaged = States.bytes(view);
      try {
        guard(state).open(layout);
      } catch (StateFormatException e) {
        assertThat(States.bytes(view)).isEqualTo(damaged);
        States.flip(view, bit);
        continue;
      }
      fail("%s: bit %d of byte %d may be flipped", layout, bit % 8, bit / 8);
    }
    guard(state).open(layout);
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void aZeroHeaderWithRubbishBehindIsRefused(StateLayout layout) {
    int header = StateLayout.HEADER_WORDS * layout.wordType().bytes();
    for (long at : new long[] {header, layout.bytes() - 1, layout.bytes() + 1}) {
      StateMemory state = States.fresh(layout, SLACK_WORDS);
      States.flip(state.view(), at * 8 + 1);
      refuses(state, layout, HEADER).hasMessageContainingAll("not zero behind", "Restore it");
    }
  }

  /** A change to the reader or the state, and what the message names. */
  static Stream<Arguments> mismatches() {
    return Stream.of(
        header("magic", 0, 5, "lowbit4j header", "5.0", "1217"),
        header("magic", 1, 5, "lowbit4j header", "5.0", "1846"),
        header("version", 2, 7, "version 7", "version 1", "Use a release"),
        header("data type", 3, 9, "data type 9", "FLOAT"),
        reader("rule", new StateHeader(6, "lion", 1), layout(), "rule 1 (adam)", "rule 6 (lion)"),
        header("rule", 4, 999, "rule 999 (none of this lowbit4j's)", "Give the network"),
        reader(
            "codebook",
            new StateHeader(1, "adam", 2),
            layout(),
            "codebook 1",
            "codebook 2",
            "Set quantMap"),
        reader("bits", HEADER, layout(2, 32, 64, ELEMENTS), "8 bits", "32", "Set optimBits"),
        reader(
            "block size",
            HEADER,
            layout(2, 8, 128, ELEMENTS),
            "block size 64",
            "128",
            "Set blockSize(64)"),
        reader("moments", HEADER, layout(1, 8, 64, ELEMENTS), "word 8 is 2", "expected 1"),
        reader("fewer", HEADER, layout(2, 8, 64, 100), "152 parameters", "100"),
        reader(
            "more",
            HEADER,
            layout(2, 8, 64, 5 + ELEMENTS),
            "152 parameters",
            "157",
            "need fresh state"),
        header("elements", 12, 3, Long.toString(ELEMENTS + (3L << 33)), "152"),
        header("checksum digit", 13, 0.5, "word 13 is 0.5", "expected ", NO_AVERAGING),
        header("checksum digit", 18, 2048, "word 18 is 2048", NO_AVERAGING),
        header("checksum digit", 15, -1, "word 15 is -1", NO_AVERAGING),
        header("canary", 19, 0, "canary is 0.0", NO_AVERAGING),
        header("canary", 19, 1, "canary", NO_AVERAGING),
        header("norms", 21, 100, "keeps 100 gradient norms", "keeps 0", "percentileClipping on"),
        header("steps", 22, 0.5, "word 22 is 0.5"),
        header("steps", 22, -1, "word 22 is -1"),
        header("steps", 23, 2048, "word 23 is 2048"));
  }

  @Test
  void stateHasAnAge() {
    StateMemory state = States.fresh(layout(), SLACK_WORDS);
    StateGuard guard = guard(state);
    guard.open(layout());
    assertThat(guard.isFresh()).isTrue();
    assertThat(guard.steps(99)).as("of fresh state").isZero();
    guard.close(States.fill(state, new Random(35)), 7);
    assertThat(guard.isFresh()).isFalse();
    assertThat(guard.steps(99)).isEqualTo(7);
    StateGuard reader = guard(state);
    reader.open(layout());
    assertThat(reader.isFresh()).isFalse();
    assertThat(reader.steps(99)).isEqualTo(7);
    guard.close(States.fill(state, new Random(36)), 0);
    assertThat(guard.steps(99)).as("where steps were not counted").isEqualTo(99);
    state.view().assign(0);
    guard.open(layout());
    assertThat(guard.isFresh()).isTrue();
  }

  /** A code that another one replaces is not noticed behind a header that was just written. */
  @Test
  void whoWroteAStateTrustsItsHeader() {
    StateMemory state = written(layout(), 37);
    StateGuard guard = States.write(States.fresh(layout(), SLACK_WORDS), layout(), 37);
    guard.open(layout());
    StateGuard writer = guard(state);
    writer.open(layout());
    States.flip(state.view(), 8 * layout().valueOffset(1, 3));
    writer.open(layout());
    writer.beginWrite();
    assertThatThrownBy(() -> writer.open(layout())).hasMessageContaining("checksum");
    assertThatThrownBy(() -> writer.open(layout())).hasMessageContaining("checksum");
    States.flip(state.view(), 8 * layout().valueOffset(1, 3));
    writer.open(layout());
    assertThatThrownBy(() -> writer.open(layout(2, 8, 64, ELEMENTS - 1)))
        .hasMessageContaining("152 parameters");
  }

  /** Scales and norms are looked at all the same. */
  @Test
  void whatIsNoScaleIsFoundBehindAHeaderThatIsTrusted() {
    StateLayout layout = new StateLayout(2, 8, 64, ELEMENTS, WordType.FLOAT, 100);
    StateMemory state = States.fresh(layout, SLACK_WORDS);
    StateGuard guard = guard(state);
    guard.open(layout);
    long checksum = States.fill(state, new Random(38));
    float[] norms = new float[100];
    state.readNorms(norms);
    guard.close(checksum + StateChecksum.ofNorms(2, norms), 1);
    guard.open(layout);
    float good = state.scale(1, 2);
    state.scale(1, 2, Float.NaN);
    assertThatThrownBy(() -> guard.open(layout))
        .isInstanceOf(StateFormatException.class)
        .hasMessageContaining("the scale of block 2 of moment 1 is NaN");
    state.scale(1, 2, good);
    good = state.scale(0, 0);
    state.scale(0, 0, -1);
    assertThatThrownBy(() -> guard.open(layout))
        .hasMessageContaining("the scale of block 0 of moment 0 is -1.0");
    state.scale(0, 0, good);
    norms[0] = Float.POSITIVE_INFINITY;
    state.writeNorms(norms);
    assertThatThrownBy(() -> guard.open(layout))
        .hasMessageContaining("gradient norm 0 is Infinity");
    norms[0] = 0;
    norms[99] = -1;
    state.writeNorms(norms);
    assertThatThrownBy(() -> guard.open(layout)).hasMessageContaining("gradient norm 99 is -1.0");
    norms[99] = 0;
    state.writeNorms(norms);
    guard.open(layout);
    refuses(state, layout(), HEADER)
        .hasMessageContainingAll("keeps 100 gradient norms", "percentileClipping on");
    StateMemory without = States.fresh(layout, SLACK_WORDS);
    States.write(without, layout(), 39);
    refuses(without, layout, HEADER)
        .hasMessageContainingAll("keeps 0 gradient norms", "percentileClipping off");
  }

  @Test
  void stateOfAnotherKindIsNotCalledTooSmall() {
    StateMemory state = States.memory(Nd4j.ones(layout().words()), layout());
    refuses(state, layout(2, 8, 64, 10 * ELEMENTS), HEADER)
        .hasMessageContaining("no lowbit4j header (found words 1.0, 1.0");
  }

  @Test
  void messagesTellWhere() {
    StateFormatException e = new StateFormatException("Something is wrong.").in("block 3");
    assertThat(e)
        .hasMessageStartingWith("In block 3: Something is wrong. Nothing was changed.")
        .hasCauseInstanceOf(StateFormatException.class);
    assertThat(StateFormatException.inMidStep(5))
        .hasMessageContaining("5 quantization blocks")
        .hasMessageContaining("assign(0)")
        .hasNoCause();
    assertThat(StateFormatException.ofOtherSizes(7, 6))
        .hasMessageContainingAll("are for 7 parameters", "has 6", "need fresh state");
  }

  @Test
  void stateOf32BitsIsRefusedByAReaderOf8AsSuch() {
    StateMemory state = written(layout(2, 32, 64, ELEMENTS), 34);
    refuses(state, layout(), HEADER).hasMessageContainingAll("32 bits", "keeps 8");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mismatches")
  void everyFieldOfTheHeaderIsCompared(
      String field,
      StateHeader reader,
      StateLayout layout,
      Consumer<StateMemory> change,
      String[] named) {
    StateMemory state = written(layout(), 30);
    change.accept(state);
    refuses(state, layout, reader).hasMessageContainingAll(named);
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void stateTooSmallForTheGradientIsRefused(StateLayout layout) {
    StateLayout larger = new StateLayout(2, layout.bits(), 64, 10 * ELEMENTS, layout.wordType());
    StateMemory state =
        States.memory(Nd4j.zeros(layout.wordType().dataType(), layout.words()), layout);
    refuses(state, larger, HEADER)
        .hasMessageContaining(Long.toString(state.bytes()))
        .hasMessageContaining(Long.toString(larger.bytes()))
        .hasMessageContaining("dataType");
    StateMemory empty =
        new StateMemory(Nd4j.zeros(layout.wordType().dataType(), StateLayout.HEADER_WORDS));
    refuses(empty, layout, HEADER).hasMessageContaining(Long.toString(layout.bytes()));
  }

  @Test
  void convertedStateIsRefusedWithTheCause() {
    StateMemory floats = written(layout(), 33);
    StateMemory doubles = new StateMemory(floats.view().castTo(DataType.DOUBLE));
    refuses(doubles, new StateLayout(2, 8, 64, ELEMENTS, WordType.DOUBLE), HEADER)
        .hasMessageContainingAll("FLOAT", "DOUBLE", "convertDataType");
  }

  private static StateLayout layout() {
    return layout(2, 8, 64, ELEMENTS);
  }

  private static StateLayout layout(int moments, int bits, int blockSize, long elements) {
    return new StateLayout(moments, bits, blockSize, elements, WordType.FLOAT);
  }

  private static Arguments reader(
      String field, StateHeader header, StateLayout layout, String... named) {
    Consumer<StateMemory> nothing = s -> {};
    return Arguments.of(field, header, layout, nothing, named);
  }

  private static Arguments header(String field, int word, double value, String... named) {
    Consumer<StateMemory> change = s -> s.headerWord(word, value);
    return Arguments.of(field, HEADER, layout(), change, named);
  }
}
