package org.lowbit4j.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.OptimManager;
import org.lowbit4j.PagedNetworks;
import org.lowbit4j.PagedState;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;

/** ParallelWrapper with 8-bit state: the same again and again, and in pieces. */
@Timeout(120)
class StateAveragingTest {

  @TempDir private Path folder;

  private static final int FEATURES = 32;
  private static final int CLASSES = 4;

  @ParameterizedTest
  @CsvSource({"true, 3, 2", "false, 2, 1"})
  void fittingTwiceIsFittingOnceAndASavedNetworkGoesOnAlike(
      boolean graph, int workers, int frequency) throws IOException {
    Model once = model(graph, new Adam8bit(1e-3));
    ParallelWrapper wrapper = wrapper(once, workers, frequency);
    wrapper.fit(data(0, 12));
    wrapper.fit(data(12, 12));

    Model again = model(graph, new Adam8bit(1e-3));
    wrapper(again, workers, frequency).fit(data(0, 24));
    assertSame(again, once);

    Model saved = model(graph, new Adam8bit(1e-3));
    wrapper(saved, workers, frequency).fit(data(0, 12));
    Model restored = restored(saved, graph);
    wrapper(restored, workers, frequency).fit(data(12, 12));
    assertSame(restored, once);
    assertThat(state(once).length()).isPositive();
  }

  @Test
  void learnsAsNd4jsAdamDoes() {
    int workers = 2;
    Model reference = model(false, new Adam(1e-3));
    Model net = model(false, new Adam8bit(1e-3));
    new ParallelWrapper.Builder<>(reference)
        .workers(workers)
        .averagingFrequency(1)
        .prefetchBuffer(0)
        .build()
        .fit(data(0, 40));
    wrapper(net, workers, 1).fit(data(0, 40));
    DataSet test = batch(1000);
    double expected = ((MultiLayerNetwork) reference).score(test);
    assertThat(((MultiLayerNetwork) net).score(test)).isBetween(expected * 0.9, expected * 1.1);
  }

  @Test
  void aWorkersFailureEndsTheFitAndNothingElse() {
    Model net = model(false, new Adam8bit(1e-3));
    ParallelWrapper wrapper = wrapper(net, 2, 1);
    List<DataSet> bad = new ArrayList<>(List.of(batch(0), batch(1), batch(2)));
    bad.add(new DataSet(Nd4j.zeros(3, FEATURES + 1), Nd4j.zeros(3, CLASSES)));
    assertThatThrownBy(() -> wrapper.fit(new ListDataSetIterator<>(bad, 1)))
        .hasStackTraceContaining("Worker 1 of ParallelWrapper failed");
    assertThat(state(net)).isNotNull();
    wrapper.fit(data(0, 4));
  }

  @Test
  void layersWithoutStateTrainAlong() {
    Model net = model(false, new Adam8bit(1e-3));
    OptimManager.of((MultiLayerNetwork) net).layer(1).updater(new Sgd(0.1)).apply();
    wrapper(net, 2, 1).fit(data(0, 4));
    assertThat(state(net)).isNotNull();
    wrapper(model(false, new Sgd(0.1)), 2, 1).fit(data(0, 4));
  }

  /** DL4J replaces the network's listeners, and what pages is one of them. */
  @Test
  void pagedStateIsRefused() {
    assumeTrue(PagedNetworks.isPagingHere(), "SKIPPED, there is no paging");
    MultiLayerNetwork net = (MultiLayerNetwork) model(false, new Adam8bit(1e-3));
    PagedState paged = PagedState.attach(net, PagedState.onDisk(folder), 1 << 20);
    ParallelWrapper wrapper = wrapper(net, 2, 1);
    assertThatThrownBy(() -> wrapper.fit(data(0, 4)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("whose state is paged");
    paged.detach();
    wrapper.fit(data(0, 4));
  }

  @Test
  void refusesSharedGradients() {
    ParallelWrapper wrapper =
        new ParallelWrapper.Builder<>(model(false, new Adam8bit()))
            .trainingMode(ParallelWrapper.TrainingMode.SHARED_GRADIENTS)
            .thresholdAlgorithm(
                new org.deeplearning4j.optimize.solvers.accumulation.encoding.threshold
                    .FixedThresholdAlgorithm(1e-3))
            .workers(2)
            .build();
    assertThatThrownBy(() -> StateAveraging.on(wrapper)).hasMessageContaining("shares gradients");
  }

  private static ParallelWrapper wrapper(Model model, int workers, int frequency) {
    return StateAveraging.on(
        new ParallelWrapper.Builder<>(model)
            .workers(workers)
            .averagingFrequency(frequency)
            .prefetchBuffer(0)
            .build());
  }

  private static Model model(boolean graph, IUpdater updater) {
    NeuralNetConfiguration.ListBuilder layers =
        new NeuralNetConfiguration.Builder()
            .seed(3)
            .updater(updater)
            .activation(Activation.TANH)
            .list()
            .layer(new DenseLayer.Builder().nIn(FEATURES).nOut(160).build())
            .layer(
                new OutputLayer.Builder()
                    .nIn(160)
                    .nOut(CLASSES)
                    .activation(Activation.SOFTMAX)
                    .build());
    MultiLayerNetwork net = new MultiLayerNetwork(layers.build());
    net.init();
    return graph ? net.toComputationGraph() : net;
  }

  private static ListDataSetIterator<DataSet> data(int from, int batches) {
    List<DataSet> list = new ArrayList<>();
    for (int i = from; i < from + batches; i++) {
      list.add(batch(i));
    }
    return new ListDataSetIterator<>(list, 1);
  }

  private static DataSet batch(int seed) {
    Nd4j.getRandom().setSeed(77);
    INDArray weights = Nd4j.randn(DataType.FLOAT, FEATURES, CLASSES);
    Nd4j.getRandom().setSeed(seed + 1); // 0 would be another one each time
    INDArray x = Nd4j.randn(DataType.FLOAT, 16, FEATURES);
    INDArray best = Nd4j.argMax(x.mmul(weights), 1);
    INDArray y = Nd4j.zeros(DataType.FLOAT, 16, CLASSES);
    for (int i = 0; i < 16; i++) {
      y.putScalar(i, best.getInt(i), 1);
    }
    return new DataSet(x, y);
  }

  private static Model restored(Model model, boolean graph) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ModelSerializer.writeModel(model, out, true);
    ByteArrayInputStream in = new ByteArrayInputStream(out.toByteArray());
    return graph
        ? ModelSerializer.restoreComputationGraph(in, true)
        : ModelSerializer.restoreMultiLayerNetwork(in, true);
  }

  private static INDArray state(Model model) {
    return model instanceof MultiLayerNetwork
        ? ((MultiLayerNetwork) model).getUpdater().getStateViewArray()
        : ((ComputationGraph) model).getUpdater().getStateViewArray();
  }

  private static void assertSame(Model a, Model b) {
    assertThat(a.params().toFloatVector()).isEqualTo(b.params().toFloatVector());
    assertThat(state(a).reshape(state(a).length()).toFloatVector())
        .isEqualTo(state(b).reshape(state(b).length()).toFloatVector());
  }
}
