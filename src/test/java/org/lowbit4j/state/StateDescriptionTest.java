package org.lowbit4j.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.memory.WordType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;

/** What the header alone tells. */
class StateDescriptionTest {

  @Test
  void itTellsWhatTheUpdaterWrote() {
    Adam8bit config = new Adam8bit(1e-3).blockSize(64).min8bitSize(0).percentileClipping(5);
    INDArray state = Nd4j.zeros(DataType.FLOAT, 1, config.stateSize(5000));
    GradientUpdater<?> updater = config.instantiate(state, true);
    assertThat(StateDescription.of(WordType.FLOAT, state::getDouble).isFresh()).isTrue();
    updater.applyUpdater(Nd4j.ones(DataType.FLOAT, 5000), 0, 0);
    updater.applyUpdater(Nd4j.ones(DataType.FLOAT, 5000), 1, 0);
    StateDescription found = StateDescription.of(WordType.FLOAT, state::getDouble);
    assertThat(found.isFresh()).isFalse();
    assertThat(found.ruleName()).isEqualTo("adam");
    assertThat(found.codebook()).isEqualTo(1);
    assertThat(found.steps()).isEqualTo(2);
    assertThat(found.layout()).isEqualTo(new StateLayout(2, 8, 64, 5000, WordType.FLOAT, 100));
    StateMemory memory = new StateMemory(state);
    memory.layout(found.layout());
    assertThat(found.checksum()).isEqualTo(StateChecksum.of(memory));
    state.putScalar(0, 3);
    assertThatThrownBy(() -> StateDescription.of(WordType.FLOAT, state::getDouble))
        .isInstanceOf(StateFormatException.class)
        .hasMessageContaining("no lowbit4j header");
  }
}
