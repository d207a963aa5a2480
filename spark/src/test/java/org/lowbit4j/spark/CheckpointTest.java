package org.lowbit4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lowbit4j.Adam8bit;

/** A training that breaks off in the middle of an epoch goes on as if it had not. */
class CheckpointTest {

  private static final int BATCHES = 11;

  @TempDir private Path folder;

  @Test
  void averagingOfParametersGoesOnBitForBit() throws IOException {
    MultiLayerNetwork expected = Nets.network(new Adam8bit(1e-3));
    parameters().build().fit(expected, Data.batches(BATCHES, 2), 3);
    breakOff(parameters(), Nets.network(new Adam8bit(1e-3)), 5); // of 3 rounds per epoch

    TrainingCheckpoint last = TrainingCheckpoint.latest(folder).orElseThrow();
    assertThat(last.round()).isEqualTo(2);
    MultiLayerNetwork net = last.network();
    ParameterAveraging training = parameters().checkpoints(folder, 1).build();
    training.resume(last);
    training.fit(net, Data.batches(BATCHES, 2), 2);
    Nets.assertSame(net, expected);
    assertThat(TrainingCheckpoint.latest(folder).orElseThrow().fingerprint())
        .endsWith("-" + net.getIterationCount() + "-3");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSize(2);
    }
  }

  @Test
  void averagingOfGradientsOfAGraphGoesOnBitForBit() throws IOException {
    ComputationGraph expected = Nets.graph(new Adam8bit(1e-3));
    gradients().build().fit(expected, Data.batches(BATCHES, 2), 1);
    GradientAveraging broken = gradients().checkpoints(folder, 2).listener(after(3)).build();
    assertThatThrownBy(
            () -> broken.fit(Nets.graph(new Adam8bit(1e-3)), Data.batches(BATCHES, 2), 1))
        .hasMessage("broken off");

    TrainingCheckpoint last = TrainingCheckpoint.latest(folder).orElseThrow();
    assertThat(last.round()).isEqualTo(2);
    ComputationGraph graph = last.graph();
    GradientAveraging training = gradients().build();
    training.resume(last);
    training.fit(graph, Data.batches(BATCHES, 2), 1);
    Nets.assertSame(graph, expected);
  }

  /** "Delete it" would cost the user the training. */
  @Test
  void aCheckpointOfTheOtherKindOfNetworkIsNotToBeDeleted() throws IOException {
    gradients()
        .checkpoints(folder, 5)
        .build()
        .fit(Nets.graph(new Adam8bit(1e-3)), Data.batches(2, 2), 1);
    TrainingCheckpoint graph = TrainingCheckpoint.latest(folder).orElseThrow();
    assertThatThrownBy(graph::network)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has a ComputationGraph; call graph()")
        .hasMessageNotContaining("Delete");
    Path other = folder.resolve("wow!");
    gradients()
        .checkpoints(other, 5)
        .build()
        .fit(Nets.network(new Adam8bit(1e-3)), Data.batches(2, 2), 1);
    TrainingCheckpoint network = TrainingCheckpoint.latest(other).orElseThrow();
    assertThatThrownBy(network::graph)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has a MultiLayerNetwork; call network()")
        .hasMessageNotContaining("Delete");
    assertThatThrownBy(() -> TrainingCheckpoint.read(folder.resolve("none.zip")))
        .hasMessageNotContaining("Delete");
  }

  @Test
  void anEpochsEndIsACheckpointWhateverTheDistance() throws IOException {
    MultiLayerNetwork net = Nets.network(new Adam8bit(1e-3));
    parameters().checkpoints(folder, 100).build().fit(net, Data.batches(BATCHES, 2), 1);
    TrainingCheckpoint last = TrainingCheckpoint.latest(folder).orElseThrow();
    assertThat(last.round()).isZero();
    Nets.assertSame(last.network(), net);
  }

  @Test
  void otherSettingsOrDataAreRefused() throws IOException {
    breakOff(parameters(), Nets.network(new Adam8bit(1e-3)), 1);
    TrainingCheckpoint last = TrainingCheckpoint.latest(folder).orElseThrow();
    assertThatThrownBy(() -> gradients().build().resume(last))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("what is averaged is parameters there and gradients here");
    assertThatThrownBy(
            () -> ParameterAveraging.builder().averagingFrequency(3).build().resume(last))
        .hasMessageContaining("averagingFrequency is 2 there and 3 here");

    MultiLayerNetwork net = last.network();
    ParameterAveraging training = parameters().build();
    training.resume(last);
    assertThatThrownBy(() -> training.fit(net, Data.batches(BATCHES - 1, 2), 1))
        .hasMessageContaining("the number of batches is 11 there and 10 here");
    assertThatThrownBy(
            () -> training.fit(Nets.network(new Adam8bit(1e-3)), Data.batches(BATCHES, 2), 1))
        .hasMessageContaining("the fingerprint of the network is");
    ParameterAveraging others =
        ParameterAveraging.builder().averagingFrequency(2).workers(3).build();
    others.resume(last);
    assertThatThrownBy(() -> others.fit(net, Data.batches(BATCHES, 2), 1))
        .hasMessageContaining("workers is 2 there and 3 here");
    training.fit(net, Data.batches(BATCHES, 2), 1); // what was refused has changed nothing
  }

  @Test
  void truncatedDamagedAndForeignFilesAreRefused() throws IOException {
    MultiLayerNetwork net = Nets.network(new Adam8bit(1e-3));
    parameters().checkpoints(folder, 1).build().fit(net, Data.batches(BATCHES, 2), 1);
    Path file = TrainingCheckpoint.latest(folder).orElseThrow().file();
    byte[] whole = Files.readAllBytes(file);
    for (int length : new int[] {0, 1, whole.length / 2, whole.length - 1}) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> TrainingCheckpoint.latest(folder))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file + " cannot be used as a checkpoint")
          .hasMessageContaining("Delete it");
    }
    for (int at = whole.length / 5; at < whole.length; at += whole.length / 5) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x10;
      Files.write(file, damaged);
      assertThatThrownBy(() -> TrainingCheckpoint.read(file).network())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("cannot be used as a checkpoint");
    }
    Files.write(file, whole);
    Path foreign = folder.resolve("foreign.zip");
    ModelSerializer.writeModel(net, foreign.toFile(), true);
    assertThatThrownBy(() -> TrainingCheckpoint.read(foreign))
        .hasMessageContaining("a training on Spark did not write it");
    Nets.assertSame(ModelSerializer.restoreMultiLayerNetwork(file.toFile(), true), net);
  }

  /** Else the new ones would be taken for the older ones, and deleted. */
  @Test
  void aFolderOfATrainingThatIsFurtherOnIsRefused() {
    MultiLayerNetwork net = Nets.network(new Adam8bit(1e-3));
    ParameterAveraging training = parameters().checkpoints(folder, 1).build();
    training.fit(net, Data.batches(BATCHES, 2), 1);
    assertThatThrownBy(
            () -> training.fit(Nets.network(new Adam8bit(1e-3)), Data.batches(BATCHES, 2), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("The network is at step 0");
    training.fit(net, Data.batches(BATCHES, 2), 1);
  }

  @Test
  void whatIsNoFolderIsRefusedAtOnce() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    MultiLayerNetwork net = Nets.network(new Adam8bit(1e-3));
    ParameterAveraging training = parameters().checkpoints(file, 1).build();
    assertThatThrownBy(() -> training.fit(net, Data.batches(BATCHES, 2), 1))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("Checkpoints cannot be written to " + file);
    assertThat(net.getIterationCount()).isZero();
  }

  /** A folder in the place of the file, as writing anything else may fail. */
  @Test
  void aCheckpointThatCannotBeWrittenEndsTheTraining() throws IOException {
    MultiLayerNetwork net = Nets.network(new Adam8bit(1e-3));
    Files.createDirectories(folder.resolve("step-0000000002.zip.part").resolve("full"));
    ParameterAveraging training = parameters().checkpoints(folder, 1).build();
    assertThatThrownBy(() -> training.fit(net, Data.batches(BATCHES, 2), 1))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("The checkpoint was not written, training ends");
  }

  private static ParameterAveraging.Builder parameters() {
    return ParameterAveraging.builder().workers(2).averagingFrequency(2);
  }

  private static GradientAveraging.Builder gradients() {
    return GradientAveraging.builder().workers(2);
  }

  private void breakOff(ParameterAveraging.Builder builder, MultiLayerNetwork net, int rounds) {
    ParameterAveraging broken = builder.checkpoints(folder, 1).listener(after(rounds)).build();
    assertThatThrownBy(() -> broken.fit(net, Data.batches(BATCHES, 2), 3)).hasMessage("broken off");
  }

  private static java.util.function.Consumer<Round> after(int rounds) {
    int[] left = {rounds};
    return round -> {
      if (--left[0] == 0) {
        throw new IllegalStateException("broken off");
      }
    };
  }
}
