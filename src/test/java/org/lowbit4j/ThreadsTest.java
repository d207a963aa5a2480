package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.NeuralNetwork;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.state.StateFormatException;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/** One thread trains, another looks, saves or changes rates; or several train at once. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ThreadsTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);
  private static final int BATCHES = 4;

  private static NeuralNetwork network(boolean graph) {
    MultiLayerNetwork net = Networks.network(new Adam8bit(1e-3), DataType.FLOAT);
    return graph ? net.toComputationGraph() : net;
  }

  private static ListDataSetIterator<DataSet> epoch() {
    return new ListDataSetIterator<>(DATA.asList(), Networks.EXAMPLES / BATCHES);
  }

  private static int iteration(NeuralNetwork net) {
    return net instanceof ComputationGraph
        ? ((ComputationGraph) net).getIterationCount()
        : ((MultiLayerNetwork) net).getIterationCount();
  }

  private static void iteration(NeuralNetwork net, int iteration) {
    if (net instanceof ComputationGraph) {
      ((ComputationGraph) net).getConfiguration().setIterationCount(iteration);
    } else {
      ((MultiLayerNetwork) net).getLayerWiseConfigurations().setIterationCount(iteration);
    }
  }

  /** The batch follows from the iteration: who goes on from a checkpoint sees the same ones. */
  private static void trainUntil(NeuralNetwork net, int iteration) {
    while (iteration(net) < iteration) {
      int from = iteration(net) % BATCHES * (Networks.EXAMPLES / BATCHES);
      net.fit((DataSet) DATA.getRange(from, from + Networks.EXAMPLES / BATCHES));
    }
  }

  private static byte[] save(Model net) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ModelSerializer.writeModel(net, out, true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static NeuralNetwork restore(byte[] saved, boolean graph) {
    try (ByteArrayInputStream in = new ByteArrayInputStream(saved)) {
      return graph
          ? ModelSerializer.restoreComputationGraph(in, true)
          : ModelSerializer.restoreMultiLayerNetwork(in, true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertSameParameters(NeuralNetwork a, NeuralNetwork b) {
    assertThat(Networks.bytes(((Model) a).params()))
        .isEqualTo(Networks.bytes(((Model) b).params()));
  }

  @Test
  void momentsAndCodesAreThoseAfterAWholeStep() {
    Adam8bit config = new Adam8bit(1e-3);
    int n = 200_000;
    LowBitUpdater<?> updater =
        (LowBitUpdater<?>) config.instantiate(Nd4j.zeros(1, config.stateSize(n)), true);
    INDArray gradient = Nd4j.ones(DataType.FLOAT, 1, n);
    updater.applyUpdater(gradient.dup(), 0, 0);
    CompletableFuture<Void> stepping =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 1; i < 300; i++) {
                updater.applyUpdater(gradient.dup(), i, 0);
              }
            });
    while (!stepping.isDone()) {
      INDArray m = updater.moment("m");
      assertThat(m.getFloat(0)).isEqualTo(m.getFloat(n - 1));
      INDArray codes = updater.codes("v");
      assertThat(codes.length()).isEqualTo(n);
    }
    stepping.join();
  }

  /** A block's step looks at the others' states, which who asks for their bits looks at, too. */
  @Test
  void bitsAreThoseBeforeOrAfterALookOfAnotherBlocksStep() throws Exception {
    HeldStep held = new HeldStep();
    Adam8bit config = new Adam8bit(1e-3);
    int n = 5000;
    long words = config.stateSize(n);
    INDArray array = Nd4j.zeros(DataType.FLOAT, 2 * words);
    GradientUpdater<?> first = config.instantiate(array.get(NDArrayIndex.interval(0, words)), true);
    LowBitUpdater<?> second =
        (LowBitUpdater<?>)
            new Adam8bit(new HeldSchedule(held))
                .instantiate(array.get(NDArrayIndex.interval(words, 2 * words)), true);
    CompletableFuture<Void> stepping =
        CompletableFuture.runAsync(() -> first.applyUpdater(Nd4j.ones(1, n), 0, 0));
    held.awaitStep();
    CompletableFuture<Integer> bits = new CompletableFuture<>();
    Thread asking = new Thread(() -> bits.complete(second.bits(n)));
    asking.setDaemon(true);
    asking.start();
    Thread.State state = HeldStep.settled(asking);
    held.release();
    stepping.join();
    assertThat(bits.join()).isEqualTo(8);
    assertThat(state).isEqualTo(Thread.State.BLOCKED);
  }

  /** Its value takes as long as a test likes. */
  private static final class HeldSchedule implements ISchedule {

    private static final long serialVersionUID = 1L;

    private final transient HeldStep held;

    HeldSchedule(HeldStep held) {
      this.held = held;
    }

    @Override
    public double valueAt(int iteration, int epoch) {
      held.iterationDone(null, iteration, epoch);
      return 1e-3;
    }

    @Override
    public ISchedule clone() {
      return this;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void checkpointsOfAnotherThreadUnderTheNetworksLockAreWhole(boolean graph) {
    NeuralNetwork net = network(graph);
    CompletableFuture<Void> training = CompletableFuture.runAsync(() -> trainUntil(net, 20));
    List<NeuralNetwork> copies = new ArrayList<>();
    for (int next = 1; next < 15; next += 7) {
      while (iteration(net) < next) {
        Thread.onSpinWait();
      }
      synchronized (net) {
        copies.add(restore(save((Model) net), graph));
        copies.add(graph ? ((ComputationGraph) net).clone() : ((MultiLayerNetwork) net).clone());
        iteration(copies.get(copies.size() - 1), iteration(net)); // a graph's clone begins at 0
      }
    }
    training.join();
    for (NeuralNetwork copy : copies) {
      trainUntil(copy, 20);
      assertSameParameters(copy, net);
    }
  }

  /** A listener is called before DL4J counts the step. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void checkpointsOfAListenerAreWhole(boolean graph) {
    NeuralNetwork net = network(graph);
    List<byte[]> saved = new ArrayList<>();
    ((Model) net)
        .addListeners(
            new BaseTrainingListener() {
              @Override
              public void iterationDone(Model model, int iteration, int epoch) {
                if (iteration == 5) {
                  saved.add(save(model));
                }
              }
            });
    net.fit(epoch());
    net.fit(epoch());
    NeuralNetwork restored = restore(saved.get(0), graph);
    iteration(restored, 6);
    trainUntil(restored, 2 * BATCHES);
    assertSameParameters(restored, net);
  }

  /** {@code fit(iterator)} has it for an epoch, which who saves should know. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void trainingAnEpochHoldsTheNetworksLockThroughout(boolean graph) throws Exception {
    NeuralNetwork net = network(graph);
    HeldStep held = new HeldStep();
    ((Model) net).addListeners(held);
    CompletableFuture<Void> training = CompletableFuture.runAsync(() -> net.fit(epoch()));
    held.awaitStep();
    CompletableFuture<Integer> saved = new CompletableFuture<>();
    Thread saving =
        new Thread(
            () -> {
              synchronized (net) {
                saved.complete(iteration(restore(save((Model) net), graph)));
              }
            });
    saving.setDaemon(true);
    saving.start();
    assertThat(HeldStep.settled(saving)).isEqualTo(Thread.State.BLOCKED);
    held.release();
    training.join();
    assertThat(saved.join()).isEqualTo(BATCHES);
  }

  @Test
  void tornCopiesSayWhatMayHaveTornThem() {
    MultiLayerNetwork net = (MultiLayerNetwork) network(false);
    trainUntil(net, 1);
    INDArray early = Networks.state(net).dup();
    trainUntil(net, 2);
    MultiLayerNetwork clone = net.clone();
    var torn = NDArrayIndex.interval(early.length() / 2, early.length());
    Networks.state(clone).get(torn).assign(early.get(torn));
    assertThatThrownBy(() -> trainUntil(clone, 3))
        .isInstanceOf(StateFormatException.class)
        .hasMessageContainingAll(
            "saved or cloned while another thread trained", "synchronized (net)", "iterationDone");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void ratesSetByAnotherThreadActFromTheNextStep(boolean graph) {
    NeuralNetwork net = network(graph);
    HeldStep held = new HeldStep();
    ((Model) net).addListeners(held);
    CompletableFuture<Void> training = CompletableFuture.runAsync(() -> net.fit(epoch()));
    held.awaitStep();
    rates(net).set(1e-4); // while the thread that trains holds the network
    held.release();
    training.join();
    NeuralNetwork expected = network(graph);
    trainUntil(expected, 1);
    rates(expected).set(1e-4);
    trainUntil(expected, BATCHES);
    assertSameParameters(net, expected);
  }

  private static LearningRates rates(NeuralNetwork net) {
    return net instanceof ComputationGraph
        ? LearningRates.of((ComputationGraph) net)
        : LearningRates.of((MultiLayerNetwork) net);
  }

  @Test
  void ratesAreNotSetWithinAStep() throws Exception {
    MultiLayerNetwork net = (MultiLayerNetwork) network(false);
    trainUntil(net, 1);
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread setting =
        new Thread(
            () -> {
              rates(net).set(1e-4);
              done.complete(null);
            });
    setting.setDaemon(true);
    synchronized (net.getUpdater()) { // as a step does
      setting.start();
      assertThat(HeldStep.settled(setting)).isEqualTo(Thread.State.BLOCKED);
      assertThat(net.getLearningRate(0)).isEqualTo(1e-3);
    }
    done.join();
    assertThat(net.getLearningRate(0)).isEqualTo(1e-4);
  }

  @Test
  void networksInParallelThreadsShareOneUpdaterObject() {
    Adam8bit shared = new Adam8bit(1e-3).percentileClipping(50);
    MultiLayerNetwork alone =
        Networks.network(new Adam8bit(1e-3).percentileClipping(50), DataType.FLOAT);
    trainUntil(alone, 20);
    List<MultiLayerNetwork> nets = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      nets.add(Networks.network(shared, DataType.FLOAT));
    }
    List<CompletableFuture<Void>> all = new ArrayList<>();
    nets.forEach(net -> all.add(CompletableFuture.runAsync(() -> trainUntil(net, 20))));
    all.forEach(CompletableFuture::join);
    nets.forEach(net -> assertSameParameters(net, alone));
  }
}
