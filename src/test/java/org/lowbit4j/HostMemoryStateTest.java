package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.cuda.CudaException;
import org.lowbit4j.cuda.EmulatedDevice;
import org.lowbit4j.dl4j.StateSlot;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.updater.Internals;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.IUpdater;

/** Networks whose steps are done on an emulated device, with their state in pinned memory. */
class HostMemoryStateTest {

  private static final int STEPS = 30;
  private static final DataSet DATA = Networks.data(DataType.FLOAT);

  @BeforeAll
  static void requireEmulation() {
    assumeTrue(EmulatedDevice.missing() == null, EmulatedDevice.missing());
  }

  @AfterEach
  void giveAllMemory() {
    EmulatedDevice.pinnable(Long.MAX_VALUE);
  }

  private static IUpdater onDevice(DataType type) {
    return new EmulatedAdam8bit().percentileClipping(50).dataType(type);
  }

  private static Adam8bit onHost(DataType type) {
    return new Adam8bit().percentileClipping(50).dataType(type);
  }

  private static MultiLayerNetwork network() {
    return Networks.network(onDevice(DataType.FLOAT), DataType.FLOAT);
  }

  private static PagedState attach(MultiLayerNetwork net) {
    return attach(StateSlot.of(net), 0);
  }

  private static PagedState attach(StateSlot<?> slot, long budget) {
    return PagedState.attach(slot, PagedState.inHostMemory(), budget, ExecutionerType.CUDA);
  }

  private static void assertSame(MultiLayerNetwork a, MultiLayerNetwork b) {
    assertThat(Networks.bytes(a.params())).isEqualTo(Networks.bytes(b.params()));
    assertThat(Networks.bytes(Networks.state(a))).isEqualTo(Networks.bytes(Networks.state(b)));
  }

  private static long address(INDArray array) {
    return array.data().platformAddress();
  }

  @ParameterizedTest
  @ValueSource(strings = {"FLOAT", "DOUBLE", "HALF"})
  void bitsAreThoseOfResidentStateAndEachByteGoesOverTheBusOnceEachWay(DataType type) {
    DataSet data = Networks.data(type);
    MultiLayerNetwork resident = Networks.network(onHost(type), type);
    MultiLayerNetwork net = Networks.network(onDevice(type), type);
    PagedState paged = attach(net);
    int before = EmulatedAdam8bit.DEVICE.steps();
    Networks.train(resident, data, STEPS);
    Networks.train(net, data, STEPS);
    assertThat(EmulatedAdam8bit.DEVICE.steps() - before).isEqualTo(STEPS);
    assertSame(net, resident);
    assertThat(paged.bytesPagedIn()).isEqualTo(paged.bytesPagedOut());
    long touched =
        Internals.layout(onHost(type), net.numParams(), WordType.of(type, "network")).bytes();
    assertThat(paged.bytesPagedIn()).isEqualTo(STEPS * touched);
    paged.close();
    assertSame(net, resident);
  }

  @Test
  void nothingIsCopiedToTheHostOnceTheStateIsVerified() {
    MultiLayerNetwork net = network();
    attach(net);
    Networks.train(net, DATA, 1);
    int copies = EmulatedAdam8bit.DEVICE.copies();
    Networks.train(net, DATA, 5);
    assertThat(EmulatedAdam8bit.DEVICE.copies()).isEqualTo(copies);
  }

  @Test
  void stateMovesBothWaysInTheMiddleOfTraining() {
    MultiLayerNetwork resident = Networks.network(onHost(DataType.FLOAT), DataType.FLOAT);
    MultiLayerNetwork net = network();
    Networks.train(resident, DATA, 9);
    Networks.train(net, DATA, 3);
    PagedState paged = attach(net);
    assertThat(paged.isPaged()).isTrue();
    assertThat(paged)
        .hasToString(
            paged.bytes() + " bytes of optimizer state in pinned memory of the host, budget 0");
    Networks.train(net, DATA, 3);
    paged.detach();
    paged.detach();
    assertThat(paged.isPaged()).isFalse();
    Networks.train(net, DATA, 3);
    assertSame(net, resident);
  }

  @Test
  void whatReplacesTheUpdaterIsMovedAgain() {
    MultiLayerNetwork resident = Networks.network(onHost(DataType.FLOAT), DataType.FLOAT);
    MultiLayerNetwork net = network();
    PagedState paged = attach(net);
    Networks.train(resident, DATA, 2);
    Networks.train(net, DATA, 2);
    net.setLearningRate(1e-4);
    resident.setLearningRate(1e-4);
    assertThat(paged.isPaged()).isFalse();
    Networks.train(resident, DATA, 2);
    Networks.train(net, DATA, 2);
    assertThat(paged.isPaged()).isTrue();
    assertSame(net, resident);

    MultiLayerNetwork restored = Networks.restore(Networks.save(net));
    MultiLayerNetwork clone = net.clone();
    PagedState ofRestored = attach(restored);
    PagedState ofClone = attach(clone);
    Networks.train(resident, DATA, 2);
    Networks.train(restored, DATA, 2);
    Networks.train(clone, DATA, 2);
    Networks.train(net, DATA, 2);
    assertThat(ofRestored.isPaged()).isTrue();
    assertThat(ofClone.isPaged()).isTrue();
    assertSame(restored, resident);
    assertSame(clone, resident);
    assertSame(net, resident);
  }

  @Test
  void stateSetFromOutsideIsTakenUp() {
    MultiLayerNetwork resident = Networks.network(onHost(DataType.FLOAT), DataType.FLOAT);
    MultiLayerNetwork net = network();
    attach(net);
    Networks.train(net, DATA, 2);
    Networks.state(net).assign(0);
    // The step that meets it does nothing; the next one has the host look at the state.
    INDArray params = net.params().dup();
    Networks.train(net, DATA, 1);
    assertThat(net.params()).isEqualTo(params);
    resident.setParams(net.params());
    resident.getLayerWiseConfigurations().setIterationCount(3);
    Networks.train(net, DATA, 3);
    Networks.train(resident, DATA, 3);
    assertSame(net, resident);
  }

  @Test
  void graphs() {
    ComputationGraph resident =
        Networks.network(onHost(DataType.FLOAT), DataType.FLOAT).toComputationGraph();
    ComputationGraph net = network().toComputationGraph();
    PagedState paged = attach(StateSlot.of(net), 1 << 20);
    for (int i = 0; i < 3; i++) {
      resident.fit(DATA);
      net.fit(DATA);
    }
    assertThat(paged.isPaged()).isTrue();
    assertThat(net.params()).isEqualTo(resident.params());
    assertThat(Networks.bytes(net.getUpdater().getStateViewArray()))
        .isEqualTo(Networks.bytes(resident.getUpdater().getStateViewArray()));
  }

  @Test
  void memoryIsFreedByDetachingAndClosing() {
    MultiLayerNetwork net = network();
    PagedState paged = attach(net);
    Networks.train(net, DATA, 1);
    long address = address(Networks.state(net));
    assertThat(EmulatedDevice.isAllocated(address)).isTrue();
    paged.detach();
    assertThat(EmulatedDevice.isAllocated(address)).isFalse();

    PagedState again = attach(net);
    INDArray state = Networks.state(net);
    address = address(state);
    net.close();
    assertThat(again.isPaged()).isFalse();
    assertThatThrownBy(() -> state.getFloat(0)).isInstanceOf(Exception.class);
    again.close();
    assertThat(EmulatedDevice.isAllocated(address)).isFalse();
  }

  @Test
  void memoryOfCollectedNetworksIsFreedAndViewsKeepIt() throws Exception {
    INDArray[] view = {viewOfADroppedNetwork()};
    long address = address(view[0]);
    for (int i = 0; i < 20; i++) {
      System.gc();
      Thread.sleep(10);
    }
    assertThat(EmulatedDevice.isAllocated(address)).isTrue();
    assertThat(view[0].getFloat(0)).isEqualTo(1217);
    view[0] = null;
    for (int i = 0; i < 100 && EmulatedDevice.isAllocated(address); i++) {
      System.gc();
      Thread.sleep(50);
    }
    assertThat(EmulatedDevice.isAllocated(address)).isFalse();
  }

  private static INDArray viewOfADroppedNetwork() {
    MultiLayerNetwork net = network();
    attach(net);
    Networks.train(net, DATA, 1);
    return Networks.state(net).get(NDArrayIndex.interval(0, 100));
  }

  @Test
  void whereMemoryCannotBePinnedTheStateIsKept() {
    MultiLayerNetwork net = network();
    Networks.train(net, DATA, 2);
    INDArray state = Networks.state(net);
    byte[] bytes = Networks.bytes(state);
    EmulatedDevice.pinnable(bytes.length - 1);
    assertThatThrownBy(() -> attach(net))
        .isInstanceOf(CudaException.class)
        .hasMessageContainingAll(
            bytes.length + " bytes of pinned", "CUDA_ERROR_OUT_OF_MEMORY", "Nothing was changed");
    assertThat(Networks.state(net)).isSameAs(state);
    assertThat(Networks.bytes(state)).isEqualTo(bytes);
    assertThat(net.getListeners()).isEmpty();
    EmulatedDevice.pinnable(bytes.length);
    assertThat(attach(net).isPaged()).isTrue();
  }

  @Test
  void misuseIsRefused() {
    MultiLayerNetwork net = network();
    assertThatThrownBy(() -> attach(StateSlot.of(net), -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("budget is -1");
    attach(net);
    assertThatThrownBy(() -> attach(net))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("already");
  }

  @Test
  void eachStorageIsForOneKindOfBackend() {
    PagedStorage disk = PagedNetworks.disk();
    MultiLayerNetwork net = Networks.network(onHost(DataType.FLOAT), DataType.FLOAT);
    assertThatThrownBy(() -> PagedState.attach(net, PagedState.inHostMemory()))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContainingAll("NATIVE_CPU", "host already", "PagedState.onDisk");
    assertThatThrownBy(
            () ->
                PagedState.attach(
                    StateSlot.of(net), disk, PagedNetworks.BUDGET, ExecutionerType.CUDA))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContainingAll("CUDA", "PagedState.inHostMemory()");
    assertThat(net.getListeners()).isEmpty();
  }
}
