package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.IUpdater;

/** Learning rates that were set for layers and parameters, after the network was planned anew. */
class ReplannedRatesTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);
  private static final double START = 1e-3;

  /** What each parameter moves by in a step, by name. */
  private static Map<String, INDArray> step(MultiLayerNetwork net) {
    Map<String, INDArray> moved = new TreeMap<>();
    net.paramTable().forEach((name, p) -> moved.put(name, p.dup()));
    Networks.train(net, DATA, 1);
    net.paramTable().forEach((name, p) -> moved.get(name).rsubi(p));
    return moved;
  }

  private static MultiLayerNetwork trained(IUpdater updater) {
    MultiLayerNetwork net = Networks.network(updater, DataType.FLOAT);
    Networks.train(net, DATA, 5);
    return net;
  }

  static Stream<Arguments> plans() {
    return Stream.of(
        plan("as it is", m -> {}),
        plan("32 bits", m -> m.optimBits(32)),
        plan("a layer's block size", m -> m.layer("layer0").blockSize(64)),
        plan("ND4J's", OptimManager::nd4j),
        plan("ND4J's and back", m -> m.nd4j().lowBit().optimBits(32)),
        plan("biases at 32 bits", m -> m.biases().optimBits(32)));
  }

  private static Arguments plan(String name, Consumer<OptimManager<MultiLayerNetwork>> plan) {
    return Arguments.of(name, plan);
  }

  /** Beside a network planned in the same way whose rates were not set. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("plans")
  void ratesOfParametersStay(String name, Consumer<OptimManager<MultiLayerNetwork>> plan) {
    IUpdater updater = new Adam8bit(START).optimBits(32);
    MultiLayerNetwork plain = trained(updater);
    MultiLayerNetwork net = trained(updater);
    assertThat(net.params()).isEqualTo(plain.params());
    LearningRates.of(net).set("layer0", "b", 1e-2);
    LearningRates.of(net).set("layer1", "W", 1e-4);
    LearningRates.of(net).set("layer2", 0);
    for (MultiLayerNetwork n : new MultiLayerNetwork[] {plain, net}) {
      OptimManager<MultiLayerNetwork> manager = OptimManager.of(n);
      plan.accept(manager);
      manager.apply();
    }
    MultiLayerNetwork restored = Networks.restore(Networks.save(net));
    Map<String, INDArray> full = step(plain);
    Map<String, INDArray> found = step(net);
    Map<String, Double> rates =
        Map.of("0_W", START, "0_b", 1e-2, "1_W", 1e-4, "1_b", START, "2_W", 0d, "2_b", 0d);
    rates.forEach(
        (p, rate) ->
            assertThat(full.get(p).mul(rate / START).sub(found.get(p)).amaxNumber().doubleValue())
                .as("%s at %s", p, rate)
                .isCloseTo(0, within(3e-7)));
    Networks.train(restored, DATA, 1);
    assertThat(restored.params()).isEqualTo(net.params());
  }

  /** A rate for the layer that comes with the plan is the last word, and ends the difference. */
  @Test
  void aPlanMayGiveTheLayerOneRate() {
    MultiLayerNetwork net = trained(new Adam8bit(START));
    LearningRates.of(net).set("layer0", "b", 1e-2);
    OptimManager<MultiLayerNetwork> manager = OptimManager.of(net);
    assertThat(manager.describe()).contains("layer0  W  ", "layer0  b  ", "layer1  W b");
    manager.layer("layer0").learningRate(5e-4);
    assertThat(manager.describe()).contains("layer0  W b");
    manager.apply();
    assertThat(net.getLayerWiseConfigurations().getConf(0).getLayer().getUpdaterByParam("b"))
        .extracting(u -> u.getLearningRate(0, 0))
        .isEqualTo(5e-4);
  }

  /** A layer whose biases cannot have an updater of their own. */
  public static final class OneUpdater extends SameDiffLayer {

    private static final long serialVersionUID = 1L;

    @Override
    public void defineParameters(SDLayerParams params) {
      params.addWeightParam("W", Networks.FEATURES, 300);
      params.addBiasParam("b", 1, 300);
    }

    @Override
    public void initializeParameters(Map<String, INDArray> params) {
      params.get("W").assign(0.01);
      params.get("b").assign(0);
    }

    @Override
    public SDVariable defineLayer(
        SameDiff sd, SDVariable in, Map<String, SDVariable> params, SDVariable mask) {
      return sd.math.tanh(in.mmul(params.get("W")).add(params.get("b")));
    }

    @Override
    public InputType getOutputType(int index, InputType in) {
      return InputType.feedForward(300);
    }

    @Override
    public IUpdater getUpdaterByParam(String parameter) {
      return updater;
    }
  }

  @Test
  void ratesThatNoUpdaterCanHaveAreRefused() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(new Adam8bit(START))
            .list()
            .layer(new OneUpdater())
            .layer(
                new OutputLayer.Builder()
                    .nIn(300)
                    .nOut(Networks.CLASSES)
                    .activation(Activation.SOFTMAX)
                    .build())
            .build();
    MultiLayerNetwork net = new MultiLayerNetwork(conf);
    net.init();
    Networks.train(net, DATA, 2);
    LearningRates.of(net).set("layer0", "b", 1e-2);
    byte[] before = Networks.bytes(Networks.state(net));
    String json = net.getLayerWiseConfigurations().toJson();
    OptimManager<MultiLayerNetwork> manager = OptimManager.of(net);
    assertThatThrownBy(manager::apply)
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("[W, b] of layer layer0 have different learning rates");
    assertThat(Networks.bytes(Networks.state(net))).isEqualTo(before);
    assertThat(net.getLayerWiseConfigurations().toJson()).isEqualTo(json);
    LearningRates.of(net).set("layer0", 1e-2);
    manager.apply();
    Networks.train(net, DATA, 1);
    assertThat(net.getLayerWiseConfigurations().getConf(0).getLayer().getUpdaterByParam("W"))
        .extracting(u -> u.getLearningRate(0, 0))
        .isEqualTo(1e-2);
  }

  /** Velocity has the rate in it, each parameter's own. */
  @Test
  void velocityGoesOnAsFastAsItCame() {
    MultiLayerNetwork net = trained(new Nesterovs8bit(1e-2, 0.9).optimBits(32));
    LearningRates.of(net).set("layer0", "b", 1e-3);
    Networks.train(net, DATA, 3);
    MultiLayerNetwork other = net.clone();
    OptimManager.of(net).apply();
    Map<String, INDArray> expected = step(other);
    Map<String, INDArray> found = step(net);
    expected.forEach(
        (p, moved) ->
            assertThat(moved.sub(found.get(p)).amaxNumber().doubleValue())
                .as(p)
                .isLessThan(1e-7 + 1e-5 * moved.amaxNumber().doubleValue()));
  }
}
