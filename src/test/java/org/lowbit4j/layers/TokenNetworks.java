package org.lowbit4j.layers;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;

/** Small classifiers of tokens and of sequences of tokens, and their data. */
final class TokenNetworks {

  static final int VOCABULARY = 40;
  static final int SIZE = 6;
  static final int LENGTH = 5;
  static final int CLASSES = 3;
  private static final int EXAMPLES = 24;

  private TokenNetworks() {}

  static StableEmbeddingLayer single() {
    return new StableEmbeddingLayer.Builder().nIn(VOCABULARY).nOut(SIZE).build();
  }

  static StableEmbeddingSequenceLayer sequence() {
    return new StableEmbeddingSequenceLayer.Builder().nIn(VOCABULARY).nOut(SIZE).build();
  }

  /** The embedding, the mean over the steps if it gives sequences, and dense layers. */
  static MultiLayerNetwork network(Layer embedding, IUpdater updater, DataType type) {
    return network(embedding, updater, type, b -> b);
  }

  static MultiLayerNetwork network(
      Layer embedding,
      IUpdater updater,
      DataType type,
      Function<NeuralNetConfiguration.Builder, NeuralNetConfiguration.Builder> options) {
    NeuralNetConfiguration.ListBuilder layers =
        options.apply(global(updater, type)).list().layer(embedding);
    if (embedding instanceof StableEmbeddingSequenceLayer) {
      layers.layer(new GlobalPoolingLayer(PoolingType.AVG));
    }
    MultiLayerNetwork net = new MultiLayerNetwork(layers.layer(dense()).layer(output()).build());
    net.init();
    return net;
  }

  static ComputationGraph graph(Layer embedding, IUpdater updater, DataType type) {
    boolean sequences = embedding instanceof StableEmbeddingSequenceLayer;
    var builder =
        global(updater, type).graphBuilder().addInputs("in").addLayer("tokens", embedding, "in");
    if (sequences) {
      builder.addLayer("mean", new GlobalPoolingLayer(PoolingType.AVG), "tokens");
    }
    ComputationGraph net =
        new ComputationGraph(
            builder
                .addLayer("dense", dense(), sequences ? "mean" : "tokens")
                .addLayer("out", output(), "dense")
                .setOutputs("out")
                .build());
    net.init();
    return net;
  }

  private static NeuralNetConfiguration.Builder global(IUpdater updater, DataType type) {
    return new NeuralNetConfiguration.Builder().seed(5).dataType(type).updater(updater);
  }

  /** More than 4096 parameters, so that its state has 8 bits. */
  private static Layer dense() {
    return new DenseLayer.Builder().nIn(SIZE).nOut(600).activation(Activation.TANH).build();
  }

  private static Layer output() {
    return new OutputLayer.Builder().nIn(600).nOut(CLASSES).activation(Activation.SOFTMAX).build();
  }

  /** Tokens whose remainder is their class, in the first step of a sequence. */
  static DataSet data(Layer embedding) {
    boolean sequences = embedding instanceof StableEmbeddingSequenceLayer;
    Random random = new Random(3);
    INDArray tokens = Nd4j.create(DataType.FLOAT, EXAMPLES, sequences ? LENGTH : 1);
    INDArray labels = Nd4j.zeros(DataType.FLOAT, EXAMPLES, CLASSES);
    for (int i = 0; i < EXAMPLES; i++) {
      for (int j = 0; j < tokens.size(1); j++) {
        tokens.putScalar(i, j, random.nextInt(VOCABULARY));
      }
      labels.putScalar(i, tokens.getInt(i, 0) % CLASSES, 1);
    }
    return new DataSet(tokens, labels);
  }

  /** Sequences of 1 to LENGTH steps; of every example the first step is there. */
  static INDArray mask() {
    INDArray mask = Nd4j.zeros(DataType.FLOAT, EXAMPLES, LENGTH);
    for (int i = 0; i < EXAMPLES; i++) {
      for (int j = 0; j <= i % LENGTH; j++) {
        mask.putScalar(i, j, 1);
      }
    }
    return mask;
  }

  static DataSet masked(DataSet data) {
    return new DataSet(data.getFeatures(), data.getLabels(), mask(), null);
  }

  /** The width of the state of every updater block that belongs to a low-bit updater. */
  static List<Integer> bits(BaseMultiLayerUpdater<? extends Model> updater) {
    List<Integer> bits = new ArrayList<>();
    updater
        .getUpdaterBlocks()
        .forEach(
            b -> bits.add(((LowBitConfig<?>) b.getGradientUpdater().getConfig()).getOptimBits()));
    return bits;
  }
}
