package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What flows around a paged network take of memory, by all that is resident of this process. */
class PagedMemoryTest {

  private static final long MIB = 1 << 20;
  private static final long BUDGET = 16 * MIB;

  /** The heap, and what else comes and goes. */
  private static final long SLACK = 48 * MIB;

  @TempDir private Path folder;

  /** Of 10,000 parameters per input, 40 kB, and 120 kB of state. */
  private static MultiLayerNetwork network(int inputs) {
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .updater(new AdEMAMix8bit().weightDecay(0).optimBits(32))
                .list()
                .layer(
                    new DenseLayer.Builder()
                        .nIn(inputs)
                        .nOut(10_000)
                        .activation(Activation.TANH)
                        .build())
                .layer(
                    new OutputLayer.Builder()
                        .nIn(10_000)
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
    net.init();
    return net;
  }

  @Test
  void savingRestoringAndLearningRates() throws IOException {
    run(2000);
  }

  /**
   * State of 2.2 GB, which ModelSerializer cannot restore; takes 2 GB of memory, 3 of disk: mvn
   * test -Dtest=PagedMemoryTest -Dgroups=slow -DexcludedGroups=
   */
  @Test
  @Tag("slow")
  void largerThanAnArrayOfJavas() throws IOException {
    File file = run(18_000);
    assertThatThrownBy(() -> ModelSerializer.restoreMultiLayerNetwork(file, false))
        .isInstanceOf(OutOfMemoryError.class);
  }

  private File run(int inputs) throws IOException {
    PagedNetworks.folder();
    MultiLayerNetwork net = network(inputs);
    net.params().assign(0.5);
    PagedState paged = PagedState.attach(net, PagedNetworks.disk(), BUDGET);
    long parameters = net.params().length() * Float.BYTES;
    File file = folder.resolve("network.zip").toFile();
    try (ResidentMemory memory = new ResidentMemory()) {
      long before = memory.highest();
      ModelSerializer.writeModel(net, file, true);
      long growth = memory.highest() - before;
      System.out.printf("saving %,d bytes of state: %,d%n", paged.bytes(), growth);
      assertThat(growth).isLessThan(BUDGET + SLACK);
    }
    paged.close();
    net.close();
    MultiLayerNetwork restored;
    try (ResidentMemory memory = new ResidentMemory()) {
      long before = memory.highest();
      restored = PagedState.restoreMultiLayerNetwork(file, PagedNetworks.disk(), BUDGET);
      long growth = memory.highest() - before;
      System.out.printf("restoring, with %,d of parameters: %,d%n", parameters, growth);
      // DL4J allocates the gradients, too.
      assertThat(growth).isLessThan(2 * parameters + BUDGET + SLACK);
    }
    try (ResidentMemory memory = new ResidentMemory()) {
      long before = memory.highest();
      INDArray state = Networks.state(restored);
      LearningRates.of(restored).set(1e-4);
      assertThat(Networks.state(restored)).isSameAs(state);
      long growth = memory.highest() - before;
      restored.setLearningRate(1e-5);
      System.out.printf(
          "rates set by LearningRates: %,d, by DL4J: %,d%n", growth, memory.highest() - before);
      assertThat(growth).isLessThan(SLACK);
    }
    PagedState.of(restored).close();
    restored.close();
    return file;
  }
}
