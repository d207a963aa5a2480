package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.deeplearning4j.core.storage.Persistable;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.ui.model.stats.StatsListener;
import org.deeplearning4j.ui.model.stats.api.StatsReport;
import org.deeplearning4j.ui.model.storage.InMemoryStatsStorage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;

/** DL4J's own StatsListener, whose charts have learning rates: it shows those in force. */
class StatsListenerTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);

  private final InMemoryStatsStorage storage = new InMemoryStatsStorage();

  private static MultiLayerNetwork network(boolean own) {
    if (!own) {
      return Networks.network(new Adam8bit(1e-3), DataType.FLOAT);
    }
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            OptimManager.of(Networks.configuration(new Adam8bit(1e-3), DataType.FLOAT)).apply());
    net.init();
    return net;
  }

  /** Of the last iteration, by parameter, in the precision of the storage. */
  private Map<String, Double> reported() {
    String session = storage.listSessionIDs().get(0);
    String type = storage.listTypeIDsForSession(session).get(0);
    List<Persistable> updates = storage.getLatestUpdateAllWorkers(session, type);
    assertThat(updates).hasSize(1);
    return new TreeMap<>(((StatsReport) updates.get(0)).getLearningRates());
  }

  private void requireReported(double... weightsAndBiases) {
    Map<String, Double> rates = reported();
    assertThat(rates).hasSize(weightsAndBiases.length);
    int i = 0;
    for (Map.Entry<String, Double> rate : rates.entrySet()) {
      double expected = weightsAndBiases[i++];
      assertThat(rate.getValue()).as(rates.toString()).isCloseTo(expected, within(expected * 1e-6));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void itReportsTheRateInForceOfANetwork(boolean ownBlocks) {
    MultiLayerNetwork net = network(ownBlocks);
    net.setListeners(new StatsListener(storage, 1));
    net.fit(DATA);
    requireReported(1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3);
    LearningRates.of(net).set("layer1", 1e-4);
    net.fit(DATA);
    requireReported(1e-3, 1e-3, 1e-4, 1e-4, 1e-3, 1e-3);
    LearningRates.of(net).set(5e-4);
    net.fit(DATA);
    requireReported(5e-4, 5e-4, 5e-4, 5e-4, 5e-4, 5e-4);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void itReportsTheRateInForceOfAGraph(boolean ownBlocks) {
    ComputationGraph net = network(ownBlocks).toComputationGraph();
    net.setListeners(new StatsListener(storage, 1));
    net.fit(DATA);
    requireReported(1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3);
    LearningRates.of(net).set("1", 1e-4);
    net.fit(DATA);
    requireReported(1e-3, 1e-3, 1e-4, 1e-4, 1e-3, 1e-3);
  }

  /** A bias with an updater of its own; one that shares it has its layer's rate reported. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void itReportsTheRateOfABias(boolean ownUpdater) {
    MultiLayerConfiguration conf = Networks.configuration(new Adam8bit(1e-3), DataType.FLOAT);
    OptimManager<MultiLayerConfiguration> manager = OptimManager.of(conf);
    conf = ownUpdater ? manager.biases().optimBits(32).apply() : manager.apply();
    MultiLayerNetwork net = new MultiLayerNetwork(conf);
    net.init();
    net.setListeners(new StatsListener(storage, 1));
    LearningRates.of(net).set("layer1", "b", 1e-2);
    net.fit(DATA);
    requireReported(1e-3, 1e-3, 1e-3, ownUpdater ? 1e-2 : 1e-3, 1e-3, 1e-3);
  }
}
