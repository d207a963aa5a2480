package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.regularization.UpdaterCheck;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.L2Regularization;

/**
 * Weight decay and trust ratios, and the updaters they belong to: neither acts without the other.
 */
class ReplacedUpdatersTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);

  static Stream<LowBitConfig<?>> needing() {
    return Stream.of(
        new AdamW8bit(1e-3),
        new LAMB8bit(1e-3),
        new LARS8bit(1e-3),
        new Adam8bit(1e-3).weightDecay(0.1),
        new AdaDelta8bit().weightDecay(0.1));
  }

  static Stream<Arguments> replacements() {
    return needing()
        .flatMap(
            installed ->
                Stream.of(new Adam8bit(1e-3), new Adam(1e-3), new Lion8bit(1e-3))
                    .map(updater -> Arguments.of(installed, updater)));
  }

  private static MultiLayerNetwork network(IUpdater updater) {
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            OptimManager.of(Networks.configuration(updater, DataType.FLOAT)).apply());
    net.init();
    Networks.train(net, DATA, 2);
    return net;
  }

  private static MultiLayerNetwork tuned(
      MultiLayerNetwork net, FineTuneConfiguration.Builder change) {
    return new TransferLearning.Builder(net).fineTuneConfiguration(change.build()).build();
  }

  @ParameterizedTest
  @MethodSource("replacements")
  void whatBelongsToAnotherUpdaterStopsTheStep(LowBitConfig<?> installed, IUpdater updater) {
    MultiLayerNetwork tuned =
        tuned(network(installed), new FineTuneConfiguration.Builder().updater(updater));
    INDArray before = tuned.params().dup();
    assertThatThrownBy(() -> Networks.train(tuned, DATA, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll(
            installed.getClass().getSimpleName(), "0:layer0", "OptimManager.of(");
    assertThat(tuned.params()).isEqualTo(before);
    OptimManager.of(tuned).apply();
    Networks.train(tuned, DATA, 1);

    MultiLayerNetwork planned =
        tuned(network(installed), new FineTuneConfiguration.Builder().updater(updater.clone()));
    OptimManager.of(planned.getLayerWiseConfigurations()).apply();
    MultiLayerNetwork fresh =
        new MultiLayerNetwork(
            OptimManager.of(Networks.configuration(updater, DataType.FLOAT)).apply());
    fresh.init(planned.params().dup(), true);
    Networks.train(planned, DATA, 3);
    Networks.train(fresh, DATA, 3);
    assertThat(planned.params()).isEqualTo(fresh.params());
  }

  @ParameterizedTest
  @MethodSource("needing")
  void anUpdaterWithoutWhatItNeedsRefusesToStep(LowBitConfig<?> config) {
    MultiLayerNetwork tuned = tuned(network(config), new FineTuneConfiguration.Builder().l2(0.1));
    INDArray before = tuned.params().dup();
    assertThatThrownBy(() -> Networks.train(tuned, DATA, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll(
            config.getClass().getSimpleName(), config.regularizations().toString(), "is gone");
    assertThat(tuned.params()).isEqualTo(before);
    assertThat(Networks.state(tuned).sumNumber().doubleValue()).isZero();

    MultiLayerNetwork planned = tuned(network(config), new FineTuneConfiguration.Builder().l2(0.1));
    OptimManager.of(planned.getLayerWiseConfigurations()).apply();
    Networks.train(planned, DATA, 1);
    assertThat(planned.params()).isNotEqualTo(before);
  }

  @ParameterizedTest
  @MethodSource("needing")
  void transferThatKeepsTheUpdaterTrainsOn(LowBitConfig<?> config) {
    MultiLayerNetwork net = network(config);
    MultiLayerNetwork tuned = tuned(net, new FineTuneConfiguration.Builder().biasInit(0.1));
    ComputationGraph graph = net.toComputationGraph();
    Networks.train(tuned, DATA, 2);
    graph.fit(DATA);
    Networks.train(net.clone(), DATA, 1);
    Networks.train(Networks.restore(Networks.save(net)), DATA, 1);
    assertThat(tuned.params()).isNotEqualTo(net.params());
  }

  @ParameterizedTest
  @MethodSource("replacements")
  void graphsToo(LowBitConfig<?> installed, IUpdater updater) {
    ComputationGraph graph = network(installed).toComputationGraph();
    ComputationGraph tuned =
        new TransferLearning.GraphBuilder(graph)
            .fineTuneConfiguration(new FineTuneConfiguration.Builder().updater(updater).build())
            .build();
    INDArray before = tuned.params().dup();
    assertThatThrownBy(() -> tuned.fit(DATA))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(installed.getClass().getSimpleName());
    assertThat(tuned.params()).isEqualTo(before);
    ComputationGraph without =
        new TransferLearning.GraphBuilder(graph)
            .fineTuneConfiguration(new FineTuneConfiguration.Builder().l2(0.1).build())
            .build();
    assertThatThrownBy(() -> without.fit(DATA))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is gone");
  }

  @ParameterizedTest
  @MethodSource("replacements")
  void sameDiffToo(LowBitConfig<?> installed, IUpdater updater) {
    DataSet data = new DataSet(Nd4j.ones(DataType.FLOAT, 2, 4), null);
    TrainingConfig config =
        OptimManager.of(
                new TrainingConfig.Builder()
                    .updater(installed)
                    .dataSetFeatureMapping("x")
                    .skipBuilderValidation(true)
                    .build())
            .apply();
    TrainingConfig other = TrainingConfig.fromJson(config.toJson());
    other.setUpdater(updater);
    TrainingConfig without = TrainingConfig.fromJson(config.toJson());
    without.setRegularization(new ArrayList<>(List.of(new L2Regularization(0.1))));
    for (TrainingConfig changed : new TrainingConfig[] {config, other, without}) {
      SameDiff sd = SameDiff.create();
      SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 4);
      sd.setLossVariables(sd.mean("loss", x.mmul(sd.var("w", Nd4j.ones(DataType.FLOAT, 4, 3)))));
      sd.setTrainingConfig(changed);
      if (changed == config) {
        sd.fit(data);
      } else {
        assertThatThrownBy(() -> sd.fit(data))
            .hasStackTraceContaining(installed.getClass().getSimpleName())
            .hasStackTraceContaining("OptimManager");
      }
      boolean unchanged = sd.getVariable("w").getArr().sub(1).amaxNumber().doubleValue() == 0;
      assertThat(unchanged).isNotEqualTo(changed == config);
    }
  }

  /** DL4J regularizes no parameter of a normalisation layer; its updater misses nothing. */
  @Test
  void layersWithoutRegularizationTrain() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(new AdamW8bit(1e-3))
            .list()
            .layer(new DenseLayer.Builder().nIn(20).nOut(30).hasLayerNorm(true).build())
            .layer(new BatchNormalization.Builder().nOut(30).build())
            .layer(new OutputLayer.Builder().nIn(30).nOut(5).activation(Activation.SOFTMAX).build())
            .build();
    MultiLayerNetwork net = new MultiLayerNetwork(OptimManager.of(conf).apply());
    net.init();
    INDArray before = net.params().dup();
    Networks.train(net, DATA, 1);
    assertThat(net.params()).isNotEqualTo(before);
  }

  /** Networks of earlier builds have no checks, and train as they did. */
  @Test
  void networksSavedWithoutChecksTrainAsBefore() {
    MultiLayerNetwork net = network(new AdamW8bit(1e-3));
    String json = net.getLayerWiseConfigurations().toJson();
    MultiLayerConfiguration earlier =
        MultiLayerConfiguration.fromJson(json.replaceAll("\"checked\" : true,?", ""));
    for (int i = 0; i < 3; i++) {
      BaseLayer layer = (BaseLayer) earlier.getConf(i).getLayer();
      layer.getRegularization().removeIf(UpdaterCheck.class::isInstance);
      assertThat(layer.getRegularization()).hasSize(1);
    }
    MultiLayerNetwork old = new MultiLayerNetwork(earlier);
    old.init(net.params().dup(), true);
    Networks.state(old).assign(Networks.state(net));
    Networks.train(old, DATA, 2);
    Networks.train(net, DATA, 2);
    assertThat(old.params()).isEqualTo(net.params());
  }

  /** An autoencoder's visible bias has no decay, and an updater block of its own. */
  @ParameterizedTest
  @MethodSource("needing")
  void pretrainingNeedsNothingForVisibleBiases(LowBitConfig<?> config) {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(config)
            .list()
            .layer(new AutoEncoder.Builder().nIn(Networks.FEATURES).nOut(30).build())
            .layer(
                new OutputLayer.Builder()
                    .nIn(30)
                    .nOut(Networks.CLASSES)
                    .activation(Activation.SOFTMAX)
                    .build())
            .build();
    MultiLayerNetwork net = new MultiLayerNetwork(OptimManager.of(conf).apply());
    net.init();
    INDArray before = net.params().dup();
    net.pretrainLayer(0, DATA.getFeatures());
    assertThat(net.params()).isNotEqualTo(before);
    Networks.train(net, DATA, 2);
  }
}
