package org.lowbit4j.examples;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.OptimManager;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;

/** A network whose optimizer state has 8 bits, and what that saves. */
public final class QuickStart {

  private QuickStart() {}

  /**
   * Trains 100 steps.
   *
   * @param args none
   */
  public static void main(String[] args) {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .seed(1)
            .updater(new Adam8bit(1e-3))
            .activation(Activation.RELU)
            .list()
            .layer(new DenseLayer.Builder().nIn(Patterns.FEATURES).nOut(1000).build())
            .layer(new DenseLayer.Builder().nIn(1000).nOut(500).build())
            .layer(
                new OutputLayer.Builder()
                    .nIn(500)
                    .nOut(Patterns.CLASSES)
                    .activation(Activation.SOFTMAX)
                    .build())
            .build();
    conf = OptimManager.of(conf).apply();
    MultiLayerNetwork net = new MultiLayerNetwork(conf);
    net.init();

    for (int step = 0; step < 100; step++) {
      net.fit(Patterns.batch(step));
      if ((step + 1) % 50 == 0) {
        System.out.printf("Step %d: loss %.3f%n", step + 1, net.score());
      }
    }
    System.out.printf(
        "%,d parameters, %,d bytes of state; ND4J's Adam has %,d%n",
        net.numParams(),
        4 * net.getUpdater().getStateViewArray().length(),
        4 * new Adam().stateSize(net.numParams()));
  }
}
