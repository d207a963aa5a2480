package org.lowbit4j.examples;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.lowbit4j.AdamW8bit;
import org.lowbit4j.OptimManager;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;

/** A network trained by ND4J's Adam, its first layer frozen, the others tuned by AdamW8bit. */
public final class FineTuning {

  private FineTuning() {}

  /**
   * Trains, transfers and tunes.
   *
   * @param args none
   */
  public static void main(String[] args) {
    NeuralNetConfiguration.ListBuilder layers =
        new NeuralNetConfiguration.Builder().seed(1).updater(new Adam(1e-3)).list();
    layers.layer(new DenseLayer.Builder().nIn(Patterns.FEATURES).nOut(500).build());
    layers.layer(new DenseLayer.Builder().nIn(500).nOut(200).build());
    layers.layer(
        new OutputLayer.Builder()
            .nIn(200)
            .nOut(Patterns.CLASSES)
            .activation(Activation.SOFTMAX)
            .build());
    MultiLayerNetwork trained = new MultiLayerNetwork(layers.build());
    trained.init();
    train(trained, 50);

    MultiLayerNetwork tuned =
        new TransferLearning.Builder(trained)
            .fineTuneConfiguration(
                new FineTuneConfiguration.Builder().updater(new AdamW8bit(1e-4)).build())
            .setFeatureExtractor(0)
            .build();
    // After TransferLearning, before the first step: installs the weight decay.
    OptimManager.of(tuned.getLayerWiseConfigurations()).apply();
    System.out.println(OptimManager.of(tuned.getLayerWiseConfigurations()).describe());
    train(tuned, 100);
  }

  private static void train(MultiLayerNetwork net, int steps) {
    for (int step = 0; step < steps; step++) {
      net.fit(Patterns.batch(step));
    }
    System.out.printf("Loss %.3f%n", net.score());
  }
}
