package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.Consumer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** A trained network goes on under another plan. */
@SuppressWarnings("deprecation")
class ReplannedNetworkTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);

  private static MultiLayerNetwork trained(IUpdater updater, int steps) {
    MultiLayerNetwork net = Networks.network(updater, DataType.FLOAT);
    Networks.train(net, DATA, steps);
    return net;
  }

  private static List<UpdaterBlock> blocks(MultiLayerNetwork net) {
    return ((BaseMultiLayerUpdater<?>) net.getUpdater()).getUpdaterBlocks();
  }

  /** All elements of a moment, block after block. */
  private static INDArray moment(MultiLayerNetwork net, String name) {
    INDArray[] parts =
        blocks(net).stream()
            .map(UpdaterBlock::getGradientUpdater)
            .map(u -> ((LowBitUpdater<?>) u).moment(name))
            .toArray(INDArray[]::new);
    return Nd4j.concat(0, parts);
  }

  private static byte[] state(MultiLayerNetwork net) {
    return Networks.bytes(Networks.state(net));
  }

  /** Saved and restored it goes on as it would have. */
  private static void assertResumes(MultiLayerNetwork net, DataSet data) {
    Networks.train(net, data, 2);
    MultiLayerNetwork restored = Networks.restore(Networks.save(net));
    assertThat(restored.getLayerWiseConfigurations()).isEqualTo(net.getLayerWiseConfigurations());
    Networks.train(net, data, 2);
    Networks.train(restored, data, 2);
    assertThat(restored.params()).isEqualTo(net.params());
  }

  private static double difference(MultiLayerNetwork a, MultiLayerNetwork b) {
    return a.params().distance2(b.params()) / b.params().norm2Number().doubleValue();
  }

  @Test
  void thirtyTwoBitsHaveTheVeryNumbers() {
    MultiLayerNetwork net = trained(new Adam8bit(1e-3), 5);
    INDArray m = moment(net, "m");
    INDArray v = moment(net, "v");
    OptimManager.of(net).optimBits(32).apply();
    assertThat(moment(net, "m")).isEqualTo(m);
    assertThat(moment(net, "v")).isEqualTo(v);
    assertThat(net.getIterationCount()).isEqualTo(5);
    assertResumes(net, DATA);
  }

  @Test
  void whatIsNotChangedStaysBitForBit() {
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            OptimManager.of(Networks.configuration(new Adam8bit(1e-3), DataType.FLOAT))
                .percentileClipping(5)
                .apply());
    net.init();
    Networks.train(net, DATA, 5);
    byte[] before = state(net);
    OptimManager.of(net).updater(new AdamW8bit(1e-3)).percentileClipping(50).apply();
    assertThat(state(net)).isEqualTo(before);
    assertResumes(net, DATA);
  }

  /** Codes are copied where codebook and blocks are the same, and not rounded once more. */
  @Test
  void codesAreNotRoundedTwice() {
    MultiLayerNetwork net = trained(new Adam8bit(1e-3).min8bitSize(0), 5);
    OptimManager.of(net).apply();
    Networks.train(net, DATA, 1);
    INDArray m = moment(net, "m");
    INDArray v = moment(net, "v");
    OptimManager.of(net).updater(new AMSGrad8bit(1e-3).min8bitSize(0)).apply();
    assertThat(moment(net, "m")).isEqualTo(m);
    assertThat(moment(net, "v")).isEqualTo(v);
    assertThat(moment(net, "vHat").maxNumber().doubleValue()).isZero();
    assertResumes(net, DATA);
  }

  private static List<Consumer<OptimManager<MultiLayerNetwork>>> plans() {
    return List.of(
        m -> m.blockSize(64),
        m -> m.quantMap(QuantMap.DYNAMIC),
        m -> m.optimBits(4).min8bitSize(0),
        m -> m.percentileClipping(50),
        m -> m.weightDecay(0.01),
        m -> m.smallParameters().optimBits(32),
        m -> m.biases().updater(new SGD8bit(1e-2)),
        m -> m.layer(1).reset(),
        m -> m.layer(2).updater(new Sgd(1e-2)),
        m -> m.updater(new Lion8bit(1e-4)),
        m -> m.nd4j());
  }

  @ParameterizedTest
  @MethodSource("plans")
  void everyPlanTrainsOnAndResumes(Consumer<OptimManager<MultiLayerNetwork>> plan) {
    MultiLayerNetwork net = trained(new Adam8bit(1e-3), 5);
    MultiLayerNetwork control = net.clone();
    OptimManager<MultiLayerNetwork> manager = OptimManager.of(net);
    plan.accept(manager);
    manager.describe();
    assertThat(difference(net, control)).isZero();
    manager.apply();
    assertThat(difference(net, control)).isZero();
    assertResumes(net, DATA);
    Networks.train(control, DATA, 4);
    assertThat(difference(net, control)).isLessThan(0.05);
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT, 8",
    "FLOAT, 32",
    "DOUBLE, 8",
    "DOUBLE, 32",
    "HALF, 8",
    "HALF, 32",
    "DOUBLE, 4",
    "HALF, 4"
  })
  void allDataTypes(DataType type, int bits) {
    DataSet data = Networks.data(type);
    MultiLayerNetwork net = Networks.network(new RmsProp(1e-3, 0.9, 1e-3), type);
    Networks.train(net, data, 5);
    MultiLayerNetwork control = net.clone();
    OptimManager.of(net).lowBit().optimBits(bits).min8bitSize(0).apply();
    assertResumes(net, data);
    Networks.train(control, data, 4);
    assertThat(difference(net, control))
        .isLessThan(bits < 32 || type == DataType.HALF ? 1e-2 : 1e-6);
    OptimManager.of(net).nd4j().apply();
    assertResumes(net, data);
  }

  static Optimizers[] twins() {
    return Optimizers.withTwin().toArray(Optimizers[]::new);
  }

  /** Of ND4J's updaters, to 32 bits and back: the bytes, and the training. */
  @ParameterizedTest
  @MethodSource("twins")
  void thereAndBackIsBitForBit(Optimizers o) {
    MultiLayerNetwork net = trained(o.networkTwin(), 6);
    MultiLayerNetwork control = net.clone();
    byte[] before = state(net);
    LowBitConfig<?> config = o.networkConfig().optimBits(32);
    OptimManager.of(net).updater(config).apply();
    OptimManager.of(net).updater(o.networkTwin()).apply();
    assertThat(state(net)).isEqualTo(before);
    OptimManager.of(net).updater(config).apply();
    Networks.train(net, DATA, 4);
    Networks.train(control, DATA, 4);
    assertThat(difference(net, control)).isLessThan(1e-6);
    OptimManager.of(net).updater(o.networkTwin()).apply();
    Networks.train(net, DATA, 4);
    Networks.train(control, DATA, 4);
    assertThat(difference(net, control)).isLessThan(1e-6);
  }

  @Test
  void twinsHaveTheHyperParameters() {
    ExponentialSchedule schedule = new ExponentialSchedule(ScheduleType.ITERATION, 1e-3, 0.9);
    Adam adam = Adam.builder().learningRateSchedule(schedule).beta1(0.8).beta2(0.99).build();
    adam.setLrAndSchedule(Double.NaN, schedule);
    MultiLayerNetwork net = trained(adam, 2);
    OptimManager.of(net).lowBit().apply();
    Adam8bit twin = (Adam8bit) blocks(net).get(0).getGradientUpdater().getConfig();
    assertThat(twin.getBeta1()).isEqualTo(0.8);
    assertThat(twin.getBeta2()).isEqualTo(0.99);
    assertThat(twin.getLearningRateSchedule()).isEqualTo(schedule);
    OptimManager.of(net).nd4j().apply();
    assertThat(blocks(net).get(0).getGradientUpdater().getConfig()).isEqualTo(adam);
    assertThatThrownBy(() -> OptimManager.of(net).updater(new Lion8bit(1e-4)).nd4j())
        .hasMessageContaining("no twin among ND4J's");
  }

  @Test
  void graphsGoOn() {
    ComputationGraph graph = trained(new Adam(1e-3), 0).toComputationGraph();
    for (int i = 0; i < 5; i++) {
      graph.fit(DATA);
    }
    ComputationGraph control = graph.clone();
    control.getConfiguration().setIterationCount(5);
    OptimManager.of(graph).lowBit().optimBits(32).apply();
    for (int i = 0; i < 3; i++) {
      graph.fit(DATA);
      control.fit(DATA);
    }
    assertThat(graph.params().distance2(control.params())).isLessThan(1e-5);
    // A clone, whose configuration says nothing of the steps behind its state.
    ComputationGraph clone = graph.clone();
    OptimManager.of(clone).optimBits(8).apply();
    clone.fit(DATA);
    OptimManager.of(clone).optimBits(32).apply();
    clone.fit(DATA);
  }

  @Test
  void layersOfOtherNetworksAreCarriedOver() {
    MultiLayerNetwork net = trained(new Adam8bit(1e-3), 5);
    INDArray before = moment(net, "v");
    MultiLayerNetwork tuned =
        new TransferLearning.Builder(net)
            .fineTuneConfiguration(new FineTuneConfiguration.Builder().seed(3).build())
            .nOutReplace(2, 5, org.deeplearning4j.nn.weights.WeightInit.XAVIER)
            .build();
    OptimManager<MultiLayerNetwork> manager =
        OptimManager.of(tuned).optimBits(32).carryOver(net).layer(2).reset();
    assertThat(manager.describe()).contains("m, v converted").contains("m, v fresh");
    manager.apply();
    INDArray first = ((LowBitUpdater<?>) blocks(tuned).get(0).getGradientUpdater()).moment("v");
    assertThat(first)
        .isEqualTo(before.get(org.nd4j.linalg.indexing.NDArrayIndex.interval(0, 6300)));
    assertThat(((LowBitUpdater<?>) blocks(tuned).get(2).getGradientUpdater()).bits()).isZero();
    assertThat(moment(net, "v")).isEqualTo(before);
    assertResumes(tuned, DATA);
  }

  @Test
  void whatIsRefusedChangesNothing() {
    MultiLayerNetwork net = trained(new Adam(1e-3), 3);
    INDArray state = Networks.state(net);
    state.putScalar(7, Float.NaN);
    String conf = net.getLayerWiseConfigurations().toJson();
    Object updater = net.getUpdater();
    assertThatThrownBy(() -> OptimManager.of(net).lowBit().apply())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("moment m is NaN", "Nothing was changed", "reset()");
    assertThat(net.getLayerWiseConfigurations().toJson()).isEqualTo(conf);
    assertThat(net.getUpdater()).isSameAs(updater);
    OptimManager.of(net).lowBit().layer(0).reset().apply();
    Networks.train(net, DATA, 2);
  }

  @Test
  void damagedStateIsRefused() {
    MultiLayerNetwork net = trained(new Adam8bit(1e-3), 3);
    INDArray state = Networks.state(net);
    state.putScalar(200, state.getFloat(200) + 1);
    String conf = net.getLayerWiseConfigurations().toJson();
    assertThatThrownBy(() -> OptimManager.of(net).optimBits(32).apply())
        .hasMessageContaining("does not match its checksum");
    assertThat(net.getLayerWiseConfigurations().toJson()).isEqualTo(conf);
  }

  @Test
  void momentumNeedsARate() {
    MultiLayerNetwork net = trained(new Nesterovs8bit(0.01, 0.9), 3);
    assertThatThrownBy(() -> OptimManager.of(net).updater(new SGD8bit(0)).apply())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nothing moves");
    MultiLayerNetwork control = net.clone();
    OptimManager.of(net).updater(new SGD8bit(0.01, 0.9).nesterov(true).optimBits(32)).apply();
    OptimManager.of(control).optimBits(32).apply();
    Networks.train(net, DATA, 3);
    Networks.train(control, DATA, 3);
    assertThat(difference(net, control)).isLessThan(1e-6);
  }

  @Test
  void configurationsHaveNoState() {
    MultiLayerConfiguration conf = Networks.configuration(new Adam8bit(1e-3), DataType.FLOAT);
    assertThatThrownBy(() -> OptimManager.of(conf).layer(0).reset())
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("OptimManager.of(net)");
  }

  @ParameterizedTest
  @EnumSource(names = {"ADAM", "NESTEROVS"})
  void layersThatWereRefusedTheirFirstStepCanBeMended(Optimizers o) {
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            Networks.configuration(o.networkConfig().weightDecay(0.01), DataType.FLOAT));
    net.init();
    assertThatThrownBy(() -> net.fit(DATA)).hasMessageContaining("OptimManager");
    OptimManager.of(net).apply();
    assertResumes(net, DATA);
  }

  /** Each of two such listeners would have what the other one waits for. */
  @Test
  void aNetworkInTrainingIsNotCarriedOverByItsListener() {
    MultiLayerNetwork net = trained(new Adam8bit(1e-3), 2);
    MultiLayerNetwork other = trained(new Adam8bit(1e-3), 2);
    byte[] before = state(other);
    net.setListeners(
        new BaseTrainingListener() {
          @Override
          public void iterationDone(Model model, int iteration, int epoch) {
            OptimManager.of(other).optimBits(32).carryOver(net).apply();
          }
        });
    assertThatThrownBy(() -> Networks.train(net, DATA, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("The network to be carried over is in the middle of a step");
    assertThat(state(other)).isEqualTo(before);
  }
}
