package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.junit.jupiter.api.Test;
import org.lowbit4j.state.StateFormatException;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** A step that one of a network's updater blocks refuses moves none of them. */
class AllOrNothingTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);

  /** A block per layer. */
  private static MultiLayerConfiguration configuration(LowBitConfig<?> updater) {
    return OptimManager.of(Networks.configuration(updater, DataType.FLOAT)).apply();
  }

  private static MultiLayerNetwork network(MultiLayerConfiguration conf) {
    MultiLayerNetwork net = new MultiLayerNetwork(conf);
    net.init();
    return net;
  }

  private static MultiLayerNetwork trained(int steps) {
    MultiLayerNetwork net = network(configuration(new Adam8bit(1e-3).percentileClipping(50)));
    Networks.train(net, DATA, steps);
    return net;
  }

  private static int[] blockStarts(MultiLayerNetwork net) {
    return ((MultiLayerUpdater) net.getUpdater())
        .getUpdaterBlocks().stream().mapToInt(b -> b.getUpdaterViewOffsetStart()).toArray();
  }

  @Test
  void aNetworkGoesOnAsIfNothingHadBeenOnceTheDamageIsMended() {
    MultiLayerNetwork whole = trained(3);
    MultiLayerNetwork net = trained(3);
    int[] starts = blockStarts(net);
    assertThat(starts).hasSize(3);
    for (int start : starts) {
      INDArray state = Networks.state(net);
      double good = state.getDouble(start + 19);
      state.putScalar(start + 19, 1);
      byte[] before = Networks.bytes(state);
      byte[] parameters = Networks.bytes(net.params());
      assertThatThrownBy(() -> Networks.train(net, DATA, 1))
          .isInstanceOf(StateFormatException.class)
          .hasMessageContaining("canary");
      assertThat(Networks.bytes(state)).isEqualTo(before);
      assertThat(Networks.bytes(net.params())).isEqualTo(parameters);
      assertThat(net.getIterationCount()).isEqualTo(whole.getIterationCount());
      state.putScalar(start + 19, good);
      Networks.train(net, DATA, 1);
      Networks.train(whole, DATA, 1);
      assertThat(Networks.bytes(net.params())).isEqualTo(Networks.bytes(whole.params()));
    }
  }

  @Test
  void aMessageNamesTheBlock() {
    MultiLayerNetwork net = trained(1);
    int[] starts = blockStarts(net);
    Networks.state(net).putScalar(starts[starts.length - 1], 1);
    assertThatThrownBy(() -> Networks.train(net, DATA, 1))
        .isInstanceOf(StateFormatException.class)
        .hasMessageContaining("In updater block 3 (2:layer2): ");
  }

  /** As after a restart: what is behind the headers is verified then. */
  @Test
  void aRestoredNetworkWithOneBadCodeDoesNotMove() {
    MultiLayerNetwork net = Networks.restore(Networks.save(trained(3)));
    int[] starts = blockStarts(net);
    INDArray state = Networks.state(net);
    state.putScalar(starts[starts.length - 2] + 200, 1.5);
    byte[] before = Networks.bytes(state);
    assertThatThrownBy(() -> Networks.train(net, DATA, 1))
        .isInstanceOf(StateFormatException.class)
        .hasMessageContaining("checksum");
    assertThat(Networks.bytes(state)).isEqualTo(before);
  }

  /** Before the first step all that is known of a block's parameters is what its header says. */
  @Test
  void whatADamagedHeaderOfRestoredStateSaidIsForgottenOnceItIsMended() {
    byte[] saved = Networks.save(trained(3));
    MultiLayerNetwork whole = Networks.restore(saved);
    Networks.train(whole, DATA, 1);
    for (int words : new int[] {1, 24}) {
      MultiLayerNetwork net = Networks.restore(saved);
      INDArray state = Networks.state(net);
      INDArray good = state.dup();
      int[] starts = blockStarts(net);
      // The number of parameters, or a header as fresh state has.
      int at = starts[starts.length - 1] + (words == 1 ? 9 : 0);
      for (int i = 0; i < words; i++) {
        state.putScalar(at + i, words == 1 ? state.getDouble(at) + 8 : 0);
      }
      byte[] before = Networks.bytes(state);
      assertThatThrownBy(() -> Networks.train(net, DATA, 1))
          .isInstanceOf(StateFormatException.class);
      assertThat(Networks.bytes(state)).isEqualTo(before);
      state.assign(good);
      Networks.train(net, DATA, 1);
      assertThat(Networks.bytes(net.params())).isEqualTo(Networks.bytes(whole.params()));
    }
  }

  /** State of a larger layer, whole and with its checksum, where there is room for it. */
  @Test
  void stateOfOtherSizesInALaterBlockIsFoundBeforeTheFirstOneMoves() {
    byte[] saved = Networks.save(trained(3));
    MultiLayerNetwork whole = Networks.restore(saved);
    MultiLayerNetwork net = Networks.restore(saved);
    List<UpdaterBlock> blocks = ((MultiLayerUpdater) net.getUpdater()).getUpdaterBlocks();
    UpdaterBlock last = blocks.get(blocks.size() - 1);
    INDArray state = Networks.state(net);
    INDArray good = state.dup();
    INDArray view =
        state.get(
            NDArrayIndex.interval(
                last.getUpdaterViewOffsetStart(), last.getUpdaterViewOffsetEnd()));
    Adam8bit config = ((Adam8bit) last.getGradientUpdater().getConfig()).clone();
    int n = last.getParamOffsetEnd() - last.getParamOffsetStart();
    view.assign(0);
    GradientUpdater<?> larger = config.newUpdater();
    larger.setStateViewArray(view, view.shape(), 'c', false);
    Updaters.step(larger, Updaters.normal(new Random(1), n + 4, 1), 0);
    // Not in the network's group any more, as after a restart.
    MultiLayerNetwork restored = Networks.restore(Networks.save(net));
    INDArray restoredState = Networks.state(restored);
    byte[] before = Networks.bytes(restoredState);
    assertThatThrownBy(() -> Networks.train(restored, DATA, 1))
        .isInstanceOf(StateFormatException.class)
        .hasMessageContainingAll(
            (whole.numParams() + 4) + " parameters", "the network has " + whole.numParams());
    assertThat(Networks.bytes(restoredState)).isEqualTo(before);
    restoredState.assign(good);
    Networks.train(restored, DATA, 1);
    Networks.train(whole, DATA, 1);
    assertThat(Networks.bytes(restored.params())).isEqualTo(Networks.bytes(whole.params()));
  }

  @Test
  void aGraphDoesNotMoveEither() {
    ComputationGraph graph = trained(3).toComputationGraph();
    INDArray state = graph.getUpdater().getStateViewArray();
    int start =
        graph.getUpdater().getUpdaterBlocks().stream()
            .mapToInt(b -> b.getUpdaterViewOffsetStart())
            .max()
            .getAsInt();
    double good = state.getDouble(start + 2);
    state.putScalar(start + 2, 9);
    byte[] before = Networks.bytes(state);
    byte[] parameters = Networks.bytes(graph.params());
    assertThatThrownBy(() -> graph.fit(DATA))
        .isInstanceOf(StateFormatException.class)
        .hasMessageContaining("version 9");
    assertThat(Networks.bytes(state)).isEqualTo(before);
    assertThat(Networks.bytes(graph.params())).isEqualTo(parameters);
    state.putScalar(start + 2, good);
    graph.fit(DATA);
  }

  @Test
  void pagedStateDoesNotMoveEither() {
    MultiLayerNetwork net = trained(3);
    PagedState paged = PagedState.attach(net, PagedNetworks.disk(), PagedNetworks.BUDGET);
    int[] starts = blockStarts(net);
    INDArray state = Networks.state(net);
    state.putScalar(starts[starts.length - 1], 1);
    byte[] before = Networks.bytes(state);
    assertThatThrownBy(() -> Networks.train(net, DATA, 1)).isInstanceOf(StateFormatException.class);
    assertThat(Networks.bytes(state)).isEqualTo(before);
    paged.close();
  }

  @Test
  void aScheduleThatLeavesItsRangeInALaterBlockStopsAll() {
    MapSchedule schedule = new MapSchedule(ScheduleType.ITERATION, Map.of(0, 1e-3, 3, -1.0));
    MultiLayerConfiguration conf = Networks.configuration(new Adam8bit(1e-3), DataType.FLOAT);
    OptimManager.of(conf).layer("layer2").learningRate(schedule).apply();
    MultiLayerNetwork net = network(conf);
    Networks.train(net, DATA, 3);
    byte[] before = Networks.bytes(Networks.state(net));
    assertThatThrownBy(() -> Networks.train(net, DATA, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("learning rate at iteration 3");
    assertThat(Networks.bytes(Networks.state(net))).isEqualTo(before);
  }

  /** DL4J lets updaters be replaced: those that were have no say any more. */
  @Test
  void updatersThatWereReplacedAreNotAsked() {
    MultiLayerNetwork whole = trained(3);
    MultiLayerNetwork net = trained(3);
    MultiLayerUpdater old = (MultiLayerUpdater) net.getUpdater();
    INDArray state = old.getStateViewArray();
    // One block in the same array.
    MultiLayerNetwork other = Networks.network(new Adam8bit(1e-3), DataType.FLOAT);
    MultiLayerUpdater one = new MultiLayerUpdater(other, state);
    INDArray kept = state.dup();
    state.assign(0);
    other.setUpdater(one);
    Networks.train(other, DATA, 1);
    state.assign(kept);
    Networks.train(net, DATA, 2);
    Networks.train(whole, DATA, 2);
    assertThat(Networks.bytes(net.params())).isEqualTo(Networks.bytes(whole.params()));
  }

  @Test
  void aCloneIsANetworkOfItsOwn() {
    MultiLayerNetwork net = trained(3);
    MultiLayerNetwork clone = net.clone();
    Networks.state(net).putScalar(0, 1);
    Networks.train(clone, DATA, 2);
    assertThatThrownBy(() -> Networks.train(net, DATA, 1)).isInstanceOf(StateFormatException.class);
    net.getUpdater().setStateViewArray(net, Networks.state(clone), false);
    Networks.train(net, DATA, 1);
  }

  @Test
  void updatersOfOneArrayCanBeCollected() throws InterruptedException {
    INDArray array = Nd4j.create(DataType.FLOAT, 2 * new Adam8bit().stateSize(5000));
    GradientUpdater<?> kept = half(array, 0);
    WeakReference<Object> dropped = new WeakReference<>(half(array, 1));
    step(kept, 0);
    for (int tries = 0; dropped.get() != null && tries < 100; tries++) {
      System.gc();
      Thread.sleep(20);
    }
    assertThat(dropped.get()).isNull();
    step(kept, 1);
    WeakReference<Object> buffer = new WeakReference<>(array.data());
    array = null;
    kept = null;
    for (int tries = 0; buffer.get() != null && tries < 100; tries++) {
      System.gc();
      Thread.sleep(20);
    }
    assertThat(buffer.get()).isNull();
  }

  private static GradientUpdater<?> half(INDArray array, int half) {
    long n = array.length() / 2;
    return new Adam8bit()
        .instantiate(array.get(NDArrayIndex.interval(half * n, (half + 1) * n)), true);
  }

  private static void step(GradientUpdater<?> updater, int iteration) {
    Updaters.step(updater, Updaters.normal(new Random(1), 5000, 1), iteration);
  }
}
