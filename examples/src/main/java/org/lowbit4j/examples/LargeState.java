package org.lowbit4j.examples;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.PagedState;
import org.lowbit4j.PagedStorage;
import org.nd4j.linalg.activations.Activation;

/**
 * Optimizer state on the disk. Stop it by whatever means, {@code kill -9} too, and start it again:
 * it goes on from the last checkpoint, and nothing but the checkpoint was left in the folder.
 */
public final class LargeState {

  /** About half of the state. */
  private static final long BUDGET = 1 << 20;

  private LargeState() {}

  /**
   * Runs the program.
   *
   * @param args a folder on a disk (target/large-state), and up to which step to train (200)
   * @throws IOException if the folder cannot be used
   */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args.length > 0 ? args[0] : "target/large-state");
    train(folder, args.length > 1 ? Integer.parseInt(args[1]) : 200, System.out);
  }

  /** Trains, from the checkpoint in the folder if there is one; returns the checkpoint. */
  static Path train(Path folder, int steps, PrintStream out) throws IOException {
    Files.createDirectories(folder);
    Path checkpoint = folder.resolve("network.zip");
    PagedStorage storage = PagedState.onDisk(folder);
    MultiLayerNetwork net;
    if (Files.exists(checkpoint)) {
      net = PagedState.restoreMultiLayerNetwork(checkpoint.toFile(), storage, BUDGET);
      out.println("Resumed at step " + net.getIterationCount());
    } else {
      net = network();
      PagedState.attach(net, storage, BUDGET);
    }
    PagedState paged = PagedState.of(net);
    while (net.getIterationCount() < steps) {
      net.fit(Patterns.batch(net.getIterationCount()));
      if (net.getIterationCount() % 10 == 0 || net.getIterationCount() == steps) {
        Path unfinished = folder.resolve("unfinished.zip"); // so that there is always a whole one
        ModelSerializer.writeModel(net, unfinished.toFile(), true);
        Files.move(unfinished, checkpoint, ATOMIC_MOVE, REPLACE_EXISTING);
        out.printf(
            "Step %d of %d: loss %.3f, %,d bytes paged in; checkpoint written%n",
            net.getIterationCount(), steps, net.score(), paged.bytesPagedIn());
      }
    }
    net.close();
    paged.close();
    return checkpoint;
  }

  private static MultiLayerNetwork network() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .seed(1)
            .updater(new Adam8bit(1e-3))
            .list(
                new DenseLayer.Builder().nIn(Patterns.FEATURES).nOut(1500).build(),
                new DenseLayer.Builder().nIn(1500).nOut(600).build(),
                new OutputLayer.Builder()
                    .nIn(600)
                    .nOut(Patterns.CLASSES)
                    .activation(Activation.SOFTMAX)
                    .build())
            .build();
    MultiLayerNetwork net = new MultiLayerNetwork(conf);
    net.init();
    return net;
  }
}
