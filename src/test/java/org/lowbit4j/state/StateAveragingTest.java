package org.lowbit4j.state;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lowbit4j.state.States.HEADER;
import static org.lowbit4j.state.States.NO_AVERAGING;
import static org.lowbit4j.state.States.SLACK_WORDS;
import static org.lowbit4j.state.States.refuses;
import static org.lowbit4j.state.States.write;
import static org.lowbit4j.state.States.written;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.memory.WordType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** State whose words were averaged, as ParallelWrapper and Spark do, is never trained on. */
class StateAveragingTest {

  private static final int ELEMENTS = 152;

  @ParameterizedTest
  @EnumSource
  void scaledStateIsRefusedWithItsFactor(WordType type) {
    StateLayout layout = new StateLayout(2, 8, 64, ELEMENTS, type);
    StateMemory state = written(layout, 31);
    state.view().muli(0.5);
    refuses(state, layout, HEADER).hasMessageContainingAll("multiplied by 0.5", NO_AVERAGING);
  }

  /** By a reader that never saw the state, and by its writer, which need not verify it. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5})
  void averagesOfDifferentStatesAreRefused(int replicas) {
    for (WordType type : WordType.values()) {
      checkAveraged(new StateLayout(2, 8, 64, ELEMENTS, type), replicas, 1);
    }
  }

  /** Replicas that saw the same gradients: the canary is lost in the average. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5})
  void averagesOfEqualStatesAreRefused(int replicas) {
    for (WordType type : WordType.values()) {
      checkAveraged(new StateLayout(2, 8, 64, ELEMENTS, type), replicas, 0);
    }
  }

  /** Spark's way, which the words of the header may survive: they are small whole numbers. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5})
  void averagesOfEqualStatesBySumAndDivisionAreRefusedUnlessTheyChangedNothing(int replicas) {
    for (WordType type : WordType.values()) {
      StateLayout layout = new StateLayout(2, 8, 64, 100 * ELEMENTS, type);
      StateMemory state = States.fresh(layout, SLACK_WORDS);
      StateGuard writer = write(state, layout, 35);
      byte[] before = States.bytes(state.view());
      INDArray replica = state.view().dup();
      for (int i = 1; i < replicas; i++) {
        state.view().addi(replica);
      }
      state.view().divi(replicas);
      if (!Arrays.equals(States.bytes(state.view()), before)) {
        refuses(state, layout, HEADER);
        assertThatThrownBy(() -> writer.open(layout))
            .as("%s, by the updater that wrote the state", type)
            .isInstanceOf(StateFormatException.class);
      }
    }
  }

  private static void checkAveraged(StateLayout layout, int replicas, int seedStep) {
    StateMemory[] states = new StateMemory[replicas];
    StateGuard[] writers = new StateGuard[replicas];
    INDArray[] views = new INDArray[replicas];
    for (int i = 0; i < replicas; i++) {
      states[i] = States.fresh(layout, SLACK_WORDS);
      writers[i] = write(states[i], layout, 32 + i * seedStep);
      views[i] = states[i].view();
    }
    Nd4j.averageAndPropagate(views);
    for (int i = 0; i < replicas; i++) {
      StateGuard writer = writers[i];
      refuses(states[i], layout, HEADER).hasMessageContaining(NO_AVERAGING);
      assertThatThrownBy(() -> writer.open(layout))
          .isInstanceOf(StateFormatException.class)
          .hasMessageContaining(NO_AVERAGING);
    }
  }
}
