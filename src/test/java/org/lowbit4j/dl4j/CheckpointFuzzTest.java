package org.lowbit4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lowbit4j.LAMB8bit;
import org.lowbit4j.OptimManager;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Checkpoints with whatever in them: each is read, or refused by an IOException, and no JVM dies of
 * it. The number of an input is its seed; {@code -Dlowbit4j.fuzz.inputs=100000} is for the slow
 * test.
 */
class CheckpointFuzzTest {

  private static final int FEW = 150;

  @TempDir private Path folder;

  @Test
  void damagedCheckpointsAreRefused() throws IOException {
    Outcome outcome = fuzz(FEW);
    assertThat(outcome.failures).isEmpty();
    assertThat(outcome.refused).isGreaterThan(FEW / 2);
  }

  @Test
  @Tag("slow")
  void manyDamagedCheckpointsAreRefused() throws IOException {
    Outcome outcome = fuzz(Integer.getInteger("lowbit4j.fuzz.inputs", 100_000));
    System.out.printf("%d refused, %d read%n", outcome.refused, outcome.read);
    assertThat(outcome.failures).isEmpty();
  }

  private static final class Outcome {
    private final List<String> failures = new ArrayList<>();
    private int refused;
    private int read;
  }

  private Outcome fuzz(int inputs) throws IOException {
    MultiLayerNetwork net = network();
    List<Map<String, byte[]>> files = List.of(entries(net), entries(net.toComputationGraph()));
    Outcome outcome = new Outcome();
    for (int seed = 0; seed < inputs && outcome.failures.size() < 20; seed++) {
      Random random = new Random(seed);
      File file = write(files.get(seed % 2), random);
      try {
        read(file, seed % 2 == 1);
        outcome.read++;
      } catch (IOException e) {
        assertThat(e).hasMessageContaining(file.getName());
        outcome.refused++;
      } catch (RuntimeException | Error e) {
        StackTraceElement[] trace = e.getStackTrace();
        outcome.failures.add(
            "seed " + seed + ": " + e + " at " + (trace.length > 0 ? trace[0] : ""));
      }
    }
    return outcome;
  }

  private static MultiLayerNetwork network() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .seed(7)
            .updater(new LAMB8bit(1e-3).min8bitSize(0).weightDecay(0.01))
            .list()
            .layer(new DenseLayer.Builder().nIn(4).nOut(8).build())
            .layer(new BatchNormalization.Builder().nIn(8).nOut(8).build())
            .layer(new OutputLayer.Builder().nIn(8).nOut(3).build())
            .build();
    MultiLayerNetwork net = new MultiLayerNetwork(OptimManager.of(conf).apply());
    net.init();
    net.fit(new DataSet(Nd4j.rand(6, 4), Nd4j.eye(3).repeat(0, 2)));
    return net;
  }

  private Map<String, byte[]> entries(Model net) throws IOException {
    File file = folder.resolve("whole.zip").toFile();
    ModelSerializer.writeModel(net, file, true);
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(file)) {
      for (ZipEntry entry : (Iterable<ZipEntry>) zip.stream().map(e -> (ZipEntry) e)::iterator) {
        entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
      }
    }
    read(file, !(net instanceof MultiLayerNetwork));
    return entries;
  }

  /** A file with valid checksums, or one with bits flipped. */
  private File write(Map<String, byte[]> whole, Random random) throws IOException {
    Path file = folder.resolve("damaged.zip");
    int kind = random.nextInt(10);
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> entry : whole.entrySet()) {
        boolean json = entry.getKey().equals(ModelSerializer.CONFIGURATION_JSON);
        boolean parameters = entry.getKey().equals(ModelSerializer.COEFFICIENTS_BIN);
        byte[] bytes = entry.getValue();
        if (json && kind < 5) {
          bytes = Mutations.json(bytes, random);
        } else if (parameters ? kind == 5 || kind == 6 : !json && kind == 7 || kind == 8) {
          bytes = Mutations.array(bytes, random);
        }
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(bytes);
      }
    }
    if (kind == 9) {
      byte[] bytes = Files.readAllBytes(file);
      for (int i = 0; i <= random.nextInt(4); i++) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      Files.write(file, bytes);
    }
    return file.toFile();
  }

  /** As PagedState restores; what was read is used. */
  private static void read(File file, boolean graph) throws IOException {
    try (Checkpoint checkpoint = new Checkpoint(file)) {
      if (graph) {
        ComputationGraph net = checkpoint.graph();
        readState(checkpoint, StateSlot.of(net));
        Reference.reachabilityFence(net); // the slot does not keep it
      } else {
        MultiLayerNetwork net = checkpoint.network();
        readState(checkpoint, StateSlot.of(net));
        Reference.reachabilityFence(net);
      }
    }
  }

  private static void readState(Checkpoint checkpoint, StateSlot<?> slot) throws IOException {
    slot.parameters().sumNumber();
    long words = slot.words();
    DataType type = slot.parameters().dataType();
    checkpoint.openState(type, words);
    int bytes = Math.toIntExact(words * type.width());
    checkpoint.readState(ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder()));
    checkpoint.closeState();
    use(slot, Nd4j.zeros(type, words));
  }

  /** A configuration may have lost what OptimManager had put into it, which is said by name. */
  private static void use(StateSlot<?> slot, INDArray state) throws IOException {
    try {
      slot.use(state, () -> {});
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageContaining("OptimManager.of(conf).apply()");
      throw new IOException("damaged.zip", e);
    }
  }
}
