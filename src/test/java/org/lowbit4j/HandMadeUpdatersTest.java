package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.state.StateFormatException;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;

/** Updaters without a network: how large their state is, and what is said of one of ND4J's size. */
class HandMadeUpdatersTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 768, 4_095, 4_096, 12_288})
  void stateSizeIsEnough(long n) {
    Adam8bit config = new Adam8bit(1e-3);
    GradientUpdater<?> updater = config.instantiate(Nd4j.zeros(1, config.stateSize(n)), true);
    INDArray gradient = Nd4j.ones(1, n);
    updater.applyUpdater(gradient, 0, 0);
    assertThat(gradient.meanNumber().doubleValue()).isNotZero();
    INDArray state = Nd4j.zeros(1, config.stateSize(n));
    updater.setStateViewArray(state, new long[] {n, 1}, 'c', true);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 768, 4_095})
  void stateOfNd4jsSizeIsRefusedWhereItIsTooSmall(long n) {
    Adam8bit config = new Adam8bit(1e-3);
    INDArray state = Nd4j.zeros(1, Math.max(2 * n, 64));
    assertThatThrownBy(
            () ->
                config
                    .instantiate(Nd4j.zeros(1, config.stateSize(n)), true)
                    .setStateViewArray(Nd4j.zeros(1, 2 * n), new long[] {1, n}, 'c', true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(n == 1 ? "stateSize" : "config.stateSize(" + n + ")");
    if (n > 64) {
      // The number of parameters is not known before there is a gradient.
      GradientUpdater<?> updater = config.instantiate(state, true);
      assertThatThrownBy(() -> updater.applyUpdater(Nd4j.ones(1, n), 0, 0))
          .isInstanceOf(StateFormatException.class)
          .hasMessageContaining("config.stateSize(" + n + ") words");
    }
  }

  @Test
  void aRefusedGradientLeavesTheUpdaterAsItWas() {
    Adam8bit config = new Adam8bit(1e-3);
    Adam8bitUpdater updater =
        (Adam8bitUpdater) config.instantiate(Nd4j.zeros(1, config.stateSize(5000)), true);
    updater.applyUpdater(Nd4j.rand(1, 5000), 0, 0);
    INDArray before = updater.moment("m");
    assertThatThrownBy(() -> updater.applyUpdater(Nd4j.rand(1, 4999), 1, 0))
        .isInstanceOf(StateFormatException.class)
        .hasMessageContaining("the gradient has 4999");
    assertThat(updater.moment("m")).isEqualTo(before);
  }
}
