package org.lowbit4j.examples;

import java.io.File;
import java.io.IOException;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.lowbit4j.Adam8bit;
import org.nd4j.linalg.activations.Activation;

/** Training that was interrupted ends with the same bits as training that was not. */
public final class Resume {

  private Resume() {}

  /**
   * Trains 60 steps at once, and 30 that are saved, restored and trained on.
   *
   * @param args none
   * @throws IOException if the checkpoint cannot be written
   */
  public static void main(String[] args) throws IOException {
    MultiLayerNetwork whole = network();
    train(whole, 60);

    MultiLayerNetwork interrupted = network();
    train(interrupted, 30);
    File checkpoint = File.createTempFile("resume", ".zip");
    ModelSerializer.writeModel(interrupted, checkpoint, true);
    MultiLayerNetwork resumed = ModelSerializer.restoreMultiLayerNetwork(checkpoint, true);
    train(resumed, 60);

    System.out.printf(
        "%,d bytes; parameters equal: %s, state equal: %s%n",
        checkpoint.length(),
        resumed.params().equalsWithEps(whole.params(), 0),
        resumed
            .getUpdater()
            .getStateViewArray()
            .equalsWithEps(whole.getUpdater().getStateViewArray(), 0));
    checkpoint.delete();
  }

  /** From the step at which the network is, which is part of the checkpoint. */
  private static void train(MultiLayerNetwork net, int steps) {
    while (net.getIterationCount() < steps) {
      net.fit(Patterns.batch(net.getIterationCount()));
    }
  }

  private static MultiLayerNetwork network() {
    NeuralNetConfiguration.ListBuilder layers =
        new NeuralNetConfiguration.Builder().seed(1).updater(new Adam8bit(1e-3)).list();
    layers.layer(new DenseLayer.Builder().nIn(Patterns.FEATURES).nOut(500).build());
    layers.layer(
        new OutputLayer.Builder()
            .nIn(500)
            .nOut(Patterns.CLASSES)
            .activation(Activation.SOFTMAX)
            .build());
    MultiLayerNetwork net = new MultiLayerNetwork(layers.build());
    net.init();
    return net;
  }
}
