package org.lowbit4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.preprocessor.NormalizerStandardize;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;

/** Small networks, trained a few steps. */
final class Networks {

  static final int IN = 20;

  private Networks() {}

  static DataSet data(DataType type) {
    Nd4j.getRandom().setSeed(5);
    INDArray labels = Nd4j.zeros(type, 12, 3);
    for (int i = 0; i < 12; i++) {
      labels.putScalar(i, i % 3, 1);
    }
    return new DataSet(Nd4j.rand(type, 12, IN), labels);
  }

  static MultiLayerNetwork network(IUpdater updater, DataType type) {
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(3)
                .dataType(type)
                .updater(updater)
                .list()
                .layer(
                    new FrozenLayer(
                        new DenseLayer.Builder().nIn(IN).nOut(IN).updater(updater).build()))
                .layer(new DenseLayer.Builder().nOut(250).activation(Activation.TANH).build())
                .layer(new BatchNormalization())
                .layer(new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.feedForward(IN))
                .build());
    net.init();
    train(net, type);
    return net;
  }

  static ComputationGraph graph(IUpdater updater) {
    ComputationGraph net =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(updater)
                .graphBuilder()
                .addInputs("in")
                .addLayer("hidden", new DenseLayer.Builder().nOut(250).build(), "in")
                .addLayer(
                    "out",
                    new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build(),
                    "hidden")
                .setOutputs("out")
                .setInputTypes(InputType.feedForward(IN))
                .build());
    net.init();
    for (int i = 0; i < 4; i++) {
      net.fit(data(DataType.FLOAT));
    }
    return net;
  }

  static void train(MultiLayerNetwork net, DataType type) {
    for (int i = 0; i < 4; i++) {
      net.fit(data(type));
    }
  }

  /** With a normalizer, which is an entry of its own. */
  static Path save(Model net, Path file) throws IOException {
    NormalizerStandardize normalizer = new NormalizerStandardize();
    normalizer.fit(data(DataType.FLOAT));
    ModelSerializer.writeModel(net, file.toFile(), true);
    ModelSerializer.addNormalizerToModel(file.toFile(), normalizer);
    return file;
  }
}
