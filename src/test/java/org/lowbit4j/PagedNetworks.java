package org.lowbit4j;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.lowbit4j.paging.PageFile;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;

/** Networks with more state than the least budget, and a folder on a disk. */
public final class PagedNetworks {

  /** The least: an eighth of it is a chunk. */
  static final long BUDGET = PageFile.LEAST_BUDGET;

  /** Not the system's temporary folder, which may be in memory. */
  static final String FOLDER = "target/paged";

  private PagedNetworks() {}

  static Path folder() {
    try {
      Path folder = Path.of(FOLDER);
      Files.createDirectories(folder);
      PageFile.load();
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (UnsupportedOperationException e) {
      assumeTrue(false, "SKIPPED, paging is not tested: " + e.getMessage());
      throw e;
    }
  }

  /** Whether there is a native library for it. */
  public static boolean isPagingHere() {
    try {
      PageFile.load();
      return true;
    } catch (UnsupportedOperationException e) {
      return false;
    }
  }

  static PagedStorage disk() {
    return PagedState.onDisk(folder());
  }

  /** 20-1400-400-5, 591,805 parameters, for {@link Networks#data}. */
  static MultiLayerConfiguration configuration(IUpdater updater, DataType type) {
    return new NeuralNetConfiguration.Builder()
        .seed(7)
        .dataType(type)
        .updater(updater)
        .list()
        .layer(
            new DenseLayer.Builder()
                .nIn(Networks.FEATURES)
                .nOut(1400)
                .activation(Activation.TANH)
                .build())
        .layer(new DenseLayer.Builder().nIn(1400).nOut(400).activation(Activation.TANH).build())
        .layer(
            new OutputLayer.Builder()
                .nIn(400)
                .nOut(Networks.CLASSES)
                .activation(Activation.SOFTMAX)
                .build())
        .build();
  }

  static MultiLayerNetwork network(IUpdater updater, DataType type) {
    MultiLayerNetwork net = new MultiLayerNetwork(configuration(updater, type));
    net.init();
    return net;
  }

  static MultiLayerNetwork network() {
    return network(new Adam8bit(1e-3), DataType.FLOAT);
  }
}
