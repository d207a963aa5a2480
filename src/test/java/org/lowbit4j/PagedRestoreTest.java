package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.preprocessor.NormalizerStandardize;
import org.nd4j.linalg.learning.config.Sgd;

/** Checkpoints restored with their state straight on the disk. */
class PagedRestoreTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);

  @TempDir private Path folder;

  /** Before threads, or tests of what is refused, meet with it. */
  @BeforeAll
  static void skipWhereThereIsNoPaging() {
    PagedNetworks.folder();
  }

  private File save(Model net) throws IOException {
    File file = folder.resolve("network.zip").toFile();
    ModelSerializer.writeModel(net, file, true);
    return file;
  }

  private static MultiLayerNetwork restore(File file) throws IOException {
    return PagedState.restoreMultiLayerNetwork(file, PagedNetworks.disk(), PagedNetworks.BUDGET);
  }

  /** One step on few examples: HALF networks are slow on a CPU. */
  private static void train(MultiLayerNetwork net, DataSet data) {
    int from = 2 * net.getIterationCount();
    net.fit((DataSet) data.getRange(from, from + 2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"FLOAT", "DOUBLE", "HALF"})
  void networksAreThoseOfModelSerializer(DataType type) throws IOException {
    DataSet data = Networks.data(type);
    Adam8bit updater = new Adam8bit(1e-3).dataType(type).percentileClipping(50);
    MultiLayerNetwork net = PagedNetworks.network(updater, type);
    PagedState.attach(net, PagedNetworks.disk(), PagedNetworks.BUDGET);
    train(net, data);
    File file = save(net);
    MultiLayerNetwork resident = ModelSerializer.restoreMultiLayerNetwork(file, true);
    MultiLayerNetwork paged = restore(file);
    assertThat(Networks.bytes(Networks.state(paged)))
        .isEqualTo(Networks.bytes(Networks.state(net)));
    assertThat(PagedState.of(resident)).isNull();
    assertThat(PagedState.of(paged).isPaged()).isTrue();
    assertThat(paged.getIterationCount()).isEqualTo(1);
    assertThat(paged.getLayerWiseConfigurations()).isEqualTo(resident.getLayerWiseConfigurations());
    for (int i = 0; i < 2; i++) {
      assertThat(Networks.bytes(paged.params())).isEqualTo(Networks.bytes(resident.params()));
      assertThat(Networks.bytes(Networks.state(paged)))
          .isEqualTo(Networks.bytes(Networks.state(resident)));
      train(paged, data);
      train(resident, data);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"FLOAT", "DOUBLE", "HALF"})
  void budgetsAreOfAnyNumberOfBytes(DataType type) throws IOException {
    MultiLayerNetwork net = PagedNetworks.network(new Adam8bit(1e-3).dataType(type), type);
    train(net, Networks.data(type));
    File file = save(net);
    for (long budget : new long[] {1_048_600, 1_100_008, 1_500_000}) {
      MultiLayerNetwork paged =
          PagedState.restoreMultiLayerNetwork(file, PagedNetworks.disk(), budget);
      assertThat(Networks.bytes(Networks.state(paged)))
          .as("state restored with a budget of %d", budget)
          .isEqualTo(Networks.bytes(Networks.state(net)));
      PagedState.of(paged).close();
    }
  }

  @Test
  void storageAndBudgetAreCheckedAsByAttach() throws IOException {
    File file = save(PagedNetworks.network());
    assertThatThrownBy(() -> PagedState.restoreMultiLayerNetwork(file, PagedState.inHostMemory()))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("PagedState.onDisk");
    assertThatThrownBy(() -> PagedState.restoreMultiLayerNetwork(file, PagedNetworks.disk(), 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("budget is 5 bytes");
  }

  @Test
  void graphs() throws IOException {
    ComputationGraph net = PagedNetworks.network().toComputationGraph();
    net.fit(DATA);
    File file = save(net);
    ComputationGraph resident = ModelSerializer.restoreComputationGraph(file, true);
    ComputationGraph paged =
        PagedState.restoreComputationGraph(file, PagedNetworks.disk(), PagedNetworks.BUDGET);
    paged.fit(DATA);
    resident.fit(DATA);
    assertThat(PagedState.of(paged).isPaged()).isTrue();
    assertThat(paged.params()).isEqualTo(resident.params());
    assertThat(Networks.bytes(paged.getUpdater().getStateViewArray()))
        .isEqualTo(Networks.bytes(resident.getUpdater().getStateViewArray()));
    assertThat(PagedState.of(paged.clone())).isNull();

    assertThatThrownBy(() -> restore(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("methods of their own");
    File other = save(PagedNetworks.network());
    assertThatThrownBy(
            () ->
                PagedState.restoreComputationGraph(
                    other, PagedNetworks.disk(), PagedNetworks.BUDGET))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("methods of their own");
  }

  @Test
  void normalizersStayReadable() throws IOException {
    MultiLayerNetwork net = PagedNetworks.network();
    Networks.train(net, DATA, 1);
    File file = save(net);
    NormalizerStandardize normalizer = new NormalizerStandardize();
    normalizer.fit(DATA);
    ModelSerializer.addNormalizerToModel(file, normalizer);
    assertThat(Networks.bytes(Networks.state(restore(file))))
        .isEqualTo(Networks.bytes(Networks.state(net)));
    assertThat((Object) ModelSerializer.restoreNormalizerFromFile(file)).isEqualTo(normalizer);
  }

  @Test
  void truncatedAndForeignFilesAreRefusedAndLeaveNoScratchFile() throws Exception {
    MultiLayerNetwork net = PagedNetworks.network();
    Networks.train(net, DATA, 1);
    File file = save(net);
    long scratchFiles = ResidentMemory.scratchFiles();

    byte[] whole = Files.readAllBytes(file.toPath());
    assertRefused(write(Arrays.copyOf(whole, whole.length * 9 / 10)), "not a whole one");
    assertRefused(write(new byte[] {1, 2, 3}), "not a checkpoint");
    byte[] damaged = whole.clone();
    damaged[whole.length * 8 / 10] ^= 1;
    assertRefused(write(damaged), "updater state", "damaged");
    assertRefused(folder.resolve("missing.zip").toFile(), "missing.zip");

    assertRefused(
        rewrite(file, state -> null), "has no updaterState.bin", "writeModel(net, file, true)");
    assertRefused(rewrite(file, state -> Arrays.copyOf(state, state.length - 8)), "not whole");
    assertRefused(rewrite(file, state -> Arrays.copyOf(state, state.length + 8)), "damaged");
    assertRefused(rewrite(file, state -> new byte[3]), "is no array");

    File smaller = save(Networks.network(new Adam8bit(), DataType.FLOAT));
    byte[] stateOfSmaller = state(smaller);
    file = save(net);
    assertRefused(rewrite(file, state -> stateOfSmaller), "words; that of the network");
    byte[] doubles =
        state(
            save(PagedNetworks.network(new Adam8bit().dataType(DataType.DOUBLE), DataType.DOUBLE)));
    file = save(net);
    assertRefused(rewrite(file, state -> doubles), "DOUBLE; expected was", "FLOAT");

    ResidentMemory.collectUntil(scratchFiles);
  }

  @ParameterizedTest
  @ValueSource(strings = {"configuration.json", "coefficients.bin", "updaterState.bin"})
  void flippedBitsAreFound(String name) throws Exception {
    MultiLayerNetwork net = PagedNetworks.network();
    Networks.train(net, DATA, 1);
    File file = save(net);
    byte[] whole = Files.readAllBytes(file.toPath());
    long scratchFiles = ResidentMemory.scratchFiles();
    // Behind the first header that names it, there lie its bytes.
    int from = new String(whole, StandardCharsets.ISO_8859_1).indexOf(name) + name.length();
    long size;
    try (ZipFile zip = new ZipFile(file)) {
      size = zip.getEntry(name).getCompressedSize();
    }
    for (int i = 0; i < 12; i++) {
      byte[] damaged = whole.clone();
      damaged[from + (int) (size * i / 12)] ^= 4;
      assertRefused(write(damaged), "other.zip", "damaged");
    }
    ResidentMemory.collectUntil(scratchFiles);
  }

  /** With checksums that are right: what is in the file is not what ModelSerializer writes. */
  @Test
  void arraysOfHostileFilesAreRefused() throws IOException {
    MultiLayerNetwork net = PagedNetworks.network();
    Networks.train(net, DATA, 1);
    File file = save(net);
    long n = net.numParams();
    // Format and length, 26 bytes, and type, 6; then rank, shape and strides of 8 bytes each.
    int rank = net.params().rank();
    int stride = 32 + 8 * (2 * rank);
    for (long value : new long[] {1L << 40, -1, 2}) {
      assertParametersRefused(file, stride, value, "strides", "no vector");
    }
    assertParametersRefused(file, 32 + 8 * rank, n + 1_000_000, "no vector");
    assertParametersRefused(file, 32, 1L << 33, "no vector");
    assertParametersRefused(file, 18, 1L << 50, "of length 1125899906842624");
    // The length of the data: behind the shape and a format.
    int length = 32 + 8 * (2 * rank + 4) + 18;
    assertParametersRefused(file, length, n / 2, "no vector");
    assertParametersRefused(file, length, 1L << 40, "no vector");
    for (String name : new String[] {ModelSerializer.COEFFICIENTS_BIN, "updaterState.bin"}) {
      assertRefused(
          rewrite(file, name, array -> Arrays.copyOf(array, array.length / 2)),
          "rewritten.zip",
          "not whole, or damaged",
          "bytes");
    }
  }

  private void assertParametersRefused(File file, int at, long value, String... message)
      throws IOException {
    File changed =
        rewrite(
            file,
            ModelSerializer.COEFFICIENTS_BIN,
            array -> ByteBuffer.wrap(array.clone()).putLong(at, value).array());
    assertRefused(changed, "The entry of the parameters in", "rewritten.zip is");
    assertRefused(changed, message);
  }

  @Test
  void configurationsOfHostileFilesAreRefused() throws IOException {
    File file = save(PagedNetworks.network());
    String json = "configuration.json";
    String[] configurations = {
      "{\"confs\":[{}]}", "{\"confs\":[null]}", "{}", "[]", "", "{\"networkInputs\":[\"x\"]}"
    };
    for (String configuration : configurations) {
      byte[] bytes = configuration.getBytes(StandardCharsets.UTF_8);
      File changed = rewrite(file, json, any -> bytes);
      assertRefused(changed, "The configuration in", "rewritten.zip");
      assertThatThrownBy(
              () ->
                  PagedState.restoreComputationGraph(
                      changed, PagedNetworks.disk(), PagedNetworks.BUDGET))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("rewritten.zip");
    }
    assertRefused(rewrite(file, json, any -> new byte[1 << 27]), "more than 67108864 bytes");
    byte[] nested = "[".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
    assertRefused(rewrite(file, json, any -> nested), "The configuration in");
    assertRefused(
        rewrite(file, json, text -> replaced(text, "\"beta1\" : 0.9", "\"beta1\" : null")),
        "Adam8bit: beta1 is null");
    assertRefused(
        rewrite(file, json, text -> replaced(text, "\"nout\" : 5", "\"nout\" : 100000000")),
        "words; that of the network in it is",
        "The configuration was changed");
    // Another option: the state in the file is that of the one before.
    assertRefused(
        rewrite(file, json, text -> replaced(text, "\"optimBits\" : 8", "\"optimBits\" : 32")),
        "The length of the updater state in",
        "words; that of the network in it is",
        "optimBits, blockSize, min8bitSize");
  }

  private static byte[] replaced(byte[] json, String what, String by) {
    String text = new String(json, StandardCharsets.UTF_8);
    assertThat(text).contains(what);
    return text.replace(what, by).getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void networksWithoutStateAreRefusedAsByAttach() throws IOException {
    File file = save(PagedNetworks.network(new Sgd(1e-3), DataType.FLOAT));
    assertThatThrownBy(() -> restore(file))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("nothing to page");
  }

  @Test
  void budgetAndFolderAreCheckedBeforeTheFileIsRead() {
    File missing = folder.resolve("missing.zip").toFile();
    assertThatThrownBy(() -> PagedState.restoreMultiLayerNetwork(missing, PagedNetworks.disk(), 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("budget is 5 bytes");
    PagedStorage nowhere = PagedState.onDisk(PagedNetworks.folder().resolve("missing"));
    assertThatThrownBy(
            () -> PagedState.restoreComputationGraph(missing, nowhere, PagedNetworks.BUDGET))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no folder");
  }

  private void assertRefused(File file, String... messageParts) {
    assertThatThrownBy(() -> restore(file))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(messageParts);
  }

  private File write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("other.zip"), bytes).toFile();
  }

  private static byte[] state(File file) throws IOException {
    try (ZipFile zip = new ZipFile(file)) {
      return zip.getInputStream(zip.getEntry(ModelSerializer.UPDATER_BIN)).readAllBytes();
    }
  }

  /** A copy with other bytes of the updater's state, or none. */
  private File rewrite(File file, UnaryOperator<byte[]> change) throws IOException {
    return rewrite(file, ModelSerializer.UPDATER_BIN, change);
  }

  /** A copy with other bytes of an entry, or none. */
  private File rewrite(File file, String name, UnaryOperator<byte[]> change) throws IOException {
    Path copy = folder.resolve("rewritten.zip");
    try (ZipFile zip = new ZipFile(file);
        OutputStream out = Files.newOutputStream(copy);
        ZipOutputStream zipOut = new ZipOutputStream(out)) {
      for (ZipEntry entry : (Iterable<ZipEntry>) zip.stream().map(e -> (ZipEntry) e)::iterator) {
        byte[] bytes = zip.getInputStream(entry).readAllBytes();
        if (entry.getName().equals(name)) {
          bytes = change.apply(bytes);
        }
        if (bytes != null) {
          zipOut.putNextEntry(new ZipEntry(entry.getName()));
          zipOut.write(bytes);
        }
      }
    }
    return copy.toFile();
  }
}
