package org.lowbit4j.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.lowbit4j.Adam8bit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;

/**
 * One process of {@link WholeStep}: trains a few steps with one updater. Linux tells the memory.
 */
public final class WholeStepProcess {

  private static final int STEPS = 12;
  private static final int BATCH = 32;

  private WholeStepProcess() {}

  /**
   * Trains, and prints a line.
   *
   * @param args number of parameters, and the updater: Sgd, Adam or Adam8bit
   * @throws IOException if Linux does not tell the memory
   */
  public static void main(String[] args) throws IOException {
    double parameters = Double.parseDouble(args[0]);
    String updater = args[1];
    int width = Math.max(8, (int) Math.sqrt(parameters / 2)); // two square layers
    NeuralNetConfiguration.ListBuilder layers =
        new NeuralNetConfiguration.Builder().seed(1).updater(updater(updater)).list();
    layers.layer(new DenseLayer.Builder().nIn(width).nOut(width).build());
    layers.layer(new DenseLayer.Builder().nIn(width).nOut(width).build());
    layers.layer(
        new OutputLayer.Builder().nIn(width).nOut(10).activation(Activation.SOFTMAX).build());
    MultiLayerNetwork net = new MultiLayerNetwork(layers.build());
    net.init();
    DataSet batch =
        new DataSet(
            Nd4j.randn(DataType.FLOAT, BATCH, width), Nd4j.zeros(BATCH, 10).putScalar(0, 1));
    double[] millis = new double[STEPS];
    for (int step = -3; step < STEPS; step++) { // three to warm up
      long start = System.nanoTime();
      net.fit(batch);
      millis[Math.max(0, step)] = (System.nanoTime() - start) / 1e6;
    }
    Arrays.sort(millis);
    System.out.printf(
        "%-9s %,11d %,10d   %.0f to %.0f%n",
        updater, net.numParams(), peakMegabytes(), millis[STEPS / 4], millis[3 * STEPS / 4]);
  }

  private static IUpdater updater(String name) {
    return name.equals("Sgd")
        ? new Sgd(1e-3)
        : name.equals("Adam") ? new Adam(1e-3) : new Adam8bit(1e-3);
  }

  /** The largest resident set of this process. */
  private static long peakMegabytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1000)
        .findFirst()
        .orElseThrow();
  }
}
