package org.lowbit4j.examples;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.lowbit4j.AdamW8bit;
import org.lowbit4j.LearningRates;
import org.lowbit4j.OptimManager;
import org.nd4j.linalg.activations.Activation;

/** Bits, weight decay, clipping and learning rates, layer by layer. */
public final class PerLayer {

  private PerLayer() {}

  /**
   * Prints what each layer has, and trains.
   *
   * @param args none
   */
  public static void main(String[] args) {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .seed(1)
            .updater(new AdamW8bit(1e-3))
            .list()
            .layer(
                new DenseLayer.Builder()
                    .name("first")
                    .nIn(Patterns.FEATURES)
                    .nOut(500)
                    .activation(Activation.RELU)
                    .build())
            .layer(
                new OutputLayer.Builder()
                    .name("head")
                    .nIn(500)
                    .nOut(Patterns.CLASSES)
                    .activation(Activation.SOFTMAX)
                    .build())
            .build();
    OptimManager<MultiLayerConfiguration> manager =
        OptimManager.of(conf)
            .weightDecay(0.05)
            .smallParameters()
            .optimBits(32)
            .layer("head")
            .percentileClipping(5)
            .learningRate(5e-4);
    System.out.println(manager.describe());
    MultiLayerNetwork net = new MultiLayerNetwork(manager.apply());
    net.init();
    for (int step = 0; step < 100; step++) {
      if (step == 80) {
        LearningRates.of(net).set("first", 1e-4); // the state is kept
      }
      net.fit(Patterns.batch(step));
    }
    System.out.printf("Loss %.3f%n", net.score());
  }
}
