package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.earlystopping.EarlyStoppingConfiguration;
import org.deeplearning4j.earlystopping.EarlyStoppingModelSaver;
import org.deeplearning4j.earlystopping.saver.InMemoryModelSaver;
import org.deeplearning4j.earlystopping.saver.LocalFileModelSaver;
import org.deeplearning4j.earlystopping.scorecalc.DataSetLossCalculator;
import org.deeplearning4j.earlystopping.termination.MaxEpochsTerminationCondition;
import org.deeplearning4j.earlystopping.trainer.EarlyStoppingTrainer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * What happens to a paged network besides training: paging is kept or ends, and nothing crashes.
 */
class PagedLifeCycleTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);

  private static PagedState attach(MultiLayerNetwork net) {
    return PagedState.attach(net, PagedNetworks.disk(), PagedNetworks.BUDGET);
  }

  private static void assertSame(MultiLayerNetwork paged, MultiLayerNetwork resident) {
    assertThat(Networks.bytes(paged.params())).isEqualTo(Networks.bytes(resident.params()));
    assertThat(Networks.bytes(Networks.state(paged)))
        .isEqualTo(Networks.bytes(Networks.state(resident)));
  }

  /** DL4J drops the updater, and there is no place for another file. */
  @Test
  void whatCannotBePagedAgainFailsBeforeTheStep() throws Exception {
    Path folder = Files.createTempDirectory(PagedNetworks.folder(), "lost");
    MultiLayerNetwork net = PagedNetworks.network();
    PagedState paged = PagedState.attach(net, PagedState.onDisk(folder), PagedNetworks.BUDGET);
    Networks.train(net, DATA, 1);
    INDArray parameters = net.params().dup();
    net.setUpdater(null);
    Files.delete(folder);
    assertThatThrownBy(() -> Networks.train(net, DATA, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no folder");
    assertThat(net.params()).isEqualTo(parameters);
    Files.createDirectory(folder);
    Networks.train(net, DATA, 1);
    assertThat(paged.isPaged()).isTrue();
  }

  @Test
  void graphsAndTheirClones() {
    ComputationGraph resident = PagedNetworks.network().toComputationGraph();
    ComputationGraph net = PagedNetworks.network().toComputationGraph();
    PagedState paged = PagedState.attach(net, PagedNetworks.disk(), PagedNetworks.BUDGET);
    for (int i = 0; i < 3; i++) {
      resident.fit(DATA);
      net.fit(DATA);
    }
    assertThat(net.params()).isEqualTo(resident.params());
    ComputationGraph clone = net.clone(); // shares the listeners
    PagedState ofClone = PagedState.attach(clone, PagedNetworks.disk(), PagedNetworks.BUDGET);
    clone.fit(DATA);
    net.setLearningRate(1e-4);
    resident.setLearningRate(1e-4);
    assertThat(paged.isPaged()).isFalse();
    net.fit(DATA);
    resident.fit(DATA);
    assertThat(paged.isPaged()).isTrue();
    assertThat(ofClone.isPaged()).isTrue();
    assertThat(net.params()).isEqualTo(resident.params());
    paged.detach();
    assertThat(Networks.bytes(net.getUpdater().getStateViewArray()))
        .isEqualTo(Networks.bytes(resident.getUpdater().getStateViewArray()));
  }

  @Test
  void setLearningRateIsPagedAgainBeforeTheNextStep() {
    MultiLayerNetwork resident = PagedNetworks.network();
    MultiLayerNetwork net = PagedNetworks.network();
    PagedState paged = attach(net);
    Networks.train(resident, DATA, 2);
    Networks.train(net, DATA, 2);
    long in = paged.bytesPagedIn();
    resident.setLearningRate(1e-4);
    net.setLearningRate(1e-4);
    assertThat(paged.isPaged()).isFalse();
    Networks.train(resident, DATA, 1);
    Networks.train(net, DATA, 1);
    assertThat(paged.isPaged()).isTrue();
    assertThat(paged.bytesPagedIn()).isGreaterThan(in);
    assertSame(net, resident);
    LearningRates.of(net).set(1e-3);
    LearningRates.of(resident).set(1e-3);
    assertThat(paged.isPaged()).as("rates set by LearningRates leave the updater alone").isTrue();
    Networks.train(resident, DATA, 1);
    Networks.train(net, DATA, 1);
    assertSame(net, resident);
  }

  @Test
  void clearedNetworksStartWithFreshPagedState() {
    MultiLayerNetwork net = PagedNetworks.network();
    PagedState paged = attach(net);
    Networks.train(net, DATA, 2);
    MultiLayerNetwork resident = Networks.restore(Networks.save(net));
    net.clear();
    resident.clear();
    Networks.state(resident).assign(0);
    net.setUpdater(null);
    Networks.train(net, DATA, 2);
    Networks.train(resident, DATA, 2);
    assertThat(paged.isPaged()).isTrue();
    assertSame(net, resident);
  }

  @Test
  void clonesTrainInMemoryAndOnTheirOwn() {
    MultiLayerNetwork net = PagedNetworks.network();
    PagedState paged = attach(net);
    Networks.train(net, DATA, 2);
    MultiLayerNetwork clone = net.clone();
    assertSame(net, clone);
    Networks.train(clone, DATA, 2);
    Networks.train(net, DATA, 2);
    assertSame(net, clone);
    paged.detach();
    Networks.train(clone, DATA, 1);
    Networks.train(net, DATA, 1);
    assertSame(net, clone);
  }

  @Test
  void closedNetworksAndTheirHandles() {
    MultiLayerNetwork net = PagedNetworks.network();
    MultiLayerNetwork other = PagedNetworks.network();
    PagedState paged = attach(net);
    attach(other);
    Networks.train(net, DATA, 2);
    Networks.train(other, DATA, 1);
    INDArray state = Networks.state(net);
    net.close();
    assertThat(state.wasClosed()).isTrue();
    assertThat(paged.isPaged()).isFalse();
    assertThatThrownBy(() -> Networks.train(net, DATA, 1)).isInstanceOf(Exception.class);
    assertThatThrownBy(() -> attach(net))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    paged.detach();
    assertThatThrownBy(() -> state.getFloat(0)).isInstanceOf(Exception.class);
    Networks.train(other, DATA, 2); // after close() destroyed all workspaces of this thread
    MultiLayerNetwork resident = PagedNetworks.network();
    Networks.train(resident, DATA, 3);
    assertSame(other, resident);
  }

  @Test
  void workspacesMayBeDestroyed() {
    MultiLayerNetwork net = PagedNetworks.network();
    MultiLayerNetwork resident = PagedNetworks.network();
    attach(net);
    Networks.train(net, DATA, 1);
    Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
    Networks.train(net, DATA, 1);
    Networks.train(resident, DATA, 2);
    assertSame(net, resident);
  }

  @Test
  void anotherThreadTrainsAndTwoNetworksAtOnce() {
    MultiLayerNetwork a = PagedNetworks.network();
    MultiLayerNetwork b = PagedNetworks.network();
    attach(a);
    attach(b);
    CompletableFuture<Void> first = CompletableFuture.runAsync(() -> Networks.train(a, DATA, 5));
    CompletableFuture<Void> second = CompletableFuture.runAsync(() -> Networks.train(b, DATA, 5));
    CompletableFuture.allOf(first, second).join();
    MultiLayerNetwork resident = PagedNetworks.network();
    Networks.train(resident, DATA, 5);
    assertSame(a, resident);
    assertSame(b, resident);
  }

  @Test
  void collectedNetworksAreUnmappedAndViewsKeepThemMapped() throws Exception {
    ResidentMemory.collectUntil(0);
    INDArray view = viewOfADroppedNetwork();
    for (int i = 0; i < 20; i++) {
      System.gc();
      Thread.sleep(10);
    }
    assertThat(ResidentMemory.scratchFiles()).isEqualTo(1);
    assertThat(view.getFloat(0)).isEqualTo(1217);
    view = null;
    ResidentMemory.collectUntil(0);
  }

  private static INDArray viewOfADroppedNetwork() {
    MultiLayerNetwork net = PagedNetworks.network();
    attach(net);
    Networks.train(net, DATA, 1);
    assertThat(ResidentMemory.scratchFiles()).isEqualTo(1);
    return Networks.state(net).get(NDArrayIndex.interval(0, 100));
  }

  @Test
  void manyNetworksComeAndGo() throws Exception {
    for (int i = 0; i < 20; i++) {
      MultiLayerNetwork net = PagedNetworks.network();
      attach(net);
      Networks.train(net, DATA, 1);
      System.gc();
    }
    ResidentMemory.collectUntil(1);
  }

  @Test
  void earlyStopping(@TempDir Path folder) {
    for (EarlyStoppingModelSaver<MultiLayerNetwork> saver :
        List.of(
            new LocalFileModelSaver(folder.toString()),
            new InMemoryModelSaver<MultiLayerNetwork>())) {
      EarlyStoppingConfiguration<MultiLayerNetwork> conf =
          new EarlyStoppingConfiguration.Builder<MultiLayerNetwork>()
              .epochTerminationConditions(new MaxEpochsTerminationCondition(2))
              .scoreCalculator(
                  new DataSetLossCalculator(new ListDataSetIterator<>(DATA.asList(), 64), true))
              .modelSaver(saver)
              .build();
      MultiLayerNetwork net = PagedNetworks.network();
      PagedState paged = attach(net);
      MultiLayerNetwork best =
          new EarlyStoppingTrainer(conf, net, new ListDataSetIterator<>(DATA.asList(), 64))
              .fit()
              .getBestModel();
      assertThat(paged.isPaged()).isTrue();
      double before = best.score(DATA);
      PagedState ofBest = attach(best);
      Networks.train(best, DATA, 10);
      assertThat(ofBest.isPaged()).isTrue();
      assertThat(best.score(DATA)).isLessThan(before);
    }
  }
}
