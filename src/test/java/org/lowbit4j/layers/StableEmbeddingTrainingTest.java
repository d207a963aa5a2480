package org.lowbit4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import java.util.Arrays;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.RMSprop8bit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

/** Networks with stable embeddings in DL4J's training flows. */
class StableEmbeddingTrainingTest {

  static Stream<Arguments> layersAndTypes() {
    return Stream.of(DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16)
        .flatMap(
            t ->
                Stream.of(
                    Arguments.of(TokenNetworks.single(), t),
                    Arguments.of(TokenNetworks.sequence(), t)));
  }

  private static DataSet typed(DataSet data, DataType type) {
    return new DataSet(data.getFeatures(), data.getLabels().castTo(type));
  }

  private static void train(MultiLayerNetwork net, DataSet data, int steps) {
    for (int i = 0; i < steps; i++) {
      net.fit(data);
    }
  }

  /** The cross-entropy; DL4J's own is NaN for a HALF network that is certain: 0 log(0). */
  private static double loss(INDArray output, DataSet data) {
    double sum = 0;
    for (int i = 0; i < output.rows(); i++) {
      for (int j = 0; j < output.columns(); j++) {
        if (data.getLabels().getDouble(i, j) == 1) {
          sum -= Math.log(output.getDouble(i, j));
        }
      }
    }
    return sum / output.rows();
  }

  @ParameterizedTest
  @MethodSource("layersAndTypes")
  void lossFallsAndOnlyTheEmbeddingHas32BitState(StableEmbedding embedding, DataType type) {
    DataSet data = typed(TokenNetworks.data(embedding), type);
    MultiLayerNetwork net =
        TokenNetworks.network(embedding, new Adam8bit(1e-2).dataType(type), type);
    double before = loss(net.output(data.getFeatures()), data);
    train(net, data, 30);
    assertThat(loss(net.output(data.getFeatures()), data)).isLessThan(0.1 * before);
    assertThat(TokenNetworks.bits((MultiLayerUpdater) net.getUpdater())).containsExactly(32, 8);

    ComputationGraph graph =
        TokenNetworks.graph(
            (StableEmbedding) embedding.clone(), new Adam8bit(1e-2).dataType(type), type);
    for (int i = 0; i < 30; i++) {
      graph.fit(data);
    }
    assertThat(loss(graph.outputSingle(data.getFeatures()), data)).isLessThan(0.1 * before);
    assertThat(TokenNetworks.bits(graph.getUpdater())).containsExactly(32, 8);
  }

  @Test
  void biasesMayHaveAnUpdaterOfTheirOwn() {
    StableEmbedding embedding = TokenNetworks.single();
    embedding.setBiasUpdater(new RMSprop8bit(1e-3));
    MultiLayerNetwork net = TokenNetworks.network(embedding, new Adam8bit(1e-2), DataType.FLOAT);
    train(net, TokenNetworks.data(embedding), 2);
    // W, b, g and what follows
    assertThat(TokenNetworks.bits((MultiLayerUpdater) net.getUpdater()))
        .containsExactly(32, 32, 32, 8);
  }

  @Test
  void theLearningRateOfANetworkReachesTheEmbedding() {
    StableEmbedding embedding = TokenNetworks.sequence();
    DataSet data = TokenNetworks.data(embedding);
    MultiLayerNetwork net = TokenNetworks.network(embedding, new Adam8bit(1e-2), DataType.FLOAT);
    train(net, data, 3);
    INDArray state = net.getUpdater().getStateViewArray().dup();
    INDArray parameters = net.params().dup();
    net.setLearningRate(0);
    assertThat(net.getUpdater().getStateViewArray()).isEqualTo(state);
    train(net, data, 1);
    assertThat(net.params()).isEqualTo(parameters);
    assertThat(net.getLearningRate(0)).isZero();

    net.setLearningRate(0, 1e-3);
    train(net, data, 1);
    INDArray step = net.params().sub(parameters);
    long n = net.getLayer(0).numParams();
    assertThat(largest(step, 0, n)).isPositive();
    assertThat(largest(step, n, step.length())).isZero();
    assertThat(TokenNetworks.bits((MultiLayerUpdater) net.getUpdater())).containsExactly(32, 8);
  }

  private static double largest(INDArray array, long from, long to) {
    return array.get(interval(from, to)).amaxNumber().doubleValue();
  }

  /** Weight decay reaches "W", of which a step without gradient shows the decay alone. */
  @Test
  void regularizationReachesTheWeightsOnly() {
    StableEmbedding embedding = new StableEmbeddingLayer.Builder().nIn(40).nOut(6).l2(0.5).build();
    MultiLayerNetwork net = TokenNetworks.network(embedding, new Sgd(1), DataType.FLOAT);
    INDArray before = net.getParam("0_W").dup();
    DataSet data = TokenNetworks.data(embedding);
    data.getFeatures().assign(0);
    train(net, data, 1);
    for (int i = 1; i < 40; i++) {
      assertThat(net.getParam("0_W").getRow(i).equalsWithEps(before.getRow(i).mul(0.5), 1e-6))
          .isTrue();
    }
    assertThat(net.calcRegularizationScore(true)).isPositive();
  }

  @Test
  void networksAreClonedWithTheirState() {
    StableEmbedding embedding = TokenNetworks.sequence();
    DataSet data = TokenNetworks.masked(TokenNetworks.data(embedding));
    MultiLayerNetwork net = TokenNetworks.network(embedding, new Adam8bit(1e-2), DataType.FLOAT);
    train(net, data, 5);
    MultiLayerNetwork copy = net.clone();
    train(net, data, 5);
    train(copy, data, 5);
    assertThat(copy.params()).isEqualTo(net.params());
    assertThat(copy.output(data.getFeatures())).isEqualTo(net.output(data.getFeatures()));
    assertThat(net.toComputationGraph().outputSingle(data.getFeatures()))
        .isEqualTo(net.output(data.getFeatures()));
  }

  @Test
  void frozenEmbeddingsStayAsTheyAre() {
    for (StableEmbedding embedding :
        Arrays.asList(TokenNetworks.single(), TokenNetworks.sequence())) {
      DataSet data = TokenNetworks.data(embedding);
      MultiLayerNetwork trained =
          TokenNetworks.network(embedding, new Adam8bit(1e-2), DataType.FLOAT);
      train(trained, data, 5);
      MultiLayerNetwork net =
          new TransferLearning.Builder(trained)
              .fineTuneConfiguration(
                  new FineTuneConfiguration.Builder().updater(new Adam8bit(1e-3)).build())
              .setFeatureExtractor(0)
              .build();
      assertThat(net.getLayerWiseConfigurations().getConf(0).getLayer())
          .isInstanceOf(FrozenLayer.class);
      double before = net.score(data);
      train(net, data, 10);
      assertThat(net.score(data)).isLessThan(before);
      assertThat(net.getLayer(0).params()).isEqualTo(trained.getLayer(0).params());
      assertThat(net.getOutputLayer().params()).isNotEqualTo(trained.getOutputLayer().params());
    }
  }

  @Test
  void fineTuningKeeps32Bits() {
    StableEmbedding embedding = TokenNetworks.single();
    MultiLayerNetwork trained =
        TokenNetworks.network(embedding, new Adam8bit(1e-2), DataType.FLOAT);
    MultiLayerNetwork net =
        new TransferLearning.Builder(trained)
            .fineTuneConfiguration(
                new FineTuneConfiguration.Builder().updater(new Adam8bit(1e-3)).build())
            .removeOutputLayer()
            .addLayer(
                new OutputLayer.Builder()
                    .nIn(600)
                    .nOut(TokenNetworks.CLASSES)
                    .activation(Activation.SOFTMAX)
                    .build())
            .build();
    train(net, TokenNetworks.data(embedding), 5);
    assertThat(TokenNetworks.bits((MultiLayerUpdater) net.getUpdater())).startsWith(32, 8);
    assertThat(net.getLearningRate(0)).isEqualTo(1e-3);
  }

  @Test
  void givenVectorsAreTheRowsAndTrainAsSuch() {
    INDArray vectors = Nd4j.randn(DataType.FLOAT, 40, 6);
    StableEmbedding embedding = new StableEmbeddingLayer.Builder().weightInit(vectors).build();
    assertThat(embedding.getNIn()).isEqualTo(40);
    MultiLayerNetwork net = TokenNetworks.network(embedding, new Sgd(1), DataType.FLOAT);
    assertThat(net.getParam("0_W")).isEqualTo(vectors);
    DataSet data = TokenNetworks.data(embedding);
    data.getFeatures().assign(7);
    train(net, data, 1);
    for (int i = 0; i < 40; i++) {
      assertThat(net.getParam("0_W").getRow(i).equals(vectors.getRow(i)))
          .as("token %d", i)
          .isEqualTo(i != 7);
    }
  }

  /** Recurrent layers after the sequence, and DL4J's pre-processors around single tokens. */
  @Test
  void sequencesGoThroughRecurrentLayersAndPreProcessors() {
    DataSet data = TokenNetworks.data(TokenNetworks.sequence());
    INDArray tokens = data.getFeatures().reshape(24, 1, 5);
    INDArray labels = Nd4j.zeros(24, 3, 5);
    for (int i = 0; i < 24; i++) {
      for (int j = 0; j < 5; j++) {
        labels.putScalar(i, tokens.getInt(i, 0, j) % 3, j, 1);
      }
    }
    for (boolean single : new boolean[] {true, false}) {
      var layers = new NeuralNetConfiguration.Builder().seed(5).updater(new Adam8bit(1e-2)).list();
      if (single) {
        layers.layer(TokenNetworks.single()).layer(new DenseLayer.Builder().nOut(20).build());
      } else {
        layers.layer(TokenNetworks.sequence());
      }
      MultiLayerNetwork net =
          new MultiLayerNetwork(
              layers
                  .layer(new LSTM.Builder().nOut(20).build())
                  .layer(
                      new RnnOutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build())
                  .setInputType(InputType.recurrent(1, 5))
                  .build());
      net.init();
      assertThat(((BaseLayer<?>) net.getLayer(0)).layerConf().initializer())
          .isSameAs(StableEmbeddingParamInitializer.INSTANCE);
      DataSet sequences = new DataSet(tokens, labels, TokenNetworks.mask(), TokenNetworks.mask());
      double before = net.score(sequences);
      train(net, sequences, 40);
      assertThat(net.score(sequences)).isLessThan(0.5 * before);
    }
  }
}
