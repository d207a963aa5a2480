package org.lowbit4j.examples;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.PagedState;
import org.lowbit4j.PagedStorage;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Trains a network whose optimizer state is kept on the disk, and goes on where it was stopped.
 *
 * <p>Stop it by whatever means, {@code kill -9} too, and start it again: it resumes from the last
 * checkpoint, and nothing but the checkpoint was left in the folder.
 *
 * <pre>{@code
 * mvn -q test-compile exec:exec -Dexample=org.lowbit4j.examples.PagedTraining -Dargs="target/paged-training 200"
 * }</pre>
 *
 * <p>(In a copy of the examples as a project of their own: {@code compile} in place of {@code
 * test-compile}.)
 */
public final class PagedTraining {

  private static final int FEATURES = 64;
  private static final int CLASSES = 10;
  private static final int BATCH = 32;
  private static final int CHECKPOINT_EVERY = 10;

  /** About half of the state. */
  private static final long BUDGET = 1 << 20;

  private PagedTraining() {}

  /**
   * Runs the program.
   *
   * @param args a folder on a disk, and up to which step to train (200)
   * @throws IOException if the folder cannot be used
   */
  public static void main(String[] args) throws IOException {
    if (args.length == 0) {
      System.err.println("Arguments: FOLDER [STEPS]");
      System.exit(2);
    }
    train(Path.of(args[0]), args.length > 1 ? Integer.parseInt(args[1]) : 200, System.out);
  }

  /**
   * Trains, from the checkpoint in the folder if there is one.
   *
   * @param folder where the checkpoint and, invisibly, the state are
   * @param steps up to which step
   * @param out what is printed
   * @return the checkpoint
   */
  static Path train(Path folder, int steps, PrintStream out) throws IOException {
    Files.createDirectories(folder);
    Path checkpoint = folder.resolve("network.zip");
    MultiLayerNetwork net = restoreOrMake(checkpoint, PagedState.onDisk(folder), out);
    PagedState paged = PagedState.of(net);
    out.println(paged);
    while (net.getIterationCount() < steps) {
      net.fit(batch(net.getIterationCount()));
      if (net.getIterationCount() % CHECKPOINT_EVERY == 0 || net.getIterationCount() == steps) {
        save(net, checkpoint);
        out.printf(
            Locale.ROOT,
            "Step %d of %d: loss %.3f, %,d bytes paged in, %,d out; checkpoint written%n",
            net.getIterationCount(),
            steps,
            net.score(),
            paged.bytesPagedIn(),
            paged.bytesPagedOut());
      }
    }
    net.close();
    paged.close();
    return checkpoint;
  }

  private static MultiLayerNetwork restoreOrMake(
      Path checkpoint, PagedStorage storage, PrintStream out) throws IOException {
    if (Files.exists(checkpoint)) {
      MultiLayerNetwork net =
          PagedState.restoreMultiLayerNetwork(checkpoint.toFile(), storage, BUDGET);
      out.printf("Resumed at step %d from %s%n", net.getIterationCount(), checkpoint);
      return net;
    }
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam8bit(1e-3))
                .list()
                .layer(dense(FEATURES, 1500))
                .layer(dense(1500, 600))
                .layer(
                    new OutputLayer.Builder()
                        .nIn(600)
                        .nOut(CLASSES)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
    net.init();
    PagedState.attach(net, storage, BUDGET);
    return net;
  }

  private static DenseLayer dense(int in, int out) {
    return new DenseLayer.Builder().nIn(in).nOut(out).activation(Activation.RELU).build();
  }

  /** One of ten patterns with noise, the same ones at the same step. */
  private static DataSet batch(int step) {
    Nd4j.getRandom().setSeed(1);
    INDArray patterns = Nd4j.randn(DataType.FLOAT, CLASSES, FEATURES);
    Nd4j.getRandom().setSeed(1000 + step);
    INDArray features = Nd4j.randn(DataType.FLOAT, BATCH, FEATURES).muli(2);
    INDArray labels = Nd4j.zeros(DataType.FLOAT, BATCH, CLASSES);
    for (int i = 0; i < BATCH; i++) {
      int pattern = (step * BATCH + i) % CLASSES;
      features.getRow(i).addi(patterns.getRow(pattern));
      labels.putScalar(i, pattern, 1);
    }
    return new DataSet(features, labels);
  }

  /** There is always one whole checkpoint. */
  private static void save(MultiLayerNetwork net, Path checkpoint) throws IOException {
    Path unfinished = checkpoint.resolveSibling("unfinished.zip");
    ModelSerializer.writeModel(net, unfinished.toFile(), true);
    Files.move(
        unfinished,
        checkpoint,
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }
}
