package org.lowbit4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.AttentionVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.GravesBidirectionalLSTM;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocallyConnected2D;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.RecurrentAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.misc.ElementWiseMultiplicationLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.conf.layers.variational.VariationalAutoencoder;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.OptimManager;
import org.lowbit4j.layers.StableEmbeddingSequenceLayer;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Nesterovs;

/** What is told of updater blocks without a network, beside the blocks of the network. */
@SuppressWarnings("deprecation")
class BlockDivisionTest {

  static Stream<MultiLayerConfiguration> networks() {
    return Stream.of(
        images(
            new ConvolutionLayer.Builder(3, 3).nOut(4).build(),
            new BatchNormalization(),
            new DepthwiseConvolution2D.Builder(2, 2).depthMultiplier(2).build(),
            new SeparableConvolution2D.Builder(2, 2).nOut(3).hasBias(false).build(),
            new SubsamplingLayer.Builder().build(),
            new LocallyConnected2D.Builder().kernelSize(2, 2).stride(1, 1).nOut(2).build(),
            new Deconvolution2D.Builder(2, 2).nOut(3).build(),
            new PReLULayer.Builder().inputShape(3, 6, 6).sharedAxes(2, 3).build(),
            new OutputLayer.Builder().nOut(3).build()),
        sequences(
            new LSTM.Builder().nOut(5).biasUpdater(new Nesterovs(1e-2)).build(),
            new GravesBidirectionalLSTM.Builder().nOut(4).build(),
            new Bidirectional(Bidirectional.Mode.CONCAT, new SimpleRnn.Builder().nOut(3).build()),
            new SelfAttentionLayer.Builder().nOut(4).nHeads(2).projectInput(true).build(),
            new RecurrentAttentionLayer.Builder().nIn(4).nOut(4).nHeads(1).build(),
            new GlobalPoolingLayer(),
            new OutputLayer.Builder().nOut(3).build()),
        flat(
            new FrozenLayer(new DenseLayer.Builder().nIn(6).nOut(6).build()),
            new FrozenLayerWithBackprop(new DenseLayer.Builder().nIn(6).nOut(6).build()),
            new DenseLayer.Builder().nOut(7).hasLayerNorm(true).updater(new Adam(1e-4)).build(),
            new DenseLayer.Builder().nOut(7).hasBias(false).build(),
            new ElementWiseMultiplicationLayer.Builder().nIn(7).nOut(7).build(),
            new VariationalAutoencoder.Builder().encoderLayerSizes(5).nOut(4).build(),
            new VariationalAutoencoder.Builder().decoderLayerSizes(5, 6).nOut(4).build(),
            new CenterLossOutputLayer.Builder().nOut(3).build()),
        new NeuralNetConfiguration.Builder()
            .updater(new Adam8bit(1e-2))
            .list()
            .layer(new EmbeddingLayer.Builder().nIn(50).nOut(6).hasBias(true).build())
            .layer(new OutputLayer.Builder().nIn(6).nOut(3).build())
            .build(),
        new NeuralNetConfiguration.Builder()
            .updater(new Adam8bit(1e-2))
            .list()
            .layer(
                new StableEmbeddingSequenceLayer.Builder().nIn(50).nOut(6).inputLength(4).build())
            .layer(new GlobalPoolingLayer())
            .layer(new OutputLayer.Builder().nIn(6).nOut(3).build())
            .build());
  }

  private static MultiLayerConfiguration images(Layer... layers) {
    return of(InputType.convolutional(12, 12, 2), layers);
  }

  private static MultiLayerConfiguration sequences(Layer... layers) {
    return of(InputType.recurrent(4, 6), layers);
  }

  private static MultiLayerConfiguration flat(Layer... layers) {
    return of(InputType.feedForward(6), layers);
  }

  private static MultiLayerConfiguration of(InputType input, Layer... layers) {
    NeuralNetConfiguration.ListBuilder list =
        new NeuralNetConfiguration.Builder().seed(1).updater(new Adam8bit(1e-2)).list();
    for (Layer layer : layers) {
      list.layer(layer);
    }
    return list.setInputType(input).build();
  }

  @ParameterizedTest
  @MethodSource("networks")
  void blocksAreThoseOfTheNetwork(MultiLayerConfiguration conf) {
    String json = conf.toJson();
    MultiLayerNetwork net = new MultiLayerNetwork(conf);
    net.init();
    assertThat(told(BlockDivision.of(MultiLayerConfiguration.fromJson(json))))
        .isEqualTo(found((BaseMultiLayerUpdater<?>) net.getUpdater()));
  }

  @Test
  void blocksOfGraphsFollowTheGraph() {
    ComputationGraphConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(new Adam8bit(1e-2))
            .graphBuilder()
            .addInputs("b", "a")
            // Named against the order in which they are computed.
            .addLayer("out", new OutputLayer.Builder().nOut(3).build(), "pool")
            .addLayer("pool", new GlobalPoolingLayer(), "merged")
            .addVertex("merged", new MergeVertex(), "att", "second")
            .addVertex(
                "att",
                new AttentionVertex.Builder()
                    .nInKeys(4)
                    .nInValues(4)
                    .nInQueries(4)
                    .nOut(4)
                    .nHeads(2)
                    .projectInput(true)
                    .build(),
                "first",
                "first",
                "first")
            .addLayer(
                "second", new LSTM.Builder().nOut(3).updater(new Nesterovs(1e-2)).build(), "first")
            .addLayer("first", new LSTM.Builder().nOut(4).build(), "a", "b")
            .setOutputs("out")
            .setInputTypes(InputType.recurrent(4, 5), InputType.recurrent(2, 5))
            .build();
    OptimManager.of(conf).apply(); // DL4J leaves attention vertices without an updater
    ComputationGraph net =
        new ComputationGraph(ComputationGraphConfiguration.fromJson(conf.toJson()));
    net.init();
    List<String> expected = found((BaseMultiLayerUpdater<?>) net.getUpdater());
    assertThat(told(BlockDivision.of(conf))).isEqualTo(expected);
    String saved = net.getConfiguration().toJson();
    assertThat(told(BlockDivision.of(ComputationGraphConfiguration.fromJson(saved))))
        .isEqualTo(expected);
  }

  private static List<String> told(List<BlockDivision.Block> blocks) {
    List<String> lines = new ArrayList<>();
    for (BlockDivision.Block block : blocks) {
      StringBuilder line = new StringBuilder(block.updater().getClass().getSimpleName());
      block.variables().forEach(v -> line.append(' ').append(v.name()).append(v.elements()));
      lines.add(line.append(' ').append(block.words()).toString());
    }
    return lines;
  }

  private static List<String> found(BaseMultiLayerUpdater<?> updater) {
    List<String> lines = new ArrayList<>();
    for (UpdaterBlock block : updater.getUpdaterBlocks()) {
      StringBuilder line =
          new StringBuilder(block.getGradientUpdater().getConfig().getClass().getSimpleName());
      block
          .getLayersAndVariablesInBlock()
          .forEach(
              p ->
                  line.append(' ')
                      .append(p.getParamName())
                      .append(p.getParamOffsetEnd() - p.getParamOffsetStart()));
      int words = block.getUpdaterViewOffsetEnd() - block.getUpdaterViewOffsetStart();
      lines.add(line.append(' ').append(words).toString());
    }
    return lines;
  }
}
