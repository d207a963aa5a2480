package org.lowbit4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.weights.WeightInit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.Adam8bit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;

/** The configurations: defaults, builders, JSON, and the updaters they end up with. */
class StableEmbeddingConfigTest {

  private static StableEmbeddingLayer.Builder single() {
    return new StableEmbeddingLayer.Builder().nIn(40).nOut(6);
  }

  private static StableEmbeddingSequenceLayer.Builder sequence() {
    return new StableEmbeddingSequenceLayer.Builder().nIn(40).nOut(6);
  }

  private static StableEmbeddingSequenceLayer unusual() {
    return sequence()
        .inputLength(5)
        .layerNormEpsilon(1e-3)
        .updater(new Adam8bit(0.02).blockSize(64))
        .biasUpdater(new Adam8bit(0.01))
        .l2(1e-4)
        .constrainWeights(new MaxNormConstraint(3, 1))
        .build();
  }

  static Stream<StableEmbedding> layers() {
    return Stream.of(
        single().build(),
        sequence().build(),
        unusual(),
        single().layerNormEpsilon(1e-3).activation(Activation.TANH).build());
  }

  @ParameterizedTest
  @MethodSource("layers")
  void jsonAndYamlGiveTheSameConfiguration(StableEmbedding layer) {
    MultiLayerConfiguration conf =
        TokenNetworks.network(layer, new Adam8bit(1e-3), DataType.FLOAT)
            .getLayerWiseConfigurations();
    ComputationGraphConfiguration graph =
        TokenNetworks.graph(layer.clone(), new Adam8bit(1e-3), DataType.FLOAT).getConfiguration();
    assertThat(MultiLayerConfiguration.fromJson(conf.toJson())).isEqualTo(conf);
    assertThat(MultiLayerConfiguration.fromYaml(conf.toYaml())).isEqualTo(conf);
    assertThat(ComputationGraphConfiguration.fromJson(graph.toJson())).isEqualTo(graph);
    assertThat(ComputationGraphConfiguration.fromYaml(graph.toYaml())).isEqualTo(graph);
    StableEmbedding copy =
        (StableEmbedding) MultiLayerConfiguration.fromJson(conf.toJson()).getConf(0).getLayer();
    assertThat(copy).isEqualTo(layer).hasSameHashCodeAs(layer).hasToString(layer.toString());
    assertThat(copy.getLayerNormEpsilon()).isEqualTo(layer.getLayerNormEpsilon());
  }

  @Test
  void jsonIsCheckedWhenItIsRead() {
    StableEmbedding layer = single().layerNormEpsilon(1e-3).build();
    String json =
        TokenNetworks.network(layer, new Adam8bit(1e-3), DataType.FLOAT)
            .getLayerWiseConfigurations()
            .toJson();
    String without = json.replaceAll("\"layerNormEpsilon\" : 0.001,", "");
    assertThat(without).isNotEqualTo(json);
    StableEmbedding read =
        (StableEmbedding) MultiLayerConfiguration.fromJson(without).getConf(0).getLayer();
    assertThat(read.getLayerNormEpsilon()).isEqualTo(1e-5);
    String negative = json.replace("\"layerNormEpsilon\" : 0.001", "\"layerNormEpsilon\" : -0.001");
    assertThatThrownBy(() -> MultiLayerConfiguration.fromJson(negative))
        .hasMessageContaining("layerNormEpsilon is -0.001");
    String misspelled = json.replace("\"layerNormEpsilon\"", "\"layerNormEps\"");
    assertThatThrownBy(() -> MultiLayerConfiguration.fromJson(misspelled))
        .hasMessageContaining("layerNormEps is no property");
    String broken = json.replace("\"layerNormEpsilon\" : 0.001", "\"layerNormEpsilon\" : null");
    assertThatThrownBy(() -> MultiLayerConfiguration.fromJson(broken))
        .hasMessageContaining("layerNormEpsilon is null; it must be a number");
    for (String nOut : new String[] {"null", "-1", "2.5"}) {
      String other = json.replaceAll("\"nout\" : \\d+", "\"nout\" : " + nOut);
      assertThatThrownBy(() -> MultiLayerConfiguration.fromJson(other))
          .hasMessageMatching("(?si).*StableEmbeddingLayer: nout is " + nOut + ".*");
    }
    String in8 = json.replace("\"optimBits\" : 32", "\"optimBits\" : 8");
    assertThat(in8).isNotEqualTo(json);
    read = (StableEmbedding) MultiLayerConfiguration.fromJson(in8).getConf(0).getLayer();
    assertThat(((Adam8bit) read.getIUpdater()).getOptimBits()).isEqualTo(32);
  }

  @Test
  void equalityIsThatOfAllOptions() {
    assertThat(single().build()).isEqualTo(single().build()).isEqualTo(single().build().clone());
    assertThat(unusual()).isEqualTo(unusual()).isEqualTo(unusual().clone());
    List<FeedForwardLayer> different =
        Arrays.asList(
            single().build(),
            single().nOut(7).build(),
            single().layerNormEpsilon(1e-4).build(),
            single().updater(new Adam8bit()).build(),
            sequence().build(),
            sequence().inputLength(5).build(),
            sequence().outputDataFormat(RNNFormat.NWC).build());
    for (FeedForwardLayer a : different) {
      assertThat(different.stream().filter(a::equals)).containsExactly(a);
    }
  }

  @Test
  void whatANetworkSetsForAllLayersDoesNotReachTheEmbedding() {
    StableEmbeddingLayer layer = TokenNetworks.single();
    var net =
        TokenNetworks.network(
            layer,
            new Adam8bit(1e-3),
            DataType.FLOAT,
            b -> b.activation(Activation.RELU).weightInit(WeightInit.ONES).biasInit(3));
    assertThat(layer.getActivationFn()).isEqualTo(new ActivationIdentity());
    Map<String, INDArray> p = net.getLayer(0).paramTable();
    assertThat(p.keySet()).containsExactly("W", "b", "g");
    assertThat(p.get("W").shape()).containsExactly(40, 6);
    assertThat(p.get("b").toFloatVector()).containsOnly(0);
    assertThat(p.get("g").toFloatVector()).containsOnly(1);
    // Xavier-uniform: the largest of 240 values is close to the bound, none is above it
    double bound = Math.sqrt(6.0 / (40 + 6));
    assertThat(p.get("W").amaxNumber().doubleValue()).isBetween(0.95 * bound, bound);
    double variance = p.get("W").mul(p.get("W")).meanNumber().doubleValue();
    assertThat(variance).isBetween(0.8 * bound * bound / 3, 1.2 * bound * bound / 3);
  }

  static Stream<Arguments> updaters() {
    Adam8bit given = new Adam8bit(0.02).blockSize(64);
    Adam8bit expected = new Adam8bit(0.02).blockSize(64).optimBits(32);
    Adam stock = new Adam(0.02);
    return Stream.of(Arguments.of(given, expected), Arguments.of(stock, stock));
  }

  @ParameterizedTest
  @MethodSource("updaters")
  void updatersAreReplacedByTheir32BitCopyHoweverTheyAreSet(IUpdater given, IUpdater expected) {
    StableEmbedding byBuilder = single().updater(given).biasUpdater(given).build();
    StableEmbedding bySetter = single().build();
    bySetter.setIUpdater(given);
    bySetter.setBiasUpdater(given);
    StableEmbedding byNetwork = TokenNetworks.sequence();
    TokenNetworks.network(byNetwork, given, DataType.FLOAT, b -> b.biasUpdater(given));
    for (StableEmbedding layer : Arrays.asList(byBuilder, bySetter, byNetwork)) {
      for (String p : layer.initializer().paramKeys(layer)) {
        assertThat(layer.getUpdaterByParam(p)).isEqualTo(expected);
      }
      assertThat(layer.getBiasUpdater()).isEqualTo(expected);
    }
    if (given instanceof Adam8bit) {
      assertThat(((Adam8bit) given).getOptimBits()).as("the given object").isEqualTo(8);
    }
  }

  @Test
  void regularizationAndConstraintsOfWeightsSpareTheNormalization() {
    StableEmbedding layer =
        single().l2(1e-2).l2Bias(1e-3).constrainWeights(new MaxNormConstraint(3, 1)).build();
    assertThat(layer.getRegularizationByParam("W")).hasSize(1);
    assertThat(layer.getRegularizationByParam("b")).hasSize(1);
    assertThat(layer.getRegularizationByParam("g")).isNullOrEmpty();
    assertThat(layer.getConstraints().get(0).getParams()).containsExactly("W");
    assertThat(layer.initializer().biasKeys(layer)).containsExactly("b");
  }

  @Test
  void lengthsAreThoseOfTheInputTypeUnlessSet() {
    InputType twenty = InputType.recurrent(1, 20);
    assertThat(sequence().build().getOutputType(0, twenty)).isEqualTo(InputType.recurrent(6, 20));
    assertThat(sequence().build().getOutputType(0, InputType.feedForward(20)))
        .isEqualTo(InputType.recurrent(6));
    StableEmbedding channelsLast =
        sequence().inputLength(5).outputDataFormat(RNNFormat.NWC).build();
    assertThat(channelsLast.getOutputType(0, InputType.feedForward(5)))
        .isEqualTo(InputType.recurrent(6, 5, RNNFormat.NWC));
    assertThat(single().build().getOutputType(0, InputType.feedForward(1)))
        .isEqualTo(InputType.feedForward(6));
    channelsLast.setNIn(twenty, true);
    assertThat(channelsLast.getNIn()).isEqualTo(40);
    assertThatThrownBy(() -> channelsLast.getOutputType(3, InputType.convolutional(2, 2, 1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("index 3");
    channelsLast.setIUpdater(new Adam8bit());
    assertThat(channelsLast.getMemoryReport(twenty).getParameterSize()).isEqualTo(40 * 6 + 12);
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        mistake("nIn is 0", () -> new StableEmbeddingLayer.Builder().nOut(6).build()),
        mistake("nIn is -1", () -> single().nIn(-1).build()),
        mistake("nIn is 2147483648", () -> single().nIn(1L << 31).build()),
        mistake("nOut is 0", () -> new StableEmbeddingSequenceLayer.Builder().nIn(40).build()),
        mistake("dropout", () -> single().dropOut(0.5).build()),
        mistake("weight noise", () -> single().weightNoise(new DropConnect(0.5)).build()),
        mistake("layerNormEpsilon is 0.0", () -> single().layerNormEpsilon(0)),
        mistake("layerNormEpsilon is NaN", () -> single().layerNormEpsilon(Double.NaN)),
        mistake("inputLength is 0", () -> sequence().inputLength(0)),
        mistake("outputDataFormat", () -> sequence().outputDataFormat(null)));
  }

  private static Arguments mistake(String message, ThrowingCallable code) {
    return Arguments.of(message, code);
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void mistakesAreNamed(String message, ThrowingCallable code) {
    assertThatThrownBy(code)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
