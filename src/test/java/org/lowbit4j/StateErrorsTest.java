package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.state.StateFormatException;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.Adam;

/** State that is not what the updater wrote: refused, with gradient and state untouched. */
class StateErrorsTest {

  private static final int N = 10_000;

  /** State written by one configuration, read by another; the message names both sides. */
  @Test
  void stateOfAnotherConfigurationIsRefused() {
    assertRefused(new AMSGrad8bit(), new Adam8bit(), "rule 2", "rule 1 (adam)");
    assertRefused(
        new Adam8bit().blockSize(128), new Adam8bit().blockSize(256), "block size 128", "256");
    assertRefused(
        new Adam8bit().quantMap(QuantMap.DYNAMIC), new Adam8bit(), "codebook 2", "codebook 1");
  }

  /** In an array of the writer's size, which may be too small, and in one with room for both. */
  @ParameterizedTest
  @CsvSource({"8, 32", "8, 4", "4, 8", "4, 32"})
  void stateOfOtherBitsIsRefused(int written, int kept) {
    for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16}) {
      GradientUpdater<?> writer =
          Updaters.create(new Adam8bit().dataType(type).optimBits(written), N, type);
      Updaters.step(writer, Updaters.normal(new Random(1), N, 1), 0, type);
      INDArray state = Updaters.state(writer);
      INDArray roomy = Nd4j.create(type, 5 * N);
      roomy.get(org.nd4j.linalg.indexing.NDArrayIndex.interval(0, state.length())).assign(state);
      for (INDArray array : new INDArray[] {state, roomy}) {
        assertUntouched(
            array,
            new Adam8bit().dataType(type).optimBits(kept).instantiate(array, false),
            N,
            "has " + written + " bits; this updater keeps " + kept,
            "OptimManager.of(net).optimBits(" + kept + ").apply(); or the file: lowbit4j convert");
      }
    }
  }

  private static void assertRefused(
      LowBitConfig<?> writer, LowBitConfig<?> reader, String found, String expected) {
    INDArray state = trainedState(writer, N);
    assertUntouched(state, reader.instantiate(state, false), N, found, expected);
  }

  @Test
  void stateOfAnotherSizeIsRefused() {
    INDArray state = trainedState(new Adam8bit(), N);
    assertUntouched(
        state, new Adam8bit().instantiate(state, false), N - 1, "10000 parameters", "9999");
    assertUntouched(state, new Adam8bit().instantiate(state, false), 2 * N, "bytes", "need");
  }

  @Test
  void floatAdamStateIsRefused() {
    GradientUpdater<?> stock = new Adam().instantiate(Nd4j.create(2 * N), true);
    stock.applyUpdater(Nd4j.rand(N), 0, 0);
    INDArray state = Nd4j.concat(0, stock.getState().get("M"), stock.getState().get("V"));
    assertUntouched(
        state, new Adam8bit().instantiate(state, false), N, "no lowbit4j header", "ND4J's own");
  }

  @Test
  void truncatedStateIsRefused() {
    INDArray state = trainedState(new Adam8bit(), N);
    long half = state.length() / 2;
    INDArray truncated = Nd4j.create(DataType.FLOAT, state.length());
    truncated
        .get(org.nd4j.linalg.indexing.NDArrayIndex.interval(0, half))
        .assign(state.get(org.nd4j.linalg.indexing.NDArrayIndex.interval(0, half)));
    assertUntouched(
        truncated, new Adam8bit().instantiate(truncated, false), N, "checksum", "truncated");
  }

  /** What ParallelWrapper does with averageUpdaters(true) and Spark with saveUpdater(true). */
  @ParameterizedTest
  @EnumSource
  void averagedStateIsRefused(Optimizers o) {
    for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16}) {
      LowBitConfig<?> config = o.config().dataType(type);
      GradientUpdater<?> a = Updaters.create(config, N, type);
      GradientUpdater<?> b = Updaters.create(config, N, type);
      Updaters.step(a, Updaters.normal(new Random(1), N, 1), 0, type);
      Updaters.step(b, Updaters.normal(new Random(2), N, 1), 0, type);
      INDArray[] states = {Updaters.state(a), Updaters.state(b)};
      Nd4j.averageAndPropagate(states);
      assertUntouched(states[0], a, N, "averag", "averageUpdaters(false)");
      assertUntouched(states[1], b, N, "averag", "averageUpdaters(false)");
    }
  }

  @Test
  void averagesWithFreshStateAndOfEqualStatesAreRefused() {
    GradientUpdater<?> a = Updaters.create(new Adam8bit(), N);
    Updaters.step(a, Updaters.normal(new Random(1), N, 1), 0);
    INDArray copy = Updaters.state(a).dup();
    Nd4j.averageAndPropagate(new INDArray[] {Updaters.state(a), copy});
    assertUntouched(Updaters.state(a), a, N, "canary", "averag");

    GradientUpdater<?> b = Updaters.create(new Adam8bit(), N);
    Updaters.step(b, Updaters.normal(new Random(1), N, 1), 0);
    Nd4j.averageAndPropagate(new INDArray[] {Updaters.state(b), Updaters.state(b).like()});
    assertUntouched(Updaters.state(b), b, N, "averaged or scaled", "0.5");
  }

  @Test
  void stateOfAConvertedNetworkIsRefused() {
    MultiLayerNetwork net = Networks.network(new Adam8bit(1e-3), DataType.FLOAT);
    Networks.train(net, Networks.data(DataType.FLOAT), 3);
    MultiLayerNetwork converted = net.convertDataType(DataType.DOUBLE);
    DataSet data = Networks.data(DataType.DOUBLE);
    INDArray params = converted.params().dup();
    assertThatThrownBy(() -> converted.fit(data))
        .isInstanceOf(StateFormatException.class)
        .hasMessageContaining("written in a FLOAT network")
        .hasMessageContaining("DOUBLE")
        .hasMessageContaining("convertDataType");
    assertThat(converted.params()).isEqualTo(params);
    // The remedy that the message names.
    converted.getUpdater().getStateViewArray().assign(0);
    converted.fit(data);
  }

  @Test
  void aNetworkRestoredWithStockAdamStateIsRefused() {
    MultiLayerNetwork ours = Networks.network(new Adam8bit(1e-3), DataType.FLOAT);
    MultiLayerNetwork stock = Networks.network(new Adam(1e-3), DataType.FLOAT);
    Networks.train(stock, Networks.data(DataType.FLOAT), 2);
    // DL4J itself refuses an array of another length ...
    assertThatThrownBy(
            () -> ours.getUpdater().setStateViewArray(ours, Networks.state(stock), false))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("length");
    // ... and uses one that it is given directly.
    ours.setUpdater(new MultiLayerUpdater(ours, Networks.state(stock).dup()));
    assertThatThrownBy(() -> Networks.train(ours, Networks.data(DataType.FLOAT), 1))
        .isInstanceOf(StateFormatException.class)
        .hasMessageContaining("no lowbit4j header");
  }

  @Test
  void rubbishBehindAHeaderOfZerosIsRefused() {
    INDArray state = Nd4j.create(new Adam8bit().stateSize(N));
    state.putScalar(state.length() - 1, 1e-3);
    assertUntouched(
        state, new Adam8bit().instantiate(state, false), N, "header of zeros", "damaged");
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "LONG", "BFLOAT16", "BOOL"})
  void dataTypesWithoutFloatingPointOrWithoutPrecisionAreRefused(String name) {
    DataType type = DataType.valueOf(name);
    INDArray state = Nd4j.create(type, 20_000);
    assertThatThrownBy(() -> new Adam8bit().instantiate(state, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name)
        .hasMessageContaining("FLOAT, DOUBLE or HALF");
    GradientUpdater<?> updater = Updaters.create(new Adam8bit(), N);
    INDArray gradient = Nd4j.create(type, N);
    INDArray before = Updaters.state(updater).dup();
    assertThatThrownBy(() -> updater.applyUpdater(gradient, 0, 0)).hasMessageContaining(name);
    assertThat(Updaters.state(updater)).isEqualTo(before);
  }

  @Test
  void aHalfNetworkNeedsItsDataTypeOnTheUpdater() {
    assertThatThrownBy(() -> Networks.network(new Adam8bit(1e-3), DataType.FLOAT16).getUpdater())
        .hasMessageContaining("HALF")
        .hasMessageContaining(".dataType(DataType.HALF)");
    assertThatThrownBy(
            () ->
                Networks.network(new Adam8bit(1e-3).dataType(DataType.DOUBLE), DataType.FLOAT)
                    .getUpdater())
        .hasMessageContaining(".dataType(DataType.FLOAT)");
    assertThatCode(() -> Networks.network(new Adam8bit(1e-3), DataType.DOUBLE))
        .doesNotThrowAnyException();
  }

  @Test
  void anUpdaterWithoutStateSaysSo() {
    GradientUpdater<?> updater = new Adam8bit().instantiate((INDArray) null, false);
    assertThatThrownBy(() -> updater.applyUpdater(Nd4j.rand(10), 0, 0))
        .hasMessageContaining("no state array");
    assertThatThrownBy(
            () -> updater.setState(Map.of("M", Nd4j.create(10), "V", Nd4j.create(10)), false))
        .hasMessageContaining("M")
        .hasMessageContaining(LowBitUpdater.STATE);
  }

  private static INDArray trainedState(LowBitConfig<?> config, int n) {
    GradientUpdater<?> updater = Updaters.create(config, n);
    Updaters.step(updater, Updaters.normal(new Random(1), n, 1), 0);
    return Updaters.state(updater).dup();
  }

  /** A step must throw, naming two things, and leave gradient and state as they were. */
  private static void assertUntouched(
      INDArray state, GradientUpdater<?> updater, int n, String one, String other) {
    byte[] before = Networks.bytes(state);
    INDArray gradient = Nd4j.rand(state.dataType(), n);
    INDArray copy = gradient.dup();
    ThrowingCallable step = () -> updater.applyUpdater(gradient, 1, 0);
    assertThatThrownBy(step)
        .isInstanceOf(StateFormatException.class)
        .hasMessageContaining(one)
        .hasMessageContaining(other)
        .hasMessageContaining("Nothing was changed");
    assertThat(gradient).isEqualTo(copy);
    assertThat(Networks.bytes(state)).isEqualTo(before);
  }
}
