package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.listeners.CheckpointListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.RmsProp;

/** State is as old as the steps done with it, whatever DL4J's iteration count is. */
class StateAgeTest {

  private static final int N = 5000;
  private static final int STEPS_AT = 22;
  private static final DataSet DATA = Networks.data(DataType.FLOAT);

  @ParameterizedTest
  @ValueSource(ints = {4, 8, 32})
  void freshStateInMidTrainingIsFresh(int bits) {
    float[] gradient = new float[N];
    Arrays.fill(gradient, 1e-6f);
    float[] twin = Updaters.step(Updaters.create(new RmsProp(0.1), N), gradient, 500);
    GradientUpdater<?> ours = Updaters.create(new RMSprop8bit(0.1).optimBits(bits), N);
    float[] update = Updaters.step(ours, gradient, 500);
    assertThat(twin[7]).isCloseTo(1.03e-3f, within(1e-5f));
    assertThat(update[7]).isCloseTo(twin[7], within(1e-3f * twin[7]));

    LowBitConfig<?> damped = new SGD8bit(1).momentum(0.9).dampening(0.9).optimBits(bits);
    Arrays.fill(gradient, 1);
    assertThat(Updaters.step(Updaters.create(damped, N), gradient, 500)[7]).isEqualTo(1f);
  }

  /** Only optimizers whose twins correct a bias look at the iteration. */
  @ParameterizedTest
  @EnumSource(
      value = Optimizers.class,
      names = {
        "RMSPROP",
        "RMSPROP_MOMENTUM",
        "RMSPROP_CENTERED",
        "NESTEROVS",
        "ADAGRAD",
        "ADADELTA",
        "LION",
        "SGD",
        "SGD_NESTEROV",
        "LARS"
      })
  void anotherIterationMakesNoDifference(Optimizers o) {
    GradientUpdater<?> a = Updaters.create(o.config(), N);
    GradientUpdater<?> b = Updaters.create(o.config(), N);
    Random random = new Random(1);
    int[] iterations = {700, 0, 5, 5};
    for (int i = 0; i < iterations.length; i++) {
      float[] gradient = Updaters.normal(random, N, 1e-3);
      assertThat(Updaters.step(b, gradient, iterations[i]))
          .as("step %d", i)
          .isEqualTo(Updaters.step(a, gradient, i));
    }
    assertThat(Networks.bytes(Updaters.state(b))).isEqualTo(Networks.bytes(Updaters.state(a)));
  }

  /** What earlier versions wrote is as old as they said, and goes on with the same bits. */
  @ParameterizedTest
  @EnumSource
  void stateThatWasNotCountedIsAsOldAsTheIteration(Optimizers o) {
    GradientUpdater<?> a = Updaters.create(o.config(), N);
    Random random = new Random(2);
    for (int i = 0; i < 3; i++) {
      Updaters.step(a, Updaters.normal(random, N, 1), i);
    }
    INDArray old = Updaters.state(a).dup();
    assertThat(old.getInt(STEPS_AT)).isEqualTo(3);
    old.putScalar(STEPS_AT, 0);
    GradientUpdater<?> b = o.config().instantiate(old, false);
    for (int i = 3; i < 5; i++) {
      float[] gradient = Updaters.normal(random, N, 1);
      assertThat(Updaters.step(b, gradient, i)).isEqualTo(Updaters.step(a, gradient, i));
    }
    assertThat(Networks.bytes(old)).isEqualTo(Networks.bytes(Updaters.state(a)));
  }

  @Test
  void oldStateNeverBecomesYoung() {
    GradientUpdater<?> a = Updaters.create(new RMSprop8bit(), N);
    float[] gradient = Updaters.normal(new Random(3), N, 1);
    Updaters.step(a, gradient, 0);
    INDArray state = Updaters.state(a);
    state.putScalar(STEPS_AT, 2047);
    state.putScalar(STEPS_AT + 1, 2047);
    Updaters.step(a, gradient, 1);
    assertThat(state.getInt(STEPS_AT)).isZero();
    assertThat(state.getInt(STEPS_AT + 1)).isEqualTo(1024);
    Updaters.step(a, gradient, Integer.MAX_VALUE);
    assertThat(state.getInt(STEPS_AT)).isEqualTo(1);

    state.putScalar(STEPS_AT, 0);
    state.putScalar(STEPS_AT + 1, 0);
    Updaters.step(a, gradient, Integer.MAX_VALUE);
    assertThat(state.getInt(STEPS_AT + 1)).isEqualTo(1024);
  }

  /** DL4J's listener stores an iteration count that is one too low. */
  @Test
  void aCheckpointOfDl4jsListenerResumesExactly(@TempDir Path folder) throws IOException {
    MultiLayerNetwork net = Networks.network(new Nesterovs8bit(1e-2), DataType.FLOAT);
    net.setListeners(
        new CheckpointListener.Builder(folder.toFile())
            .keepAll()
            .saveEveryNIterations(4)
            .logSaving(false)
            .build());
    step(net, 6);
    MultiLayerNetwork resumed = CheckpointListener.loadCheckpointMLN(folder.toFile(), 0);
    int done = Networks.state(resumed).getInt(STEPS_AT);
    assertThat(resumed.getIterationCount()).isEqualTo(done - 1);
    net.setListeners();
    step(net, 3);
    step(resumed, 9 - done);
    assertThat(Networks.bytes(resumed.params())).isEqualTo(Networks.bytes(net.params()));
  }

  /** Whose iteration count is 0. */
  @ParameterizedTest
  @EnumSource(
      value = Optimizers.class,
      names = {"NESTEROVS", "RMSPROP", "ADAGRAD", "ADADELTA", "LION", "SGD"})
  void aGraphMadeFromANetworkGoesOnExactly(Optimizers o) {
    MultiLayerNetwork net = Networks.network(o.networkConfig(), DataType.FLOAT);
    step(net, 3);
    ComputationGraph graph = net.toComputationGraph();
    ComputationGraph clone = graph.clone();
    assertThat(graph.getIterationCount()).isZero();
    step(net, 3);
    for (int i = 0; i < 3; i++) {
      graph.fit(DATA);
      clone.fit(DATA);
    }
    assertThat(Networks.bytes(graph.params())).isEqualTo(Networks.bytes(net.params()));
    assertThat(Networks.bytes(clone.params())).isEqualTo(Networks.bytes(net.params()));
  }

  private static void step(MultiLayerNetwork net, int steps) {
    for (int i = 0; i < steps; i++) {
      net.fit(DATA);
    }
  }
}
