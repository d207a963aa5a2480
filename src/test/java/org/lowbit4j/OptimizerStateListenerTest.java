package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

class OptimizerStateListenerTest {

  @TempDir private Path folder;

  @Test
  void reportsWhatHappens() throws IOException {
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            OptimManager.of(Networks.configuration(new Adam8bit(1e-3), DataType.FLOAT))
                .layer("layer2")
                .updater(new Adam(1e-3))
                .apply());
    net.init();
    List<OptimizerStateReport> reports = new ArrayList<>();
    Path csv = folder.resolve("state.csv");
    net.setListeners(new OptimizerStateListener(5).to(reports::add).toCsv(csv));
    Networks.train(net, Networks.data(DataType.FLOAT), 10);

    assertThat(reports).extracting(OptimizerStateReport::iteration).containsExactly(0, 5);
    OptimizerStateReport last = reports.get(1);
    assertThat(last.stateBytes())
        .isEqualTo(net.getUpdater().getStateViewArray().length() * Float.BYTES);
    OptimizerStateReport.Block first = last.blocks().get(0);
    assertThat(first.name()).startsWith("layer0.W");
    assertThat(first.updater()).isEqualTo("Adam8bit");
    assertThat(first.bits()).isEqualTo(8);
    assertThat(first.stepMillis()).isPositive();
    assertThat(first.moments())
        .extracting(OptimizerStateReport.Moment::name)
        .containsExactly("m", "v");
    assertThat(first.moments().get(0).quantizationError()).isBetween(0.001, 0.05);
    assertThat(first.moments().get(0).saturated()).isBetween(1 / 300.0, 0.1);
    OptimizerStateReport.Block ofNd4j = last.blocks().get(last.blocks().size() - 1);
    assertThat(ofNd4j.updater()).isEqualTo("Adam");
    assertThat(ofNd4j.bits()).isEqualTo(32);
    assertThat(ofNd4j.moments()).isEmpty();
    assertThat(last.toString()).contains("Adam8bit", "of ND4J's Adam");
    List<String> lines = Files.readAllLines(csv);
    int columns = lines.get(0).split(",", -1).length;
    assertThat(lines).hasSizeGreaterThan(5).allMatch(l -> l.split(",", -1).length == columns);
  }

  /** DL4J hands listeners a layer then. */
  @Test
  void layerwisePretrainingIsNoTrainingOfTheNetwork() throws IOException {
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .updater(new Adam8bit(1e-3))
                .list()
                .layer(new AutoEncoder.Builder().name("one, \"two\"").nIn(20).nOut(8).build())
                .layer(new OutputLayer.Builder().nIn(8).nOut(5).build())
                .build());
    net.init();
    List<OptimizerStateReport> reports = new ArrayList<>();
    Path csv = folder.resolve("state.csv");
    net.setListeners(new OptimizerStateListener(1).to(reports::add).toCsv(csv));
    DataSet data = Networks.data(DataType.FLOAT);
    net.pretrainLayer(0, data.getFeatures());
    assertThat(reports).isEmpty();
    net.fit(data);
    assertThat(reports).hasSize(1);
    assertThat(Files.readString(csv)).contains(",\"one, \"\"two\"\".W");
  }

  @Test
  void graphsAndWhatIsSkippedOrClipped() {
    ComputationGraph graph =
        Networks.network(new Adam8bit(1e-3), DataType.FLOAT).toComputationGraph();
    graph.fit(Networks.data(DataType.FLOAT));
    OptimizerStateReport.Block block = OptimizerStateReport.of(graph).blocks().get(0);
    assertThat(block.clipped()).isZero();
    assertThat(block.skipped()).isZero();

    int n = 8192;
    Adam8bit config = new Adam8bit().percentileClipping(5);
    LowBitUpdater<?> updater =
        (LowBitUpdater<?>) config.instantiate(Nd4j.zeros(1, config.stateSize(n)), true);
    for (int i = 0; i < 4; i++) {
      updater.applyUpdater(Nd4j.ones(DataType.FLOAT, n).muli(i == 2 ? 5 : 1), i, 0);
    }
    assertThat(updater.clippedGradients()).isOne();
  }

  /** The error that is expected is about the one that encoding a moment makes. */
  @ParameterizedTest
  @EnumSource(QuantMap.class)
  void expectsTheErrorThatRoundingMakes(QuantMap map) {
    int n = 20_000;
    Adam8bit config = new Adam8bit().quantMap(map).beta1(0);
    LowBitUpdater<?> updater =
        (LowBitUpdater<?>) config.instantiate(Nd4j.zeros(1, config.stateSize(n)), true);
    Nd4j.getRandom().setSeed(5);
    INDArray gradient = Nd4j.randn(DataType.FLOAT, n);
    INDArray exact = gradient.dup(); // with beta1 = 0 the first moment is the gradient
    updater.applyUpdater(gradient, 0, 0);
    double made = updater.moment("m").sub(exact).norm2Number().doubleValue();
    double relative = made / exact.norm2Number().doubleValue();
    assertThat(updater.figures("m").quantizationError() / relative).isCloseTo(1, within(0.3));
    assertThat(updater.figures("m").rms()).isCloseTo(1, within(0.03));
  }

  @Test
  void refusesNonsense() {
    assertThatThrownBy(() -> new OptimizerStateListener(0)).hasMessageContaining("frequency");
    assertThatThrownBy(
            () -> new OptimizerStateListener().toCsv(folder.resolve("none").resolve("state.csv")))
        .hasMessageContaining("cannot be written");
  }

  /** Else a thread that begins to train could make one, too, and go on with that. */
  @Test
  void theUpdaterIsMadeWithTheNetworksMonitor() throws InterruptedException {
    for (Consumer<ComputationGraph> look :
        List.<Consumer<ComputationGraph>>of(OptimizerStateReport::of, StateAverage::of)) {
      ComputationGraph net = graph();
      Thread looking = new Thread(() -> look.accept(net));
      synchronized (net) {
        looking.start();
        while (looking.getState() != Thread.State.BLOCKED && looking.isAlive()) {
          Thread.sleep(1);
        }
        assertThat(net.getUpdater(false)).isNull();
      }
      looking.join();
      assertThat(net.getUpdater(false)).isNotNull();
    }
  }

  private static ComputationGraph graph() {
    ComputationGraph net =
        new ComputationGraph(
            Networks.network(new Adam8bit(1e-3), DataType.FLOAT)
                .toComputationGraph()
                .getConfiguration());
    net.init();
    return net;
  }
}
