package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.NeuralNetwork;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/**
 * State is moved by one thread while another trains, and by listeners: nothing hangs or differs.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PagedThreadsTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);
  private static final int BATCHES = 4;

  private static NeuralNetwork network(boolean graph) {
    MultiLayerNetwork net = Networks.network(new Adam8bit(1e-3), DataType.FLOAT);
    return graph ? net.toComputationGraph() : net;
  }

  /** Before threads, or tests of what is refused, meet with it. */
  @BeforeAll
  static void skipWhereThereIsNoPaging() {
    PagedNetworks.folder();
  }

  private static PagedState attach(NeuralNetwork net) {
    PagedStorage disk = PagedNetworks.disk();
    return net instanceof ComputationGraph
        ? PagedState.attach((ComputationGraph) net, disk, PagedNetworks.BUDGET)
        : PagedState.attach((MultiLayerNetwork) net, disk, PagedNetworks.BUDGET);
  }

  private static INDArray state(NeuralNetwork net) {
    return net instanceof ComputationGraph
        ? ((ComputationGraph) net).getUpdater().getStateViewArray()
        : Networks.state((MultiLayerNetwork) net);
  }

  private static List<TrainingListener> listeners(NeuralNetwork net) {
    return new ArrayList<>(
        net instanceof ComputationGraph
            ? ((ComputationGraph) net).getListeners()
            : ((MultiLayerNetwork) net).getListeners());
  }

  private static DataSetIterator epoch() {
    return new ListDataSetIterator<>(DATA.asList(), Networks.EXAMPLES / BATCHES);
  }

  /** As if nothing had been moved. */
  private static void assertTrained(NeuralNetwork net, int epochs) {
    NeuralNetwork resident = network(net instanceof ComputationGraph);
    for (int i = 0; i < epochs; i++) {
      resident.fit(epoch());
    }
    assertThat(Networks.bytes(((Model) net).params()))
        .isEqualTo(Networks.bytes(((Model) resident).params()));
    assertThat(Networks.bytes(state(net))).isEqualTo(Networks.bytes(state(resident)));
  }

  private static Thread start(Runnable action, CompletableFuture<?> result) {
    Thread thread =
        new Thread(
            () -> {
              try {
                action.run();
                result.complete(null);
              } catch (RuntimeException | Error e) {
                result.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static TrainingListener atStep(int step, Consumer<Model> action) {
    return new BaseTrainingListener() {
      @Override
      public void iterationDone(Model model, int iteration, int epoch) {
        if (iteration == step) {
          action.accept(model);
        }
      }
    };
  }

  /** A report takes all blocks at a time, and looks at one after the other. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aReportThatWasBegunBeforeStateMovedIsOfWhereItIs(boolean graph) throws Exception {
    NeuralNetwork net = network(graph);
    net.fit(epoch());
    PagedState paged = attach(net);
    BaseMultiLayerUpdater<?> before =
        net instanceof ComputationGraph
            ? ((ComputationGraph) net).getUpdater()
            : (BaseMultiLayerUpdater<?>) ((MultiLayerNetwork) net).getUpdater();
    CompletableFuture<OptimizerStateReport> report = new CompletableFuture<>();
    Thread reporting =
        new Thread(
            () -> {
              try {
                report.complete(
                    net instanceof ComputationGraph
                        ? OptimizerStateReport.of((ComputationGraph) net)
                        : OptimizerStateReport.of((MultiLayerNetwork) net));
              } catch (RuntimeException e) {
                report.completeExceptionally(e);
              }
            });
    synchronized (net) {
      synchronized (before.getUpdaterBlocks().get(0).getGradientUpdater()) {
        reporting.start();
        assertThat(HeldStep.settled(reporting)).isEqualTo(Thread.State.BLOCKED);
        paged.detach();
      }
    }
    OptimizerStateReport.Block block = report.join().blocks().get(0);
    assertThat(block.moments()).hasSize(2);
    assertThat(block.moments().get(0).rms()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anotherThreadDetachesWithinAnEpoch(boolean graph) throws Exception {
    NeuralNetwork net = network(graph);
    PagedState paged = attach(net);
    HeldStep held = new HeldStep();
    List<Boolean> states = Collections.synchronizedList(new ArrayList<>());
    ((Model) net).addListeners(held, atStep(1, model -> states.add(paged.isPaged())));
    CompletableFuture<Void> trained = CompletableFuture.runAsync(() -> net.fit(epoch()));
    held.awaitStep();
    CompletableFuture<Void> detached = new CompletableFuture<>();
    HeldStep.settled(start(paged::close, detached));
    assertThat(paged.isPaged()).as("a step is not disturbed").isTrue();
    held.release();
    detached.join();
    trained.join();
    assertThat(states).as("not only after the epoch").containsExactly(false);
    assertTrained(net, 1);
    assertThat(attach(net).isPaged()).isTrue();
    assertThat(listeners(net)).as("with the first watch gone").hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anotherThreadAttachesAfterTheEpoch(boolean graph) throws Exception {
    NeuralNetwork net = network(graph);
    HeldStep held = new HeldStep();
    ((Model) net).addListeners(held);
    CompletableFuture<Void> trained = CompletableFuture.runAsync(() -> net.fit(epoch()));
    held.awaitStep();
    CompletableFuture<Void> attached = new CompletableFuture<>();
    Thread attaching = start(() -> attach(net), attached);
    assertThat(HeldStep.settled(attaching)).isEqualTo(Thread.State.BLOCKED);
    held.release();
    trained.join();
    attached.join();
    net.fit(epoch());
    assertThat(Networks.bytes(state(net))).isNotEmpty();
    assertTrained(net, 2);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void stateIsMovedToAndFroWhileAnotherThreadTrainsBatchByBatch(boolean graph) {
    NeuralNetwork net = network(graph);
    CompletableFuture<Void> trained =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < 10; i++) {
                for (DataSet batch : DATA.batchBy(Networks.EXAMPLES / BATCHES)) {
                  net.fit(batch);
                }
              }
            });
    int moves = 0;
    while (!trained.isDone() || moves < 2) {
      attach(net).detach();
      moves++;
    }
    trained.join();
    assertTrained(net, 10);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void ofTwoThreadsThatAttachOneIsRefused(boolean graph) throws Exception {
    NeuralNetwork net = network(graph);
    List<CompletableFuture<Void>> results = new ArrayList<>();
    synchronized (net) {
      for (int i = 0; i < 2; i++) {
        results.add(new CompletableFuture<>());
        HeldStep.settled(start(() -> attach(net), results.get(i)));
      }
    }
    results.forEach(result -> result.exceptionally(e -> null).join());
    assertThat(results).filteredOn(CompletableFuture::isCompletedExceptionally).hasSize(1);
    for (CompletableFuture<Void> result : results) {
      if (result.isCompletedExceptionally()) {
        assertThatThrownBy(result::join)
            .hasCauseInstanceOf(IllegalStateException.class)
            .hasMessageContaining("paged already");
      }
    }
    net.fit(epoch());
    assertTrained(net, 1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void listenersMayDetach(boolean graph) {
    NeuralNetwork net = network(graph);
    net.fit(epoch());
    PagedState paged = attach(net);
    List<String> called = new ArrayList<>();
    ((Model) net)
        .addListeners(
            atStep(5, model -> paged.detach()),
            atStep(5, model -> called.add("next")),
            atStep(5, model -> called.add("last")));
    net.fit(epoch());
    assertThat(paged.isPaged()).isFalse();
    assertThat(paged.bytes()).isPositive();
    assertThat(called).containsExactly("next", "last");
    net.fit(epoch());
    assertTrained(net, 3);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void listenersThatAttachAreRefused(boolean graph) {
    NeuralNetwork net = network(graph);
    List<Throwable> thrown = new ArrayList<>();
    ((Model) net).addListeners(atStep(1, model -> thrown.add(refusal(net))), atStep(9, m -> {}));
    net.fit(epoch());
    assertThat(thrown).singleElement().isInstanceOf(IllegalStateException.class);
    assertThat(thrown.get(0)).hasMessageContainingAll("listener", "before fit");
    assertTrained(net, 1);
  }

  private static Throwable refusal(NeuralNetwork net) {
    try {
      attach(net);
      return null;
    } catch (RuntimeException e) {
      return e;
    }
  }

  /** The array before is closed when the state is moved. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoLooksAtMomentsIsWaitedFor(boolean graph) throws Exception {
    NeuralNetwork net = network(graph);
    net.fit(epoch());
    INDArray before = state(net);
    CompletableFuture<Void> attached = new CompletableFuture<>();
    synchronized (lastUpdater(net)) {
      Thread attaching = start(() -> attach(net), attached);
      assertThat(HeldStep.settled(attaching)).isEqualTo(Thread.State.BLOCKED);
      assertThat(before.wasClosed()).isFalse();
    }
    attached.join();
    assertThat(before.wasClosed()).isTrue();
    assertTrained(net, 1);
  }

  private static Object lastUpdater(NeuralNetwork net) {
    Object updater =
        net instanceof ComputationGraph
            ? ((ComputationGraph) net).getUpdater()
            : ((MultiLayerNetwork) net).getUpdater();
    List<UpdaterBlock> blocks = ((BaseMultiLayerUpdater<?>) updater).getUpdaterBlocks();
    return blocks.get(blocks.size() - 1).getGradientUpdater();
  }

  @Test
  void networksAreAttachedTrainedAndDetachedInParallel() {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      boolean graph = i % 2 == 0;
      all.add(
          CompletableFuture.runAsync(
              () -> {
                NeuralNetwork net = network(graph);
                PagedState paged = attach(net);
                net.fit(epoch());
                paged.detach();
                net.fit(epoch());
                assertTrained(net, 2);
              }));
    }
    all.forEach(CompletableFuture::join);
  }

  @Test
  void networksAreRestoredInParallel(@TempDir Path folder) throws Exception {
    MultiLayerNetwork net = (MultiLayerNetwork) network(false);
    net.fit(epoch());
    File file = folder.resolve("network.zip").toFile();
    ModelSerializer.writeModel(net, file, true);
    List<CompletableFuture<MultiLayerNetwork>> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      all.add(CompletableFuture.supplyAsync(() -> restore(file)));
    }
    for (CompletableFuture<MultiLayerNetwork> restored : all) {
      assertThat(PagedState.of(restored.join()).isPaged()).isTrue();
      restored.join().fit(epoch());
      assertTrained(restored.join(), 2);
    }
  }

  private static MultiLayerNetwork restore(File file) {
    try {
      return PagedState.restoreMultiLayerNetwork(file, PagedNetworks.disk(), PagedNetworks.BUDGET);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void handlesAreFoundWhileListenersChange() {
    MultiLayerNetwork net = (MultiLayerNetwork) network(false);
    attach(net);
    TrainingListener other = new BaseTrainingListener() {};
    CompletableFuture<Void> changing =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < 20_000; i++) {
                net.addListeners(other);
                net.getListeners().remove(other);
              }
            });
    while (!changing.isDone()) {
      assertThat(PagedState.of(net)).isNotNull();
    }
    changing.join();
  }
}
