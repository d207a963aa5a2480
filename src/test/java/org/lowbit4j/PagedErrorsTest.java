package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lowbit4j.memory.ArrayMemory;
import org.lowbit4j.paging.PageFile;
import org.lowbit4j.paging.Storage;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;

/** What cannot be paged is refused before anything is changed. */
class PagedErrorsTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);

  private PagedStorage disk;
  private MultiLayerNetwork net;
  private INDArray state;
  private byte[] bytes;

  @BeforeEach
  void train() {
    disk = PagedNetworks.disk();
    net = PagedNetworks.network();
    Networks.train(net, DATA, 1);
    state = Networks.state(net);
    bytes = Networks.bytes(state);
  }

  private void assertRefused(
      PagedStorage disk, long budget, Class<?> type, String... messageParts) {
    assertThatThrownBy(() -> PagedState.attach(net, disk, budget))
        .isInstanceOf(type)
        .hasMessageContainingAll(messageParts);
    assertThat(Networks.state(net)).isSameAs(state);
    assertThat(Networks.bytes(state)).isEqualTo(bytes);
    assertThat(net.getListeners()).isEmpty();
    Networks.train(net, DATA, 1);
    bytes = Networks.bytes(state);
  }

  @Test
  void budgets() {
    assertRefused(
        disk,
        PageFile.LEAST_BUDGET - 1,
        IllegalArgumentException.class,
        "budget is 1048575 bytes",
        "1048576 or more");
    assertRefused(disk, -5, IllegalArgumentException.class, "budget is -5 bytes");
  }

  @Test
  void folders() throws Exception {
    long budget = PagedNetworks.BUDGET;
    Path missing = PagedNetworks.folder().resolve("missing");
    assertRefused(
        PagedState.onDisk(missing),
        budget,
        IllegalArgumentException.class,
        "no folder",
        missing.toAbsolutePath().toString());
    Path file = Files.createTempFile("lowbit4j", "file");
    assertRefused(PagedState.onDisk(file), budget, IllegalArgumentException.class, "no folder");
    Files.delete(file);
    // Not writable, for root neither.
    assertRefused(PagedState.onDisk(Path.of("/proc")), budget, UncheckedIOException.class, "/proc");
  }

  @Test
  void foldersInMemory() throws Exception {
    Path memory = Path.of("/dev/shm");
    assumeTrue(
        Files.isDirectory(memory) && Files.getFileStore(memory).type().equals("tmpfs"),
        "SKIPPED: no tmpfs here");
    PagedNetworks.folder();
    assertRefused(
        PagedState.onDisk(memory),
        PagedNetworks.BUDGET,
        IllegalArgumentException.class,
        "is in memory");
  }

  @Test
  void fullDisks() {
    Path folder = PagedNetworks.folder();
    assertThatThrownBy(() -> PageFile.create(folder, 1L << 50, PagedNetworks.BUDGET))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContainingAll("1125899906842624 bytes", "are free", "Nothing was changed");
  }

  @Test
  void networksWithOtherUpdatersOrNoState() {
    assertThatThrownBy(
            () ->
                PagedState.attach(
                    PagedNetworks.network(new Adam(1e-3), DataType.FLOAT),
                    disk,
                    PagedNetworks.BUDGET))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("layer0_W (Adam)", "optimBits(32)");
    assertThatThrownBy(
            () ->
                PagedState.attach(
                    PagedNetworks.network(new Sgd(1e-3), DataType.FLOAT),
                    disk,
                    PagedNetworks.BUDGET))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no state");
  }

  @Test
  void memoryThatGivesNoArrayIsFreed() {
    List<String> calls = new ArrayList<>();
    Supplier<INDArray> none =
        () -> {
          throw new IllegalArgumentException("no array");
        };
    assertRefused(storage(memory(calls, none)), 0, IllegalArgumentException.class, "no array");
    assertThat(calls).containsExactly("array", "free");
  }

  /** As where DL4J does not make an updater of it. */
  @Test
  void memoryThatTheNetworkDoesNotTakeIsFreed() throws Exception {
    List<String> calls = new ArrayList<>();
    PagedStorage storage = storage(memory(calls, () -> Nd4j.create(7)));
    assertRefused(storage, 0, IllegalStateException.class, "size(0)=7");
    assertThat(calls).contains("array", "copyIn", "free");
    calls.clear();
    File file = Files.createTempFile("lowbit4j", "zip").toFile();
    ModelSerializer.writeModel(net, file, true);
    assertThatThrownBy(() -> PagedState.restoreMultiLayerNetwork(file, storage, 0))
        .isInstanceOf(IllegalStateException.class);
    assertThat(calls).contains("array", "free");
    assertThat(file.delete()).isTrue();
  }

  /** Stands for pinned memory, which the collector does not give back before it has an array. */
  private static ArrayMemory memory(List<String> calls, Supplier<INDArray> array) {
    return (ArrayMemory)
        Proxy.newProxyInstance(
            ArrayMemory.class.getClassLoader(),
            new Class<?>[] {ArrayMemory.class},
            (proxy, method, arguments) -> {
              calls.add(method.getName());
              if (method.getName().equals("array")) {
                return array.get();
              }
              return method.getReturnType() == long.class ? 0L : null;
            });
  }

  private static PagedStorage storage(ArrayMemory memory) {
    return new PagedStorage(
        new Storage() {
          @Override
          public void requireBackend(OpExecutioner.ExecutionerType backend) {}

          @Override
          public void requireUsable(long budget) {}

          @Override
          public ArrayMemory allocate(long bytes, long budget) {
            return memory;
          }

          @Override
          public boolean holds(INDArray array) {
            return false;
          }
        });
  }

  @Test
  void attachingTwice() {
    PagedState.attach(net, disk, PagedNetworks.BUDGET);
    assertThatThrownBy(() -> PagedState.attach(net, disk, PagedNetworks.BUDGET))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("already");
  }

  @Test
  void networksThatAreNotInitialised() {
    assertThatThrownBy(
            () ->
                PagedState.attach(
                    new MultiLayerNetwork(
                        PagedNetworks.configuration(new Adam8bit(), DataType.FLOAT)),
                    disk,
                    PagedNetworks.BUDGET))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("init()");
  }
}
