package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.Consumer;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Sgd;

/** A plan does not reach an updater that was made before it; nor may it make files unreadable. */
class PlannedTooLateTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);

  private static MultiLayerNetwork network() {
    return Networks.network(new Adam8bit(1e-3), DataType.FLOAT);
  }

  private static void assertRefused(MultiLayerConfiguration conf) {
    String before = conf.toJson();
    assertThatThrownBy(() -> OptimManager.of(conf).smallParameters().optimBits(32).apply())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll(
            "at work with this configuration (layer layer0, Adam8bit(",
            ", iteration " + conf.getIterationCount() + "). Its updater",
            "OptimManager.of(net)");
    assertThat(conf.toJson()).isEqualTo(before);
  }

  @Test
  void networksAtWorkAreRefused() {
    Consumer<MultiLayerNetwork> step = net -> Networks.train(net, DATA, 1);
    Consumer<MultiLayerNetwork> getUpdater = MultiLayerNetwork::getUpdater;
    for (Consumer<MultiLayerNetwork> work : List.of(step, getUpdater)) {
      MultiLayerNetwork net = network();
      work.accept(net);
      assertRefused(net.getLayerWiseConfigurations());
    }
    MultiLayerNetwork net = network();
    step.accept(net);
    assertRefused(Networks.restore(Networks.save(net)).getLayerWiseConfigurations());
    assertRefused(net.clone().getLayerWiseConfigurations());
  }

  @Test
  void graphsAtWorkAreRefused() {
    ComputationGraph graph = network().toComputationGraph();
    graph.fit(DATA);
    assertThatThrownBy(() -> OptimManager.of(graph.getConfiguration()).optimBits(32).apply())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("at work");
  }

  /** Its iteration count says nothing of its state. */
  @Test
  void clonesOfGraphsAreRefusedBeforeTheirFirstStep() {
    ComputationGraph graph = network().toComputationGraph();
    graph.fit(DATA);
    graph.fit(DATA);
    ComputationGraph clone = graph.clone();
    assertThatThrownBy(() -> OptimManager.of(clone.getConfiguration()).optimBits(32).apply())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("at work");
    OptimManager.of(clone).optimBits(32).apply();
    clone.fit(DATA);
  }

  /** The first block has moved, the network's iteration is still 0. */
  @Test
  void aStepThatFailedBehindTheFirstBlockCounts() {
    MultiLayerConfiguration conf = Networks.configuration(new Adam8bit(1e-3), DataType.FLOAT);
    ((BaseLayer) conf.getConf(2).getLayer()).setIUpdater(new FailingUpdater());
    MultiLayerNetwork net = new MultiLayerNetwork(conf);
    net.init();
    assertThatThrownBy(() -> net.fit(DATA)).hasMessageContaining("fails");
    assertThatThrownBy(() -> OptimManager.of(conf).layer(0).optimBits(32).apply())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("at work");
    OptimManager.of(net).layer(2).updater(new Adam8bit(1e-3)).apply();
    Networks.train(net, DATA, 2);
    assertThat(Networks.restore(Networks.save(net)).params()).isEqualTo(net.params());
  }

  /** A schedule of ND4J's that throws in the step. */
  private static final class FailingUpdater extends Sgd {

    private static final long serialVersionUID = 1L;

    @Override
    public double getLearningRate(int iteration, int epoch) {
      throw new IllegalStateException("It fails.");
    }

    @Override
    public Sgd clone() {
      return new FailingUpdater();
    }
  }

  @Test
  void theRemedyWorks() {
    MultiLayerNetwork net = network();
    Networks.train(net, DATA, 3);
    OptimManager.of(net).smallParameters().optimBits(32).apply();
    Networks.train(net, DATA, 2);
    assertThat(Networks.restore(Networks.save(net)).params()).isEqualTo(net.params());
  }

  /** Transferred networks share updater objects with the one they come from. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void transferredNetworksCanBePlanned(boolean restored) {
    MultiLayerNetwork net = network();
    Networks.train(net, DATA, 2);
    if (restored) {
      net = Networks.restore(Networks.save(net));
    }
    for (FineTuneConfiguration change :
        new FineTuneConfiguration[] {
          new FineTuneConfiguration.Builder().seed(3).build(),
          new FineTuneConfiguration.Builder().updater(new Lion8bit(1e-4)).build()
        }) {
      MultiLayerNetwork tuned =
          new TransferLearning.Builder(net)
              .fineTuneConfiguration(change)
              .setFeatureExtractor(0)
              .build();
      OptimManager.of(tuned.getLayerWiseConfigurations()).smallParameters().optimBits(32).apply();
      Networks.train(tuned, DATA, 2);
      assertThat(Networks.restore(Networks.save(tuned)).params()).isEqualTo(tuned.params());
    }
    Networks.train(net, DATA, 1);
    assertThat(Networks.restore(Networks.save(net)).params()).isEqualTo(net.params());
  }

  @Test
  void aClosedNetworkIsNotAtWork() {
    MultiLayerNetwork net = network();
    net.getUpdater();
    net.close();
    MultiLayerConfiguration conf = net.getLayerWiseConfigurations();
    MultiLayerNetwork next =
        new MultiLayerNetwork(OptimManager.of(conf).smallParameters().optimBits(32).apply());
    next.init();
    Networks.train(next, DATA, 2);
    assertThat(Networks.restore(Networks.save(next)).params()).isEqualTo(next.params());
  }
}
