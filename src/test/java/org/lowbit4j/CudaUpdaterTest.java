package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.cuda.CudaUpdates;
import org.lowbit4j.cuda.EmulatedDevice;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateFormatException;
import org.lowbit4j.updater.Internals;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** An updater on a device, emulated, and one on the host do the same. */
class CudaUpdaterTest {

  private static final int N = 5_003;

  private final EmulatedDevice device = new EmulatedDevice();
  private final Adam8bit config = new Adam8bit(1e-3).percentileClipping(50);
  private final Adam8bitUpdater onHost = new Adam8bitUpdater(config);
  private final LowBitUpdater<Adam8bit> onDevice =
      new LowBitUpdater<>(config) {
        @Override
        protected CudaUpdates device(UpdateRule rule, Codebook[] codebooks) {
          return device.updates(rule, codebooks);
        }

        @Override
        protected void coefficients(float[] c, double learningRate, int iteration, int epoch) {
          Internals.coefficients(onHost, c, learningRate, iteration);
        }
      };

  @BeforeAll
  static void requireEmulation() {
    assumeTrue(EmulatedDevice.missing() == null, EmulatedDevice.missing());
  }

  private INDArray state() {
    return Nd4j.zeros(DataType.FLOAT, config.stateSize(N));
  }

  private static void start(LowBitUpdater<?> updater, INDArray state) {
    updater.setStateViewArray(state, new long[] {1, state.length()}, 'c', true);
  }

  private static INDArray gradient(int i) {
    Random random = new Random(i);
    float[] values = new float[N];
    for (int j = 0; j < N; j++) {
      values[j] = (float) random.nextGaussian();
    }
    values[7] = i == 1 ? Float.NaN : 1;
    return Nd4j.createFromArray(values);
  }

  @Test
  void updatesStateAndInspection() {
    start(onHost, state());
    start(onDevice, state());
    for (int i = 0; i < 4; i++) {
      INDArray expected = gradient(i);
      INDArray actual = gradient(i);
      onHost.applyUpdater(expected, i, 0);
      onDevice.applyUpdater(actual, i, 0);
      assertThat(actual).isEqualTo(expected);
    }
    assertThat(device.steps()).isEqualTo(4);
    assertThat(onDevice.getState()).isEqualTo(onHost.getState());
    assertThat(onDevice.moment("v")).isEqualTo(onHost.moment("v"));
    assertThat(onDevice.codes("m")).isEqualTo(onHost.codes("m").dup());
    assertThat(onDevice.nonFiniteGradients()).isEqualTo(1);
  }

  @Test
  void nothingIsCopiedOnceTheStateIsVerified() {
    start(onDevice, state());
    onDevice.applyUpdater(gradient(0), 0, 0);
    int copies = device.copies();
    for (int i = 1; i < 4; i++) {
      onDevice.applyUpdater(gradient(i), i, 0);
    }
    assertThat(device.copies()).isEqualTo(copies);
  }

  @Test
  void gradientsThatAreNotContiguousGoThroughTheHost() {
    start(onHost, state());
    start(onDevice, state());
    for (int i = 0; i < 3; i++) {
      INDArray expected = gradient(i);
      INDArray actual = i == 1 ? Nd4j.zeros(DataType.FLOAT, N, 2).getColumn(0) : gradient(i);
      actual.assign(expected);
      onHost.applyUpdater(expected, i, 0);
      onDevice.applyUpdater(actual, i, 0);
      assertThat(actual.dup()).as("step %d", i).isEqualTo(expected);
    }
    assertThat(device.steps()).isEqualTo(2);
    assertThat(onDevice.getState()).isEqualTo(onHost.getState());
  }

  @Test
  void averagedStateFails() {
    INDArray state = state();
    start(onDevice, state);
    onDevice.applyUpdater(gradient(0), 0, 0);
    onDevice.applyUpdater(gradient(1), 1, 0);
    state.divi(2);
    INDArray gradient = gradient(2);
    onDevice.applyUpdater(gradient, 2, 0);
    assertThat(gradient.amaxNumber().doubleValue()).isZero();
    assertThatThrownBy(() -> onDevice.applyUpdater(gradient(3), 3, 0))
        .isInstanceOf(StateFormatException.class);
  }

  @Test
  void restoredStateIsTakenUp() {
    INDArray state = state();
    start(onDevice, state);
    onDevice.applyUpdater(gradient(0), 0, 0);
    INDArray saved = state.dup();
    onDevice.applyUpdater(gradient(1), 1, 0);
    INDArray expected = state.dup();

    INDArray restored = state();
    start(onDevice, restored);
    restored.assign(saved);
    onDevice.applyUpdater(gradient(1), 1, 0);
    assertThat(restored).isEqualTo(expected);
  }
}
