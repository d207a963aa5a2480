package org.lowbit4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;

/** Gradients are those of finite differences. */
class StableEmbeddingGradientTest {

  private static final double STEP = 1e-6;

  private static final LayerWorkspaceMgr NONE = LayerWorkspaceMgr.noWorkspaces();

  private DataType before;

  @BeforeEach
  void checkInDouble() {
    before = Nd4j.dataType();
    Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
  }

  @AfterEach
  void restore() {
    Nd4j.setDefaultDataTypes(before, before);
  }

  static Stream<StableEmbedding> layers() {
    return Stream.of(
        TokenNetworks.single(),
        TokenNetworks.sequence(),
        builder().outputDataFormat(RNNFormat.NWC).layerNormEpsilon(0.1).build(),
        builder().activation(Activation.TANH).build());
  }

  private static StableEmbeddingSequenceLayer.Builder builder() {
    return new StableEmbeddingSequenceLayer.Builder()
        .nIn(TokenNetworks.VOCABULARY)
        .nOut(TokenNetworks.SIZE);
  }

  static Stream<Arguments> layersAndMasks() {
    return layers().flatMap(l -> Stream.of(Arguments.of(l, false), Arguments.of(l, true)));
  }

  /** Without those whose output the pooling layer of these networks does not take. */
  static Stream<Arguments> layersAndMasksOfNetworks() {
    return Stream.of(
        Arguments.of(TokenNetworks.single(), false),
        Arguments.of(TokenNetworks.sequence(), false),
        Arguments.of(TokenNetworks.sequence(), true),
        Arguments.of(builder().activation(Activation.TANH).build(), true));
  }

  /** By DL4J's own tool, which checks that the layers work together, too. */
  @ParameterizedTest
  @MethodSource("layersAndMasksOfNetworks")
  void inNetworks(StableEmbedding embedding, boolean masked) {
    DataSet data = TokenNetworks.data(embedding);
    INDArray labels = data.getLabels().castTo(DataType.DOUBLE);
    INDArray mask = masked ? TokenNetworks.mask() : null;
    MultiLayerNetwork net = TokenNetworks.network(embedding, new NoOp(), DataType.DOUBLE);
    assertThat(
            GradientCheckUtil.checkGradients(
                new GradientCheckUtil.MLNConfig()
                    .net(net)
                    .input(data.getFeatures())
                    .labels(labels)
                    .inputMask(mask)
                    .excludeParams(allBut("0_", net.paramTable()))))
        .isTrue();
    ComputationGraph graph = TokenNetworks.graph(embedding, new NoOp(), DataType.DOUBLE);
    assertThat(
            GradientCheckUtil.checkGradients(
                new GradientCheckUtil.GraphConfig()
                    .net(graph)
                    .inputs(new INDArray[] {data.getFeatures()})
                    .labels(new INDArray[] {labels})
                    .inputMask(masked ? new INDArray[] {mask} : null)
                    .excludeParams(allBut("tokens_", graph.paramTable()))))
        .isTrue();
  }

  private static Set<String> allBut(String prefix, Map<String, INDArray> parameters) {
    return parameters.keySet().stream()
        .filter(name -> !name.startsWith(prefix))
        .collect(Collectors.toSet());
  }

  /** The layer alone, whose output is masked even if what follows does not know of masks. */
  @ParameterizedTest
  @MethodSource("layersAndMasks")
  void ofTheLayerAlone(StableEmbedding embedding, boolean masked) {
    MultiLayerNetwork net = TokenNetworks.network(embedding, new NoOp(), DataType.DOUBLE);
    net.initGradientsView();
    Layer layer = net.getLayer(0);
    INDArray tokens = TokenNetworks.data(embedding).getFeatures();
    if (masked) {
      layer.setMaskArray(
          TokenNetworks.mask().get(all(), interval(0, tokens.size(1))).neg().addi(1));
    }
    Nd4j.getRandom().setSeed(9);
    layer.params().addi(Nd4j.randn(layer.params().shape()).muli(0.1));
    INDArray slope = Nd4j.randn(layer.activate(tokens, true, NONE).shape());
    layer.backpropGradient(slope.dup(), NONE);
    INDArray gradient = layer.getGradientsViewArray();
    for (long i = 0; i < layer.numParams(); i++) {
      double value = layer.params().getDouble(i);
      double[] losses = new double[2];
      for (int side = 0; side < 2; side++) {
        layer.params().putScalar(i, value + STEP * (2 * side - 1));
        losses[side] = layer.activate(tokens, true, NONE).mul(slope).sumNumber().doubleValue();
      }
      layer.params().putScalar(i, value);
      double difference = (losses[1] - losses[0]) / (2 * STEP);
      assertThat(gradient.getDouble(i))
          .as("parameter %d of %s", i, embedding)
          .isCloseTo(difference, within(1e-7 * Math.max(1, Math.abs(difference))));
    }
  }
}
