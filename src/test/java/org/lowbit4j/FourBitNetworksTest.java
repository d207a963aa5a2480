package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.state.StateFormatException;
import org.lowbit4j.updater.Internals;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;

/** Networks with state in 4 bits: to and from other widths, refusals, size. */
class FourBitNetworksTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);

  private static MultiLayerNetwork trained(int bits, DataType type) {
    MultiLayerNetwork net =
        Networks.network(new Adam8bit(1e-3).optimBits(bits).min8bitSize(0).dataType(type), type);
    Networks.train(net, Networks.data(type), 3);
    return net;
  }

  private static Stream<LowBitUpdater<?>> updaters(MultiLayerNetwork net) {
    return ((BaseMultiLayerUpdater<?>) net.getUpdater())
        .getUpdaterBlocks().stream()
            .map(UpdaterBlock::getGradientUpdater)
            .map(u -> (LowBitUpdater<?>) u);
  }

  /** The message names a line; that line, on the file restored as it was saved. */
  @ParameterizedTest
  @CsvSource({"8, 4", "32, 4", "4, 8", "4, 32"})
  void savedStateOfOtherBitsIsRefusedWithTheLineThatConvertsIt(int saved, int wanted) {
    byte[] file = Networks.save(trained(saved, DataType.FLOAT));
    INDArray state = Networks.state(Networks.restore(file));
    MultiLayerNetwork other =
        Networks.network(new Adam8bit(1e-3).optimBits(wanted).min8bitSize(0), DataType.FLOAT);
    // DL4J finds another length, ...
    assertThatThrownBy(() -> other.getUpdater().setStateViewArray(other, state, false))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("length");
    // ... and trains on an array that is long enough.
    if (saved > wanted) {
      other.setUpdater(new MultiLayerUpdater(other, state.dup()));
      INDArray params = other.params().dup();
      assertThatThrownBy(() -> Networks.train(other, DATA, 1))
          .isInstanceOf(StateFormatException.class)
          .hasMessageContaining("has " + saved + " bits; this updater keeps " + wanted)
          .hasMessageContaining("OptimManager.of(net).optimBits(" + wanted + ").apply()")
          .hasMessageContaining("convert FILE --bits " + wanted)
          .hasMessageContaining("Nothing was changed");
      assertThat(other.params()).isEqualTo(params);
    }
    MultiLayerNetwork net = Networks.restore(file);
    OptimManager.of(net).optimBits(wanted).apply();
    assertThat(updaters(net)).allMatch(u -> u.bits() == wanted);
    assertResumes(net, DATA);
  }

  private static void assertResumes(MultiLayerNetwork net, DataSet data) {
    Networks.train(net, data, 2);
    MultiLayerNetwork restored = Networks.restore(Networks.save(net));
    assertThat(Networks.bytes(Networks.state(restored)))
        .isEqualTo(Networks.bytes(Networks.state(net)));
    Networks.train(net, data, 2);
    Networks.train(restored, data, 2);
    assertThat(Networks.bytes(restored.params())).isEqualTo(Networks.bytes(net.params()));
    assertThat(Networks.bytes(Networks.state(restored)))
        .isEqualTo(Networks.bytes(Networks.state(net)));
  }

  /** 32 bits hold the very numbers of 4, and back to 4 they are rounded to them but for dither. */
  @ParameterizedTest
  @ValueSource(strings = {"FLOAT", "DOUBLE", "HALF"})
  void thirtyTwoBitsHaveTheVeryNumbers(DataType type) {
    MultiLayerNetwork net = trained(4, type);
    INDArray m = moment(net, "m");
    INDArray v = moment(net, "v");
    OptimManager.of(net).optimBits(32).apply();
    assertThat(moment(net, "m")).isEqualTo(m);
    assertThat(moment(net, "v")).isEqualTo(v);
    OptimManager.of(net).optimBits(4).apply();
    assertThat(distance(moment(net, "v"), v)).isLessThan(0.1);
    assertThat(distance(moment(net, "m"), m)).isLessThan(0.1);
    assertResumes(net, Networks.data(type));
  }

  private static INDArray moment(MultiLayerNetwork net, String name) {
    return org.nd4j.linalg.factory.Nd4j.concat(
        0, updaters(net).map(u -> u.moment(name)).toArray(INDArray[]::new));
  }

  private static double distance(INDArray a, INDArray b) {
    return a.distance2(b) / b.norm2Number().doubleValue();
  }

  /** From ND4J's Adam to 4 bits, trained on, and back. */
  @Test
  void nd4jsAdamGoesTo4BitsAndBack() {
    MultiLayerNetwork net = Networks.network(new Adam(1e-3), DataType.FLOAT);
    Networks.train(net, DATA, 20);
    OptimManager.of(net).lowBit().optimBits(4).min8bitSize(0).apply();
    assertResumes(net, DATA);
    OptimManager.of(net).nd4j().apply();
    assertResumes(net, DATA);
  }

  /** Its m is stored divided by the root of vHat, which begins anew. */
  @ParameterizedTest
  @ValueSource(ints = {4, 8, 32})
  void amsgradTakesOverAdamsMean(int bits) {
    MultiLayerNetwork net = trained(bits, DataType.FLOAT);
    Networks.train(net, DATA, 20);
    INDArray m = moment(net, "m");
    INDArray v = moment(net, "v");
    OptimManager.of(net).updater(new AMSGrad8bit(1e-3).optimBits(4).min8bitSize(0)).apply();
    assertThat(distance(moment(net, "m"), m)).isLessThan(0.2);
    assertThat(distance(moment(net, "v"), v)).isLessThan(0.2);
    assertThat(distance(moment(net, "vHat"), v)).isLessThan(0.2);
    assertResumes(net, DATA);
  }

  @Test
  void graphsGoTo4Bits() {
    ComputationGraph graph = trained(8, DataType.FLOAT).toComputationGraph();
    graph.fit(DATA);
    OptimManager.of(graph).optimBits(4).apply();
    double before = graph.score(DATA);
    for (int i = 0; i < 20; i++) {
      graph.fit(DATA);
    }
    assertThat(graph.score(DATA)).isLessThan(before);
  }

  /** The first layer may have 4 bits; the second's codebooks have none. */
  @Test
  void aRefusedPlanLeavesAllLayersUnchanged() {
    MultiLayerConfiguration conf = Networks.configuration(new Adam8bit(1e-3), DataType.FLOAT);
    String before = conf.toJson();
    assertThatThrownBy(
            () -> OptimManager.of(conf).optimBits(4).layer(1).quantMap(QuantMap.DYNAMIC).apply())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("quantMap is DYNAMIC; it must be POWER, as optimBits is 4");
    assertThat(conf.toJson()).isEqualTo(before);

    MultiLayerNetwork net = trained(8, DataType.FLOAT);
    String json = net.getLayerWiseConfigurations().toJson();
    byte[] state = Networks.bytes(Networks.state(net));
    assertThatThrownBy(
            () -> OptimManager.of(net).layer(2).quantMap(QuantMap.DYNAMIC).optimBits(4).apply())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("POWER, as optimBits is 4");
    assertThat(net.getLayerWiseConfigurations().toJson()).isEqualTo(json);
    assertThat(Networks.bytes(Networks.state(net))).isEqualTo(state);
    Networks.train(net, DATA, 1);
  }

  /** Properties that go together only after the last call, in either order. */
  @Test
  void theOrderOfPropertiesDoesNotMatter() {
    MultiLayerNetwork net = trained(4, DataType.FLOAT);
    INDArray m = moment(net, "m");
    OptimManager.of(net).quantMap(QuantMap.DYNAMIC).optimBits(8).apply();
    assertThat(updaters(net)).allMatch(u -> u.bits() == 8);
    assertThat(distance(moment(net, "m"), m)).isLessThan(0.03);
    OptimManager<MultiLayerNetwork> manager = OptimManager.of(net).optimBits(4);
    assertThatThrownBy(manager::describe)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("POWER, as optimBits is 4");
    manager.quantMap(QuantMap.POWER).apply();
    assertThat(updaters(net)).allMatch(u -> u.bits() == 4);
    assertResumes(net, DATA);

    MultiLayerConfiguration conf = Networks.configuration(new Adam8bit(1e-3), DataType.FLOAT);
    OptimManager.of(conf).optimBits(4).layer(0).quantMap(QuantMap.DYNAMIC).optimBits(8).apply();
    Adam8bit first = (Adam8bit) conf.getConf(0).getLayer().getUpdaterByParam("W");
    assertThat(first.getOptimBits()).isEqualTo(8);
    assertThat(first.getQuantMap()).isEqualTo(QuantMap.DYNAMIC);
  }

  /** Bytes of 8,192 parameters and more, relative to float32, of as many moments. */
  @ParameterizedTest
  @EnumSource
  void stateIsASmallPartOfFloat32(Optimizers o) {
    for (long n : new long[] {8192, 10_001, 1_000_000, 3_000_000_000L}) {
      LowBitConfig<?> config = o.config().optimBits(4);
      int moments = Internals.rule(config).moments().size();
      assertThat((double) config.stateSize(n) / (n * moments)).as("%s %d", o, n).isLessThan(0.145);
    }
    assertThat((double) new Adam8bit().optimBits(4).stateSize(10_000_000) * 4 / 10_000_000)
        .as("bytes per parameter of Adam")
        .isBetween(1.06, 1.063);
  }
}
