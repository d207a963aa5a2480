package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.plan.PlanInternals;
import org.lowbit4j.regularization.DecoupledWeightDecay;
import org.lowbit4j.updater.Internals;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** Overrides as they arrive in the updater blocks of built networks, and what is refused. */
class OptimManagerTest {

  /** in (80 x 100), norm, rnn (LSTM, both directions), a pooling layer without name, out. */
  private static MultiLayerConfiguration conf(IUpdater updater) {
    Bidirectional rnn = new Bidirectional(new LSTM.Builder().nIn(100).nOut(20).build());
    rnn.setLayerName("rnn");
    return new NeuralNetConfiguration.Builder()
        .seed(3)
        .updater(updater)
        .list()
        .layer(new DenseLayer.Builder().name("in").nIn(80).nOut(100).build())
        .layer(new BatchNormalization.Builder().name("norm").nOut(100).build())
        .layer(rnn)
        .layer(new GlobalPoolingLayer())
        .layer(
            new OutputLayer.Builder()
                .name("out")
                .nIn(40)
                .nOut(5)
                .activation(Activation.SOFTMAX)
                .build())
        .setInputType(InputType.recurrent(80))
        .build();
  }

  private static MultiLayerConfiguration conf() {
    return conf(new Adam8bit(1e-3));
  }

  /** The updaters in the blocks of a built network, by the variables they are for. */
  private static Map<String, IUpdater> blocks(MultiLayerConfiguration conf) {
    MultiLayerNetwork net = new MultiLayerNetwork(conf.clone());
    net.init();
    return blocks((BaseMultiLayerUpdater<?>) net.getUpdater());
  }

  private static Map<String, IUpdater> blocks(BaseMultiLayerUpdater<?> updater) {
    Map<String, IUpdater> blocks = new LinkedHashMap<>();
    for (UpdaterBlock block : updater.getUpdaterBlocks()) {
      for (UpdaterBlock.ParamState p : block.getLayersAndVariablesInBlock()) {
        blocks.put(
            p.getLayer().getConfig().getLayerName() + "." + p.getParamName(),
            block.getGradientUpdater().getConfig());
      }
    }
    return blocks;
  }

  private static Map<String, IUpdater> eightBit(Map<String, IUpdater> blocks) {
    Map<String, IUpdater> found = new LinkedHashMap<>(blocks);
    found.values().removeIf(NoOp.class::isInstance);
    return found;
  }

  private static List<String> with32Bits(MultiLayerConfiguration conf) {
    return eightBit(blocks(conf)).entrySet().stream()
        .filter(e -> ((LowBitConfig<?>) e.getValue()).getOptimBits() == 32)
        .map(Map.Entry::getKey)
        .collect(Collectors.toList());
  }

  private static final String[] RNN = {
    "rnn.fW", "rnn.fRW", "rnn.fb", "rnn.bW", "rnn.bRW", "rnn.bb"
  };

  static Stream<Arguments> selections() {
    return Stream.of(
        selection("layer", m -> m.layer("in"), "in.W", "in.b"),
        selection("wrapper", m -> m.layer("rnn"), RNN),
        selection("index", m -> m.layer(4), "out.W", "out.b"),
        selection("type", m -> m.layersOfType(BatchNormalization.class), "norm.gamma", "norm.beta"),
        selection("wrapped type", m -> m.layersOfType(LSTM.class), RNN),
        selection("wrapper type", m -> m.layersOfType(Bidirectional.class), RNN),
        selection("regex", m -> m.layersMatching("i.|o.*"), "in.W", "in.b", "out.W", "out.b"),
        selection(
            "predicate",
            m ->
                m.layers(
                    l -> l instanceof FeedForwardLayer && ((FeedForwardLayer) l).getNOut() == 5),
            "out.W",
            "out.b"),
        selection(
            "weights", m -> m.layer("rnn").weights(), "rnn.fW", "rnn.fRW", "rnn.bW", "rnn.bRW"),
        selection("biases", m -> m.layer("in").biases(), "in.b"),
        selection("all biases", OptimManager::biases, "in.b", "rnn.fb", "rnn.bb", "out.b"),
        selection("parameter", m -> m.layer("out").parameter("b"), "out.b"),
        selection("parameter everywhere", m -> m.parameter("W"), "in.W", "out.W"),
        selection(
            "small",
            OptimManager::smallParameters,
            "in.b",
            "norm.gamma",
            "norm.beta",
            "rnn.fb",
            "rnn.bb",
            "out.b"));
  }

  private static Arguments selection(
      String name,
      UnaryOperator<OptimManager<MultiLayerConfiguration>> selector,
      String... expected) {
    return Arguments.of(name, selector, expected);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("selections")
  void selectorsSelect(
      String name,
      UnaryOperator<OptimManager<MultiLayerConfiguration>> selector,
      String[] expected) {
    MultiLayerConfiguration conf = selector.apply(OptimManager.of(conf())).optimBits(32).apply();
    assertThat(with32Bits(conf)).containsExactlyInAnyOrder(expected);
    for (MultiLayerConfiguration copy :
        List.of(
            MultiLayerConfiguration.fromJson(conf.toJson()),
            MultiLayerConfiguration.fromYaml(conf.toYaml()),
            conf.clone())) {
      assertThat(copy).isEqualTo(conf);
      assertThat(blocks(copy)).isEqualTo(blocks(conf));
    }
  }

  /** Every property of every optimizer, on one layer, in its block and in no other. */
  @ParameterizedTest
  @MethodSource("properties")
  void everyPropertyArrivesInItsBlock(Class<?> type, String property) throws Exception {
    LowBitConfig<?> changed = (LowBitConfig<?>) type.getConstructor().newInstance();
    Object value = ConfigTest.otherValue(changed, property);
    PlanInternals.set(changed, property, value);
    MultiLayerConfiguration conf =
        OptimManager.of(conf((IUpdater) type.getConstructor().newInstance()))
            .layer("out")
            .set(property, value)
            .apply();
    assertThat(blocks(conf).get("out.W")).isEqualTo(Internals.scoped(changed, "4:out"));
    assertThat(blocks(conf).get("in.W"))
        .isEqualTo(
            Internals.scoped(((LowBitConfig<?>) type.getConstructor().newInstance()), "0:in"));
  }

  static Stream<Arguments> properties() {
    return ArchitectureTest.publicConfigurations().stream()
        .flatMap(
            type -> {
              try {
                return PlanInternals.properties(
                        (LowBitConfig<?>) type.getConstructor().newInstance())
                    .stream()
                    .filter(property -> !property.equals("dataType")) // the network's
                    .map(property -> Arguments.of(type, property));
              } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
              }
            });
  }

  @Test
  void theTypedPropertiesAreThoseOfTheirNames() {
    MapSchedule schedule =
        new MapSchedule.Builder(ScheduleType.ITERATION).add(0, 0.1).add(3, 0.01).build();
    MultiLayerConfiguration conf =
        OptimManager.of(conf())
            .blockSize(64)
            .layer("in")
            .beta1(0.8)
            .beta2(0.99)
            .epsilon(1e-6)
            .percentileClipping(5)
            .min8bitSize(77)
            .quantMap(QuantMap.DYNAMIC)
            .learningRate(schedule)
            .layer("out")
            .learningRate(0.25)
            .weightDecay(0.5)
            .apply();
    assertThat(blocks(conf).get("in.b"))
        .isEqualTo(
            Internals.scoped(
                new Adam8bit(schedule)
                    .blockSize(64)
                    .beta1(0.8)
                    .beta2(0.99)
                    .epsilon(1e-6)
                    .percentileClipping(5)
                    .min8bitSize(77)
                    .quantMap(QuantMap.DYNAMIC)
                    .learningRate(schedule),
                "0:in"));
    assertThat(blocks(conf).get("out.W"))
        .isEqualTo(Internals.scoped(new Adam8bit(0.25).blockSize(64).weightDecay(0.5), "4:out"));
    assertThat(blocks(conf).get("rnn.fW"))
        .isEqualTo(Internals.scoped(new Adam8bit(1e-3).blockSize(64), "2:rnn"));
  }

  @Test
  void laterCallsWin() {
    MultiLayerConfiguration conf =
        OptimManager.of(conf())
            .layer("out")
            .optimBits(32)
            .allLayers()
            .optimBits(8)
            .smallParameters()
            .optimBits(32)
            .layer("out")
            .optimBits(8)
            .apply();
    assertThat(with32Bits(conf))
        .containsExactlyInAnyOrder("in.b", "norm.gamma", "norm.beta", "rnn.fb", "rnn.bb");
  }

  @Test
  void updatersAreReplacedAsAWhole() {
    MultiLayerConfiguration conf =
        OptimManager.of(conf())
            .layer("in")
            .updater(new Lion8bit(1e-4))
            .optimBits(32)
            .layer("rnn")
            .updater(new Sgd(0.1))
            .biases()
            .updater(new AMSGrad8bit(1e-2))
            .apply();
    Map<String, IUpdater> blocks = blocks(conf);
    assertThat(blocks.get("in.b"))
        .isEqualTo(Internals.scoped(new Lion8bit(1e-4).optimBits(32), "0:in"));
    assertThat(blocks.get("rnn.bRW")).isEqualTo(new Sgd(0.1));
    assertThat(blocks.get("rnn.bb"))
        .isEqualTo(Internals.scoped(new AMSGrad8bit(1e-2), "2:rnn:bias"));
  }

  /** Scopes: what belongs to different layers is never merged. */
  @Test
  void layersHaveBlocksOfTheirOwn() {
    MultiLayerNetwork net = new MultiLayerNetwork(OptimManager.of(conf()).apply());
    net.init();
    List<List<String>> names =
        ((BaseMultiLayerUpdater<?>) net.getUpdater())
            .getUpdaterBlocks().stream()
                .map(
                    b ->
                        b.getLayersAndVariablesInBlock().stream()
                            .map(p -> p.getLayer().getConfig().getLayerName())
                            .distinct()
                            .collect(Collectors.toList()))
                .collect(Collectors.toList());
    assertThat(names)
        .containsExactly(
            List.of("in"), List.of("norm"), List.of("norm"), List.of("rnn"), List.of("out"));
  }

  @Test
  void theDataTypeIsTheNetworks() {
    MultiLayerConfiguration conf = Networks.configuration(new Adam8bit(1e-3), DataType.FLOAT16);
    MultiLayerNetwork net = new MultiLayerNetwork(OptimManager.of(conf).apply());
    net.init();
    Networks.train(net, Networks.data(DataType.FLOAT16), 1);
    assertThat(net.params().isNaN().any()).isFalse();
  }

  @Test
  void nothingIsChangedBeforeApply() {
    MultiLayerConfiguration conf = conf();
    String before = conf.toJson();
    OptimManager<MultiLayerConfiguration> manager =
        OptimManager.of(conf).layer("out").weightDecay(0.1).optimBits(32);
    manager.describe();
    assertThat(conf.toJson()).isEqualTo(before);
    manager.apply();
    String once = conf.toJson();
    assertThat(once).isNotEqualTo(before);
    assertThat(manager.apply().toJson()).isEqualTo(once);
    assertThat(OptimManager.of(conf).apply().toJson()).isEqualTo(once);
  }

  @Test
  void graphsAreSelectedByVertexName() {
    ComputationGraphConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(new Adam8bit(1e-3))
            .graphBuilder()
            .addInputs("x")
            .addLayer("a", new DenseLayer.Builder().nIn(20).nOut(300).build(), "x")
            .addLayer("b", new DenseLayer.Builder().nIn(20).nOut(40).build(), "x")
            .addLayer(
                "y",
                new OutputLayer.Builder().nIn(340).nOut(5).activation(Activation.SOFTMAX).build(),
                "a",
                "b")
            .setOutputs("y")
            .build();
    OptimManager.of(conf).layersMatching("a|b").optimBits(32).layer("b").beta1(0.5).apply();
    ComputationGraphConfiguration copy = ComputationGraphConfiguration.fromJson(conf.toJson());
    assertThat(copy).isEqualTo(conf);
    ComputationGraph net = new ComputationGraph(copy);
    net.init();
    Map<String, IUpdater> blocks = blocks(net.getUpdater());
    assertThat(blocks.get("a.W"))
        .isEqualTo(Internals.scoped(new Adam8bit(1e-3).optimBits(32), "0:a"));
    assertThat(blocks.get("b.b"))
        .isEqualTo(Internals.scoped(new Adam8bit(1e-3).optimBits(32).beta1(0.5), "1:b"));
    assertThat(blocks.get("y.W")).isEqualTo(Internals.scoped(new Adam8bit(1e-3), "2:y"));
  }

  @Test
  void sameDiffHasOneUpdaterForAllVariables() {
    TrainingConfig config =
        new TrainingConfig.Builder()
            .updater(new AdamW8bit(1e-3))
            .dataSetFeatureMapping("x")
            .dataSetLabelMapping("y")
            .build();
    OptimManager.of(config).blockSize(64).apply();
    TrainingConfig copy = TrainingConfig.fromJson(config.toJson());
    assertThat(copy.getUpdater())
        .isEqualTo(Internals.scoped(new AdamW8bit(1e-3).blockSize(64), "0:variables"));
    assertThat(copy.getRegularization())
        .startsWith(new DecoupledWeightDecay(0.01))
        .isEqualTo(config.getRegularization());
    assertThat(OptimManager.of(config).describe()).contains("variables", "AdamW8bit", "decoupled");
    assertThatThrownBy(() -> OptimManager.of(config).layer("w"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("variables");
    assertThatThrownBy(() -> OptimManager.of(config).biases())
        .isInstanceOf(IllegalArgumentException.class);
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        error("name", m -> m.layer("head"), "layer(\"head\")", "0 in", "4 out"),
        error("index", m -> m.layer(5), "layer(5)", "0 in", "4 out"),
        error("type", m -> m.layersOfType(FrozenLayer.class), "FrozenLayer.class", "1 norm"),
        error("regex", m -> m.layersMatching("dense.*"), "dense.*", "0 in"),
        error("predicate", m -> m.layers(l -> false), "predicate", "0 in"),
        error("no parameters", m -> m.layer(3), "3 layer3", "no parameters"),
        error("no biases", m -> m.layer("norm").biases(), "biases()", "norm [gamma, beta]"),
        error("unknown parameter", m -> m.layer("in").parameter("x"), "\"x\"", "in [W, b]"),
        error(
            "shared updater",
            m -> m.layer("norm").parameter("gamma"),
            "[gamma, beta]",
            "one updater"),
        error("dataType", m -> m.set("dataType", DataType.DOUBLE), "FLOAT", "that of the network"),
        error("null", m -> m.quantMap(null), "quantMap is null"),
        error("null name", m -> m.layer((String) null), "layer name is null"),
        error("small narrowed", m -> m.smallParameters().biases(), "biases()", "smallParameters()"),
        error("no such property", m -> m.set("rho", 0.5), "Adam8bit", "rho", "beta1, beta2"),
        error("bad type", m -> m.set("beta1", "0.5"), "beta1", "0.5", "String"),
        error("bad whole number", m -> m.set("optimBits", 8.5), "optimBits", "8.5"),
        error("bad value", m -> m.optimBits(16), "optimBits is 16", "4, 8 or 32"),
        error(
            "no codes",
            m -> m.optimBits(4).quantMap(QuantMap.DYNAMIC).apply(),
            "quantMap is DYNAMIC",
            "POWER, as optimBits is 4"),
        error("bad rate", m -> m.learningRate(-1), "learningRate is -1", "0 or more"),
        error("no updater", m -> m.updater(null), "updater is null"),
        error(
            "not ours", m -> m.updater(new Sgd(0.1)).optimBits(32), "Layer in", "Sgd", "updater("));
  }

  private static Arguments error(
      String name, Consumer<OptimManager<MultiLayerConfiguration>> call, String... message) {
    return Arguments.of(name, call, message);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void refused(
      String name, Consumer<OptimManager<MultiLayerConfiguration>> call, String[] message) {
    MultiLayerConfiguration conf = conf();
    OptimManager<MultiLayerConfiguration> manager = OptimManager.of(conf);
    assertThatThrownBy(() -> call.accept(manager))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(message);
  }

  @Test
  void aRefusedPropertyIsNotRecorded() {
    OptimManager<MultiLayerConfiguration> manager = OptimManager.of(conf());
    assertThatThrownBy(() -> manager.layer("in").optimBits(7))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(with32Bits(manager.layer("out").optimBits(32).apply()))
        .containsExactly("out.W", "out.b");
  }

  @Test
  void frozenLayersHaveNothingToSet() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(new AdamW8bit(1e-3))
            .list()
            .layer(new FrozenLayer(new DenseLayer.Builder().nIn(20).nOut(30).build()))
            .layer(new OutputLayer.Builder().nIn(30).nOut(5).activation(Activation.SOFTMAX).build())
            .build();
    assertThatThrownBy(() -> OptimManager.of(conf).layer("layer0"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no parameters to train");
    MultiLayerNetwork net = new MultiLayerNetwork(OptimManager.of(conf).apply());
    net.init();
    Networks.train(net, Networks.data(DataType.FLOAT), 2);
  }

  @Test
  void theTableShowsWhatIsBuilt() {
    MultiLayerConfiguration conf = conf(new AdamW8bit(1e-3));
    String table =
        OptimManager.of(conf)
            .smallParameters()
            .optimBits(32)
            .layer("rnn")
            .percentileClipping(5)
            .describe();
    String[] lines = table.split("\n");
    assertThat(lines[0]).contains("layer", "parameters", "size", "updater", "bits", "state bytes");
    assertThat(lines[1])
        .matches("0  in .*W .*8,000 .*AdamW8bit .*8 .*16,\\d{3} .*W: decoupled weight decay 0.01");
    assertThat(lines[2]).matches("0  in .*b .*100 .*AdamW8bit .*32 .*896");
    assertThat(table).doesNotContain("layer3");
    OptimManager.of(conf)
        .smallParameters()
        .optimBits(32)
        .layer("rnn")
        .percentileClipping(5)
        .apply();
    MultiLayerNetwork net = new MultiLayerNetwork(conf);
    net.init();
    long bytes = net.getUpdater().getStateViewArray().length() * 4;
    assertThat(lines[lines.length - 1]).contains(String.format("%,d", bytes));
    assertThatThrownBy(
            () ->
                OptimManager.of(
                        new NeuralNetConfiguration.Builder()
                            .updater(new Adam8bit())
                            .list()
                            .layer(new DenseLayer.Builder().nOut(5).build())
                            .build())
                    .describe())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("nIn");
  }
}
