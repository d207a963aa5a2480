package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.AttentionVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.regularization.LearningRateScale;
import org.lowbit4j.regularization.UpdaterCheck;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;

/** OptimManager and LearningRates on whatever DL4J wraps, freezes, shares and names. */
class HostLayersTest {

  private static final int IN = 4;
  private static final int CLASSES = 3;

  private static DataSet data(boolean sequences) {
    Nd4j.getRandom().setSeed(1);
    INDArray y = Nd4j.zeros(DataType.FLOAT, 8, CLASSES);
    for (int i = 0; i < 8; i++) {
      y.putScalar(i, i % CLASSES, 1);
    }
    INDArray x = sequences ? Nd4j.rand(DataType.FLOAT, 8, IN, 5) : Nd4j.rand(DataType.FLOAT, 8, IN);
    return new DataSet(x, y);
  }

  private static OutputLayer output(int nIn) {
    return new OutputLayer.Builder()
        .name("out")
        .nIn(nIn)
        .nOut(CLASSES)
        .activation(Activation.SOFTMAX)
        .build();
  }

  private static DenseLayer dense(String name, int nIn, int nOut, IUpdater updater) {
    return new DenseLayer.Builder().name(name).nIn(nIn).nOut(nOut).updater(updater).build();
  }

  private static MultiLayerNetwork network(MultiLayerConfiguration conf) {
    MultiLayerNetwork net = new MultiLayerNetwork(conf);
    net.init();
    return net;
  }

  private static LSTM lstm() {
    return new LSTM.Builder().nIn(IN).nOut(6).build();
  }

  private static Layer named(Layer layer) {
    layer.setLayerName("w");
    return layer;
  }

  static Stream<Arguments> wrappers() {
    return Stream.of(
        wrapper("LSTM", HostLayersTest::lstm),
        wrapper("Bidirectional", () -> new Bidirectional(Bidirectional.Mode.ADD, lstm())),
        wrapper("MaskZeroLayer", () -> new MaskZeroLayer(lstm(), 0.0)),
        wrapper("LastTimeStep", () -> new LastTimeStep(lstm())),
        wrapper(
            "LastTimeStep of Bidirectional",
            () -> new LastTimeStep(new Bidirectional(Bidirectional.Mode.ADD, lstm()))),
        wrapper(
            "TimeDistributed",
            () -> new TimeDistributed(new DenseLayer.Builder().nIn(IN).nOut(6).build())));
  }

  private static Arguments wrapper(String name, Supplier<Layer> layer) {
    return Arguments.of(name, layer);
  }

  private static MultiLayerConfiguration wrapped(Layer layer, IUpdater updater) {
    NeuralNetConfiguration.ListBuilder layers =
        new NeuralNetConfiguration.Builder().seed(1).updater(updater).list().layer(named(layer));
    if (!(layer instanceof LastTimeStep)) {
      layers.layer(new GlobalPoolingLayer());
    }
    return layers.layer(output(6)).setInputType(InputType.recurrent(IN)).build();
  }

  /** Overrides, trust ratio, round trip, and a learning rate of 0 that stops just this layer. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("wrappers")
  void whatIsWrappedIsTheLayer(String name, Supplier<Layer> layer) {
    MultiLayerConfiguration conf =
        OptimManager.of(wrapped(layer.get(), new LAMB8bit(1e-2).weightDecay(0.01)))
            .layer("w")
            .optimBits(32)
            .biases()
            .beta1(0.5)
            .apply();
    assertThat(MultiLayerConfiguration.fromJson(conf.toJson())).isEqualTo(conf);
    assertThat(OptimManager.of(conf).describe()).contains("LAMB's trust ratio");
    MultiLayerNetwork net = network(conf);
    DataSet data = data(true);
    net.fit(data);
    ((BaseMultiLayerUpdater<?>) net.getUpdater())
        .getUpdaterBlocks()
        .forEach(
            block -> {
              LowBitConfig<?> config = (LowBitConfig<?>) block.getGradientUpdater().getConfig();
              boolean inside = config.getScope().startsWith("0:w");
              assertThat(config.getOptimBits()).isEqualTo(inside ? 32 : 8);
              block
                  .getLayersAndVariablesInBlock()
                  .forEach(
                      p -> {
                        List<Regularization> all =
                            p.getLayer().getConfig().getRegularizationByParam(p.getParamName());
                        boolean bias = p.getParamName().endsWith("b");
                        assertThat(all)
                            .as(p.getParamName())
                            .filteredOn(r -> !(r instanceof UpdaterCheck))
                            .hasSize(bias ? 0 : 1);
                      });
            });
    assertRateOfLayer(net, data);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrappers")
  void ratesOfWrappedLayersChangeInSharedBlocks(String name, Supplier<Layer> layer) {
    MultiLayerNetwork net = network(wrapped(layer.get(), new Adam8bit(1e-2)));
    DataSet data = data(true);
    net.fit(data);
    assertRateOfLayer(net, data);
  }

  private static void assertRateOfLayer(MultiLayerNetwork net, DataSet data) {
    byte[] state = Networks.bytes(Networks.state(net));
    LearningRates.of(net).set(2e-2);
    LearningRates.of(net).set("w", 0);
    assertThat(Networks.bytes(Networks.state(net))).isEqualTo(state);
    MultiLayerNetwork restored = Networks.restore(Networks.save(net));
    Map<String, INDArray> before = new LinkedHashMap<>();
    net.paramTable().forEach((key, value) -> before.put(key, value.dup()));
    net.fit(data);
    net.paramTable()
        .forEach(
            (key, value) ->
                assertThat(value.equals(before.get(key))).as(key).isEqualTo(key.startsWith("0_")));
    restored.fit(data);
    assertThat(restored.params()).isEqualTo(net.params());
  }

  @Test
  void attentionInGraphs() {
    ComputationGraphConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .seed(1)
            .updater(new LAMB8bit(1e-2).weightDecay(0.01))
            .graphBuilder()
            .addInputs("in")
            .addVertex(
                "att",
                new AttentionVertex.Builder()
                    .nInKeys(IN)
                    .nInValues(IN)
                    .nInQueries(IN)
                    .nOut(IN)
                    .nHeads(2)
                    .headSize(2)
                    .projectInput(true)
                    .build(),
                "in",
                "in",
                "in")
            .addLayer(
                "self",
                new SelfAttentionLayer.Builder()
                    .nIn(IN)
                    .nOut(IN)
                    .nHeads(2)
                    .headSize(2)
                    .projectInput(true)
                    .build(),
                "att")
            .addLayer("pool", new GlobalPoolingLayer(), "self")
            .addLayer("out", output(IN), "pool")
            .setOutputs("out")
            .setInputTypes(InputType.recurrent(IN))
            .build();
    OptimManager.of(conf).layer("att").optimBits(32).apply();
    assertThat(ComputationGraphConfiguration.fromJson(conf.toJson())).isEqualTo(conf);
    ComputationGraph net = new ComputationGraph(conf);
    net.init();
    DataSet data = data(true);
    net.fit(data);
    LearningRates.of(net).set("att", 0);
    LearningRates.of(net).set("self", 0);
    INDArray before = net.params().dup();
    net.fit(data);
    int changed = net.params().neq(before).castTo(DataType.INT32).sumNumber().intValue();
    assertThat(changed).isBetween(1, IN * CLASSES + CLASSES);
  }

  /** DL4J gives the frozen layer an updater, and its regularization would move it. */
  @Test
  void layersFrozenInTheMiddleNeedNoStateAndStay() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .seed(1)
            .updater(new LAMB8bit(1e-2).weightDecay(0.1))
            .list()
            .layer(new DenseLayer.Builder().nIn(IN).nOut(5).build())
            .layer(new FrozenLayerWithBackprop(new DenseLayer.Builder().nIn(5).nOut(6).build()))
            .layer(output(6))
            .build();
    MultiLayerNetwork net = network(OptimManager.of(conf).apply());
    INDArray frozen = net.getParam("1_W").dup();
    INDArray trained = net.getParam("0_W").dup();
    for (int i = 0; i < 3; i++) {
      net.fit(data(false));
    }
    assertThat(net.getParam("1_W")).isEqualTo(frozen);
    assertThat(net.getParam("0_W")).isNotEqualTo(trained);
    assertThatThrownBy(() -> OptimManager.of(conf).layer(1))
        .hasMessageContaining("no parameters to train");
  }

  @Test
  void centersOfCenterLossHaveNoDecay() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(new AdamW8bit(1e-2))
            .list()
            .layer(
                new CenterLossOutputLayer.Builder()
                    .nIn(IN)
                    .nOut(CLASSES)
                    .activation(Activation.SOFTMAX)
                    .build())
            .build();
    // DL4J gives the bias of this layer the updater of its weights, whatever its bias updater is
    assertThatThrownBy(() -> OptimManager.of(conf).smallParameters())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("smallParameters()", "layer0 [W, b]");
    MultiLayerNetwork net = network(OptimManager.of(conf).apply());
    net.fit(data(false));
    assertThat(net.params().isNaN().any()).isFalse();
  }

  @Test
  void namesNeedNotBeUnique() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(new AdamW8bit(1e-2))
            .list()
            .layer(new DenseLayer.Builder().name("layer1").nIn(IN).nOut(5).build())
            .layer(new DenseLayer.Builder().nIn(5).nOut(5).build())
            .layer(output(5))
            .build();
    MultiLayerNetwork net = network(OptimManager.of(conf).apply());
    net.fit(data(false));
    byte[] state = Networks.bytes(Networks.state(net));
    net.setLearningRate(0, 1e-3);
    assertThat(Networks.bytes(Networks.state(net))).isEqualTo(state);
  }

  @Test
  void oneLayerObjectForTwoLayersIsRefused() {
    DenseLayer layer = new DenseLayer.Builder().nIn(IN).nOut(IN).build();
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(new Adam8bit(1e-2))
            .list()
            .layer(layer)
            .layer(layer)
            .layer(output(IN))
            .build();
    assertThatThrownBy(() -> OptimManager.of(conf))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Layers 0 and 1 have one configuration object");
  }

  @Test
  void anUpdaterObjectOfTwoLayersIsNotChangedForBoth() {
    Adam8bit shared = new Adam8bit(1e-2);
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(new Adam8bit(3e-2))
            .list()
            .layer(dense("a", IN, 6, shared))
            .layer(dense("b", 6, 6, new Adam8bit(2e-2)))
            .layer(dense("c", 6, 6, shared))
            .layer(output(6))
            .build();
    MultiLayerNetwork net = network(conf);
    net.fit(data(false));
    LearningRates.of(net).set("a", 0);
    INDArray weights = net.getParam("0_W").dup();
    net.fit(data(false));
    assertThat(net.getParam("0_W")).isEqualTo(weights);
    assertThat(net.getLearningRate(2)).isEqualTo(1e-2);
    assertThat(shared.getLearningRate()).isEqualTo(1e-2);
    MultiLayerNetwork managed =
        network(OptimManager.of(MultiLayerConfiguration.fromJson(conf.toJson())).apply());
    managed.fit(data(false));
    LearningRates.of(managed).set("a", 1e-5);
    assertThat(
            ((BaseLayer) managed.getLayer(2).conf().getLayer()).getIUpdater().getLearningRate(0, 0))
        .isEqualTo(1e-2);
  }

  /** The gain lies in the next layer's block, the weights in one of their own. */
  @Test
  void aLayerMayShareAPartOfItsParameters() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(new Adam8bit(1e-2))
            .biasUpdater(new Adam8bit(2e-2))
            .list()
            .layer(new DenseLayer.Builder().name("a").nIn(IN).nOut(6).hasLayerNorm(true).build())
            .layer(new DenseLayer.Builder().name("b").nIn(6).nOut(6).build())
            .layer(output(6))
            .build();
    MultiLayerNetwork net = network(conf);
    net.fit(data(false));
    LearningRates.of(net).set("a", 0);
    MultiLayerNetwork restored = Networks.restore(Networks.save(net));
    for (MultiLayerNetwork trained : new MultiLayerNetwork[] {net, restored}) {
      Map<String, INDArray> before = new TreeMap<>();
      trained.paramTable().forEach((name, array) -> before.put(name, array.dup()));
      trained.fit(data(false));
      before.forEach(
          (name, array) ->
              assertThat(trained.getParam(name).equals(array))
                  .as(name)
                  .isEqualTo(name.startsWith("0_")));
      assertThat(trained.getLearningRate(0)).isZero();
      assertThat(trained.getLearningRate(1)).isEqualTo(1e-2);
    }
    assertThat(Networks.bytes(restored.params())).isEqualTo(Networks.bytes(net.params()));
  }

  /**
   * DL4J re-arranges the state of its own updaters when blocks merge; here it would be mixed up.
   */
  @Test
  void blocksOfNd4jsUpdatersAreNotMadeEqual() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(new Adam(1e-2))
            .list()
            .layer(dense("a", IN, 6, new Adam(1e-3)))
            .layer(output(6))
            .build();
    MultiLayerNetwork net = network(conf);
    net.fit(data(false));
    assertThatThrownBy(() -> LearningRates.of(net).set(5e-3))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("net.setLearningRate");
    LearningRates.of(net).set("a", 2e-3);
    assertThat(net.getLearningRate(0)).isEqualTo(2e-3);
  }

  @Test
  void aScaledRateGivesWayToOthersThatAreSet() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .seed(1)
            .updater(new Adam8bit(1e-2))
            .list()
            .layer(new DenseLayer.Builder().name("a").nIn(IN).nOut(6).build())
            .layer(output(6))
            .build();
    MultiLayerNetwork net = network(conf);
    net.fit(data(false));
    LearningRates.of(net).set("a", 1e-4);
    MultiLayerConfiguration managed =
        OptimManager.of(MultiLayerConfiguration.fromJson(conf.toJson())).apply();
    BaseLayer layer = (BaseLayer) managed.getConf(0).getLayer();
    assertThat(layer.getIUpdater().getLearningRate(0, 0)).isEqualTo(1e-4);
    assertThat(layer.getRegularization()).isEmpty();
    net.setLearningRate(2e-2); // of the whole network
    LearningRateScale scale =
        (LearningRateScale) ((BaseLayer) conf.getConf(0).getLayer()).getRegularization().get(0);
    assertThat(scale.isInForce(2e-2)).isFalse();
  }

  /** ND4J casts factors to HALF, where 65520 is infinite. */
  @Test
  void ratiosInHalfPrecisionDoNotOverflow() {
    for (LowBitConfig<?> config : List.of(new LAMB8bit(1e-2), new LARS8bit(0.1))) {
      INDArray gradient = Nd4j.createFromArray(8e-8f, 8e-8f).castTo(DataType.FLOAT16);
      INDArray parameters = Nd4j.createFromArray(100f, 100f).castTo(DataType.FLOAT16);
      config.regularizations().get(0).apply(parameters, gradient, 1e-2, 0, 0);
      assertThat(gradient.isInfinite().any()).isFalse();
      assertThat(gradient.getDouble(0)).isGreaterThan(0.05);
    }
  }
}
