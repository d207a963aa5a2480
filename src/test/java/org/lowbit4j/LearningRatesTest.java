package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.parallel.StateAveraging;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** Learning rates changed in the middle of training, by DL4J's call and by ours. */
class LearningRatesTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);

  private static MultiLayerNetwork bare() {
    return Networks.network(new Adam8bit(1e-3), DataType.FLOAT);
  }

  private static MultiLayerNetwork managed() {
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            OptimManager.of(Networks.configuration(new Adam8bit(1e-3), DataType.FLOAT))
                .smallParameters()
                .optimBits(32)
                .apply());
    net.init();
    return net;
  }

  private static MultiLayerNetwork in4Bits() {
    return Networks.network(new Adam8bit(1e-3).optimBits(4).min8bitSize(0), DataType.FLOAT);
  }

  private static byte[] state(MultiLayerNetwork net) {
    return Networks.bytes(Networks.state(net));
  }

  static Stream<Arguments> calls() {
    return Stream.of(
        call("DL4J, whole network", managed(), net -> net.setLearningRate(0)),
        call("DL4J, whole network, bare", bare(), net -> net.setLearningRate(0)),
        call("DL4J, schedule", managed(), net -> net.setLearningRate(schedule(0))),
        call("ours, 4 bits", in4Bits(), net -> LearningRates.of(net).set(0)),
        call("DL4J, 4 bits", in4Bits(), net -> net.setLearningRate(0)),
        call("ours", managed(), net -> LearningRates.of(net).set(0)),
        call("ours, bare", bare(), net -> LearningRates.of(net).set(0)),
        call("ours, schedule", bare(), net -> LearningRates.of(net).set(schedule(0))));
  }

  private static Arguments call(String name, MultiLayerNetwork net, Consumer<MultiLayerNetwork> c) {
    return Arguments.of(name, net, c);
  }

  private static ExponentialSchedule schedule(double initial) {
    return new ExponentialSchedule(ScheduleType.ITERATION, initial, 0.9);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("calls")
  void ofTheWholeNetworkWhileStateIsKept(
      String name, MultiLayerNetwork net, Consumer<MultiLayerNetwork> setToZero) {
    Networks.train(net, DATA, 5);
    byte[] before = state(net);
    setToZero.accept(net);
    assertThat(state(net)).isEqualTo(before);
    INDArray weights = net.getParam("1_W").dup();
    Networks.train(net, DATA, 2);
    assertThat(net.getParam("1_W")).isEqualTo(weights);
    assertThat(state(net)).isNotEqualTo(before);
  }

  static Stream<Arguments> layerCalls() {
    return Stream.of(
        call("DL4J, scopes", managed(), net -> net.setLearningRate(1, 0)),
        call("ours, scopes", managed(), net -> LearningRates.of(net).set("layer1", 0)),
        call("ours, bare", bare(), net -> LearningRates.of(net).set("layer1", 0)));
  }

  /** The other layers train as if nothing had happened; the network saves and restores. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("layerCalls")
  void ofALayerWhileStateIsKept(
      String name, MultiLayerNetwork net, Consumer<MultiLayerNetwork> setToZero) {
    Networks.train(net, DATA, 5);
    MultiLayerNetwork undisturbed = Networks.restore(Networks.save(net));
    byte[] before = state(net);
    setToZero.accept(net);
    assertThat(state(net)).isEqualTo(before);
    MultiLayerNetwork restored = Networks.restore(Networks.save(net));
    MultiLayerNetwork cloned = net.clone();
    INDArray weights = net.getParam("1_W").dup();
    Networks.train(net, DATA, 1);
    Networks.train(undisturbed, DATA, 1);
    assertThat(net.getParam("1_W")).isEqualTo(weights);
    for (String other : new String[] {"0_W", "0_b", "2_W", "2_b"}) {
      assertThat(net.getParam(other)).as(other).isEqualTo(undisturbed.getParam(other));
    }
    assertThat(state(net)).isEqualTo(state(undisturbed));
    for (MultiLayerNetwork copy : new MultiLayerNetwork[] {restored, cloned}) {
      Networks.train(copy, DATA, 1);
      assertThat(copy.params()).isEqualTo(net.params());
      assertThat(state(copy)).isEqualTo(state(net));
    }
  }

  /** DL4J's call for a layer of merged blocks fails inside DL4J, which is why ours is there. */
  @Test
  void dl4jsCallFailsWhereBlocksSplit() {
    MultiLayerNetwork net = bare();
    Networks.train(net, DATA, 2);
    assertThatThrownBy(() -> net.setLearningRate(1, 1e-4)).isInstanceOf(NullPointerException.class);
  }

  @Test
  void aRateOfASharedBlockIsAFactorThatLaterCallsReplace() {
    MultiLayerNetwork net = bare();
    MultiLayerNetwork half = bare();
    LearningRates.of(half).set("layer1", 1e-4);
    LearningRates.of(half).set("layer1", 5e-4);
    INDArray start = net.getParam("1_W").dup();
    Networks.train(net, DATA, 1);
    Networks.train(half, DATA, 1);
    INDArray expected = net.getParam("1_W").sub(start).mul(0.5);
    INDArray found = half.getParam("1_W").sub(start);
    assertThat(found.sub(expected).amaxNumber().doubleValue()).isLessThan(1e-7);
    LearningRates.of(half).set(1e-3); // of the whole network: factors are gone
    half.setParams(net.params());
    Networks.state(half).assign(Networks.state(net));
    Networks.train(net, DATA, 1);
    Networks.train(half, DATA, 1);
    assertThat(half.params()).isEqualTo(net.params());
  }

  /** Made equal by a call of the whole network, blocks stay apart when the network is restored. */
  @Test
  void blocksThatDifferByTheirRatesOnlyStayApart() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(new Adam8bit(1e-3))
            .list()
            .layer(new DenseLayer.Builder().nIn(20).nOut(300).updater(new Adam8bit(1e-2)).build())
            .layer(
                new OutputLayer.Builder().nIn(300).nOut(5).activation(Activation.SOFTMAX).build())
            .build();
    MultiLayerNetwork net = new MultiLayerNetwork(conf);
    net.init();
    Networks.train(net, DATA, 3);
    byte[] before = state(net);
    LearningRates.of(net).set(1e-4);
    MultiLayerNetwork restored = Networks.restore(Networks.save(net));
    assertThat(((MultiLayerUpdater) restored.getUpdater()).getUpdaterBlocks()).hasSize(2);
    assertThat(state(restored)).isEqualTo(before);
    Networks.train(net, DATA, 2);
    Networks.train(restored, DATA, 2);
    assertThat(restored.params()).isEqualTo(net.params());
  }

  @Test
  void graphsToo() {
    ComputationGraph graph = bare().toComputationGraph();
    graph.fit(DATA);
    INDArray state = graph.getUpdater().getStateViewArray().dup();
    String layer = graph.getLayers()[1].conf().getLayer().getLayerName();
    LearningRates.of(graph).set(layer, 0);
    assertThat(Networks.bytes(graph.getUpdater().getStateViewArray()))
        .isEqualTo(Networks.bytes(state));
    INDArray weights = graph.getParam(layer + "_W").dup();
    INDArray others = graph.params().dup();
    graph.fit(DATA);
    assertThat(graph.getParam(layer + "_W")).isEqualTo(weights);
    assertThat(graph.params()).isNotEqualTo(others);
  }

  @Test
  void withoutANetworkThereIsNothing() {
    MultiLayerNetwork none = null;
    ComputationGraph noGraph = null;
    List<ThrowingCallable> calls =
        List.of(
            () -> LearningRates.of(none),
            () -> LearningRates.of(noGraph),
            () -> PagedState.of(none),
            () -> OptimizerStateReport.of(noGraph),
            () -> StateAverage.of(none));
    for (ThrowingCallable call : calls) {
      assertThatThrownBy(call)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("The network is null; it must be given.");
    }
    assertThatThrownBy(() -> StateAverage.of((IUpdater) null, 5))
        .hasMessage("configuration is null; it must be given.");
    assertThatThrownBy(() -> StateAveraging.on(null))
        .hasMessage("wrapper is null; it must be given.");
  }

  @Test
  void whatCannotBeDoneIsRefused() {
    MultiLayerNetwork net = bare();
    assertThatThrownBy(() -> LearningRates.of(net).set("head", 1e-3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("head", "0 layer0");
    assertThatThrownBy(() -> LearningRates.of(net).set(-1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LearningRates.of(net).set("layer1", schedule(1e-3)))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContainingAll("layer1", "OptimManager");
    LearningRates.of(net).set(0);
    assertThatThrownBy(() -> LearningRates.of(net).set("layer1", 1e-3))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(
            () ->
                LearningRates.of(Networks.network(new AdaDelta(), DataType.FLOAT))
                    .set("layer1", 1e-3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("learning rate");
    MultiLayerNetwork normalized =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .updater(new Adam8bit(1e-3))
                .list()
                .layer(new DenseLayer.Builder().nIn(20).nOut(30).build())
                .layer(new BatchNormalization.Builder().nOut(30).build())
                .layer(
                    new OutputLayer.Builder()
                        .nIn(30)
                        .nOut(5)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
    normalized.init();
    assertThatThrownBy(() -> LearningRates.of(normalized).set("layer1", 1e-4))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContainingAll("gamma", "OptimManager");
  }

  /** Of a layer's bias in the block of its weights, and in one of its own. */
  @Test
  void ofAParameter() {
    MultiLayerNetwork apart =
        new MultiLayerNetwork(
            OptimManager.of(Networks.configuration(new Adam8bit(1e-3), DataType.FLOAT))
                .biases()
                .optimBits(32)
                .apply());
    apart.init();
    for (MultiLayerNetwork net : new MultiLayerNetwork[] {bare(), managed(), apart, in4Bits()}) {
      Networks.train(net, DATA, 2);
      byte[] before = state(net);
      LearningRates.of(net).set("layer1", "b", 0);
      assertThat(state(net)).isEqualTo(before);
      INDArray bias = net.getParam("1_b").dup();
      INDArray weights = net.getParam("1_W").dup();
      Networks.train(net, DATA, 1);
      assertThat(net.getParam("1_b")).isEqualTo(bias);
      assertThat(net.getParam("1_W")).isNotEqualTo(weights);
      assertThat(net.getLearningRate(1)).isEqualTo(1e-3);
      assertThatThrownBy(() -> LearningRates.of(net).set("layer1", "gain", 0))
          .hasMessageContaining("no parameter gain");
    }
  }
}
