package org.lowbit4j.examples.wordnet;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** The classifier: the mean of the words' embeddings, dense layers, softmax. */
public final class WordNetNetwork {

  private WordNetNetwork() {}

  /**
   * Builds and initializes the network: [n, 20] word ids and mask to [n, 45] probabilities.
   *
   * @param options sizes, data type and seed
   * @param choice decides the embedding and all updaters
   * @return the network, the same for the same options
   */
  public static MultiLayerNetwork build(WordNetOptions options, UpdaterChoice choice) {
    MultiLayerConfiguration conf =
        configuration(options, choice.updater(options), choice.embedding(options));
    MultiLayerNetwork network = new MultiLayerNetwork(choice.configure(conf));
    network.init();
    return network;
  }

  /**
   * Configures the network.
   *
   * @param options sizes, data type and seed
   * @param updater of all layers that have none of their own
   * @param embedding the first layer
   * @return a new configuration
   */
  public static MultiLayerConfiguration configuration(
      WordNetOptions options, IUpdater updater, Layer embedding) {
    var layers =
        new NeuralNetConfiguration.Builder()
            .seed(options.seed())
            .dataType(options.precision().dataType())
            .activation(Activation.RELU)
            .weightInit(WeightInit.RELU)
            .updater(updater)
            .list()
            .layer(embedding)
            .layer(new GlobalPoolingLayer(PoolingType.AVG));
    int width = options.embedding();
    for (int units : options.hidden()) {
      layers.layer(new DenseLayer.Builder().nIn(width).nOut(units).build());
      width = units;
    }
    layers.layer(
        new OutputLayer.Builder(LossFunction.MCXENT)
            .nIn(width)
            .nOut(WordNetGlosses.CATEGORIES)
            .activation(Activation.SOFTMAX)
            .build());
    return layers.build();
  }
}
