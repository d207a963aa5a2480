package org.lowbit4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.Lion8bit;
import org.lowbit4j.StateAverage;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;

/** Rounds on Spark give the bits of the same rounds done by hand in one thread. */
class ParameterAveragingTest {

  @ParameterizedTest
  @CsvSource({"2, 2, 12, 3", "3, 5, 20, 2", "4, 1, 7, 5", "1, 3, 8, 2"})
  void equalsRoundsDoneByHand(int workers, int frequency, int batches, int partitions) {
    Supplier<MultiLayerNetwork> network = () -> Nets.network(new Adam8bit(1e-3));
    MultiLayerNetwork net = network.get();
    ParameterAveraging.builder()
        .workers(workers)
        .averagingFrequency(frequency)
        .build()
        .fit(net, Data.batches(batches, partitions), 2);
    Nets.assertSame(net, byHand(network, workers, frequency, batches, 2));
    assertThat(net.getUpdater().getStateViewArray().length()).isPositive();
  }

  /** Each at another worker, which averages it: 8 bits, 32 bits, ND4J's, clipped, without state. */
  @Test
  void updaterBlocksAreAveragedEachByItself() {
    Supplier<MultiLayerNetwork> network =
        () ->
            Nets.network(
                new Adam8bit(1e-3),
                new Adam8bit(1e-3).optimBits(32),
                DataType.FLOAT,
                dense(new Lion8bit(1e-4)),
                dense(new Adam(1e-3)),
                dense(new Adam8bit(1e-3).percentileClipping(50)),
                dense(new Sgd(0.01)));
    List<Round> rounds = new ArrayList<>();
    MultiLayerNetwork net = network.get();
    ParameterAveraging.builder()
        .workers(3)
        .averagingFrequency(2)
        .listener(rounds::add)
        .build()
        .fit(net, Data.batches(18, 2), 1);
    Nets.assertSame(net, byHand(network, 3, 2, 18, 1));
    long state = 4 * net.getUpdater().getStateViewArray().length();
    assertThat(rounds).hasSize(3).allMatch(round -> round.stateBytes() == 3 * state);
    assertThat(rounds).allMatch(round -> round.valueBytes() == 3 * 4 * net.numParams());
  }

  private static DenseLayer dense(IUpdater updater) {
    return new DenseLayer.Builder().nIn(160).nOut(160).updater(updater).build();
  }

  @Test
  void aGraphIsTrainedAsItsNetwork() {
    ParameterAveraging training = ParameterAveraging.builder().averagingFrequency(2).build();
    ComputationGraph graph = Nets.graph(new Adam8bit(1e-3));
    training.fit(graph, Data.batches(12, 2), 1);
    MultiLayerNetwork net = Nets.network(new Adam8bit(1e-3));
    training.fit(net, Data.batches(12, 2), 1);
    Nets.assertSame(graph, net);
  }

  @Test
  void learnsAsNd4jsAdamDoes() {
    ParameterAveraging training = ParameterAveraging.builder().averagingFrequency(2).build();
    MultiLayerNetwork expected = Nets.network(new Adam(1e-3));
    MultiLayerNetwork net = Nets.network(new Adam8bit(1e-3));
    DataSet test = Data.batch(1000, 200);
    double before = net.score(test);
    training.fit(expected, Data.batches(40, 2), 2);
    training.fit(net, Data.batches(40, 2), 2);
    assertThat(expected.score(test)).isLessThan(0.8 * before);
    assertThat(net.score(test)).isBetween(expected.score(test) * 0.98, expected.score(test) * 1.02);
  }

  /** What a worker does and sends, without Spark. */
  private static MultiLayerNetwork byHand(
      Supplier<MultiLayerNetwork> network, int workers, int frequency, int batches, int epochs) {
    MultiLayerNetwork net = network.get();
    List<DataSet> all = Data.list(batches);
    int perWorker = (batches + workers - 1) / workers;
    for (int epoch = 0; epoch < epochs; epoch++) {
      for (int from = 0; from < perWorker; from += frequency) {
        int to = Math.min(perWorker, from + frequency);
        List<MultiLayerNetwork> replicas = new ArrayList<>();
        for (int worker = 0; worker < workers; worker++) {
          MultiLayerNetwork replica = net.clone();
          int trained = 0;
          for (int i = from; i < to && i * workers + worker < batches; i++) {
            replica.fit(all.get(i * workers + worker));
            trained++;
          }
          if (trained > 0) {
            replicas.add(replica);
          }
        }
        average(net, replicas, net.getIterationCount() + to - from);
      }
      net.incrementEpochCount();
    }
    return net;
  }

  private static void average(
      MultiLayerNetwork net, List<MultiLayerNetwork> replicas, int iteration) {
    StateAverage average = StateAverage.of(net);
    INDArray sum = net.params().castTo(DataType.DOUBLE).assign(0);
    for (MultiLayerNetwork replica : replicas) {
      average.add(replica.getUpdater().getStateViewArray());
      sum.addi(replica.params().castTo(DataType.DOUBLE));
    }
    net.params().assign(sum.divi(replicas.size()));
    average.into(net.getUpdater().getStateViewArray(), iteration);
    net.setIterationCount(iteration);
  }
}
