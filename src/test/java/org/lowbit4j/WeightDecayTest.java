package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.regularization.CoupledWeightDecay;
import org.lowbit4j.regularization.DecayOffer;
import org.lowbit4j.regularization.DecoupledWeightDecay;
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
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.Regularization;

/** Weight decay and trust ratios in real networks: installed, applied once, to weights. */
class WeightDecayTest {

  private static final double RATE = 0.01;
  private static final double DECAY = 0.5;

  /** The parameters after one step, from the same start on the same data. */
  private static MultiLayerNetwork afterOneStep(
      IUpdater updater,
      UnaryOperator<OptimManager<MultiLayerConfiguration>> overrides,
      boolean throughJson) {
    MultiLayerConfiguration conf =
        overrides.apply(OptimManager.of(Networks.configuration(updater, DataType.FLOAT))).apply();
    if (throughJson) {
      conf = MultiLayerConfiguration.fromJson(conf.toJson());
    }
    MultiLayerNetwork net = new MultiLayerNetwork(conf);
    net.init();
    // zero-initialised biases would have no decay to see
    for (int i = 0; i < 3; i++) {
      net.getParam(i + "_b").assign(0.25);
    }
    Networks.train(net, Networks.data(DataType.FLOAT), 1);
    return net;
  }

  private static MultiLayerNetwork start() {
    MultiLayerNetwork net = Networks.network(new Sgd(0), DataType.FLOAT);
    for (int i = 0; i < 3; i++) {
      net.getParam(i + "_b").assign(0.25);
    }
    return net;
  }

  static Stream<LowBitConfig<?>> decoupled() {
    return Stream.of(new AdamW8bit(RATE), new Lion8bit(RATE), new AdEMAMix8bit(RATE));
  }

  /** DL4J applies a weight decay of the global builder twice; ours exactly once. */
  @ParameterizedTest
  @MethodSource("decoupled")
  void decoupledDecayIsAppliedOnceToWeights(LowBitConfig<?> config) {
    MultiLayerNetwork without =
        afterOneStep(config.clone().weightDecay(0), UnaryOperator.identity(), false);
    LowBitConfig<?> decaying = config.clone().weightDecay(DECAY);
    MultiLayerNetwork[] with = {
      afterOneStep(decaying, UnaryOperator.identity(), false),
      afterOneStep(decaying, UnaryOperator.identity(), true),
      afterOneStep(config.clone().weightDecay(0), manager -> manager.weightDecay(DECAY), false),
      afterOneStep(decaying, manager -> OptimManager.of(manager.apply()), false),
    };
    MultiLayerNetwork start = start();
    for (MultiLayerNetwork net : with) {
      for (int i = 0; i < 3; i++) {
        INDArray decay = without.getParam(i + "_W").sub(net.getParam(i + "_W"));
        INDArray expected = start.getParam(i + "_W").mul(RATE * DECAY);
        assertThat(decay.sub(expected).amaxNumber().doubleValue()).isLessThan(1e-7);
        assertThat(net.getParam(i + "_b")).isEqualTo(without.getParam(i + "_b"));
      }
    }
  }

  @Test
  void biasesDecayWhereSelected() {
    MultiLayerNetwork without =
        afterOneStep(new AdamW8bit(RATE).weightDecay(0), UnaryOperator.identity(), false);
    MultiLayerNetwork with =
        afterOneStep(
            new AdamW8bit(RATE).weightDecay(0),
            m -> m.layer("layer1").biases().weightDecay(DECAY),
            true);
    INDArray decay = without.getParam("1_b").sub(with.getParam("1_b"));
    assertThat(decay.sub(0.25 * RATE * DECAY).amaxNumber().doubleValue()).isLessThan(1e-7);
    assertThat(with.getParam("0_b")).isEqualTo(without.getParam("0_b"));
    assertThat(with.getParam("1_W")).isEqualTo(without.getParam("1_W"));
  }

  /** Set apart for their bits, biases stay without decay and trust ratio. */
  @ParameterizedTest
  @MethodSource
  void settingBiasesApartDoesNotRegularizeThem(LowBitConfig<?> config) {
    MultiLayerNetwork together = afterOneStep(config, UnaryOperator.identity(), false);
    MultiLayerNetwork apart =
        afterOneStep(
            config,
            m -> OptimManager.of(m.smallParameters().optimBits(32).apply()).layer(0).optimBits(8),
            true);
    assertThat(apart.params()).isEqualTo(together.params());
  }

  static Stream<LowBitConfig<?>> settingBiasesApartDoesNotRegularizeThem() {
    return Stream.of(
        new AdamW8bit(RATE).weightDecay(DECAY),
        new LAMB8bit(RATE).weightDecay(DECAY),
        new LARS8bit(RATE).weightDecay(DECAY),
        new SGD8bit(RATE).weightDecay(DECAY));
  }

  /** Coupled decay is DL4J's own L2. */
  @ParameterizedTest
  @MethodSource("coupled")
  void coupledDecayIsThatOfL2(LowBitConfig<?> config) {
    MultiLayerNetwork ours =
        afterOneStep(config.clone().weightDecay(DECAY), UnaryOperator.identity(), true);
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .seed(7)
            .updater(config)
            .l2(DECAY)
            .list()
            .layer(new DenseLayer.Builder().nIn(20).nOut(300).activation(Activation.TANH).build())
            .layer(new DenseLayer.Builder().nIn(300).nOut(80).activation(Activation.TANH).build())
            .layer(new OutputLayer.Builder().nIn(80).nOut(5).activation(Activation.SOFTMAX).build())
            .build();
    MultiLayerNetwork theirs = new MultiLayerNetwork(conf);
    theirs.init();
    theirs.setParams(start().params());
    Networks.train(theirs, Networks.data(DataType.FLOAT), 1);
    assertThat(ours.params()).isEqualTo(theirs.params());
  }

  static Stream<LowBitConfig<?>> coupled() {
    return Stream.of(
        new SGD8bit(RATE), new RMSprop8bit(RATE), new Adagrad8bit(RATE), new Adam8bit(RATE));
  }

  @Test
  void lambStepsAreAsLargeAsTheLearningRateTimesTheParameters() {
    MultiLayerNetwork net = afterOneStep(new LAMB8bit(RATE), UnaryOperator.identity(), true);
    MultiLayerNetwork start = start();
    for (int i = 0; i < 3; i++) {
      INDArray w = start.getParam(i + "_W");
      double ratio =
          net.getParam(i + "_W").sub(w).norm2Number().doubleValue() / w.norm2Number().doubleValue();
      assertThat(ratio).as("layer %d", i).isCloseTo(RATE, offset(1e-6));
    }
  }

  @Test
  void larsStepsAreAsLargeAsTheTrustCoefficientTimesTheParameters() {
    MultiLayerNetwork net =
        afterOneStep(new LARS8bit(1.0).trustCoefficient(0.02), UnaryOperator.identity(), true);
    MultiLayerNetwork start = start();
    for (int i = 0; i < 3; i++) {
      INDArray w = start.getParam(i + "_W");
      double ratio =
          net.getParam(i + "_W").sub(w).norm2Number().doubleValue() / w.norm2Number().doubleValue();
      assertThat(ratio).as("layer %d", i).isCloseTo(0.02, offset(1e-6));
    }
  }

  /** What trains silently wrong without the manager does not begin. */
  @ParameterizedTest
  @MethodSource
  void withoutTheManagerNetworksAreNotMade(LowBitConfig<?> config) {
    MultiLayerNetwork net = new MultiLayerNetwork(Networks.configuration(config, DataType.FLOAT));
    assertThatThrownBy(
            () -> {
              net.init();
              net.fit(Networks.data(DataType.FLOAT));
            })
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll(
            config.getClass().getSimpleName(), "OptimManager.of(conf).apply()");
  }

  static Stream<LowBitConfig<?>> withoutTheManagerNetworksAreNotMade() {
    return Stream.of(
        new AdamW8bit(RATE),
        new AdEMAMix8bit(RATE),
        new Lion8bit(RATE).weightDecay(0.1),
        new LAMB8bit(RATE),
        new LARS8bit(RATE),
        new SGD8bit(RATE).weightDecay(0.1),
        new Adam8bit(RATE).weightDecay(0.1));
  }

  /** The regularization that a user sets stays, and stays what it is. */
  @Test
  void theUsersOwnRegularizationIsKept() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(new AdamW8bit(RATE))
            .list()
            .layer(new DenseLayer.Builder().nIn(20).nOut(30).l1(0.1).build())
            .layer(new OutputLayer.Builder().nIn(30).nOut(5).activation(Activation.SOFTMAX).build())
            .build();
    OptimManager.of(OptimManager.of(conf).apply()).apply();
    List<Regularization> kept =
        withoutChecks(
            ((DenseLayer) MultiLayerConfiguration.fromJson(conf.toJson()).getConf(0).getLayer())
                .getRegularization());
    assertThat(kept).hasSize(2);
    assertThat(kept.get(1))
        .isEqualTo(new DecoupledWeightDecay(0.01))
        .isNotEqualTo(new CoupledWeightDecay(0.01));
  }

  /**
   * A transferred network keeps the decay; one given a new updater is prepared before it trains.
   */
  @Test
  void transferredNetworksDecayOnce() {
    MultiLayerNetwork net = afterOneStep(new AdamW8bit(RATE), UnaryOperator.identity(), false);
    MultiLayerNetwork kept = new TransferLearning.Builder(net).setFeatureExtractor(0).build();
    assertThat(decays(kept, 1)).isEqualTo(new AdamW8bit(RATE).regularizations());
    Networks.train(kept, Networks.data(DataType.FLOAT), 2);

    MultiLayerNetwork tuned =
        new TransferLearning.Builder(net)
            .fineTuneConfiguration(
                new FineTuneConfiguration.Builder()
                    .updater(new AdamW8bit(RATE).weightDecay(DECAY))
                    .build())
            .build();
    DataSet data = Networks.data(DataType.FLOAT);
    assertThatThrownBy(() -> tuned.fit(data))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("OptimManager");
    OptimManager.of(tuned.getLayerWiseConfigurations()).apply();
    assertThat(decays(tuned, 1))
        .isEqualTo(new AdamW8bit(RATE).weightDecay(DECAY).regularizations());
    Networks.train(tuned, data, 2);
  }

  @Test
  void decayThatDl4jRemovesIsGone() {
    MultiLayerNetwork net = afterOneStep(new AdamW8bit(RATE), UnaryOperator.identity(), false);
    MultiLayerNetwork tuned =
        new TransferLearning.Builder(net)
            .fineTuneConfiguration(new FineTuneConfiguration.Builder().weightDecay(0).build())
            .build();
    assertThat(decays(tuned, 0)).isEmpty();
  }

  /** Notes updates before weight decay is added. */
  private static final class Spy implements Regularization {

    private static final long serialVersionUID = 1L;

    static final List<byte[]> UPDATES = new ArrayList<>();

    @Override
    public ApplyStep applyStep() {
      return ApplyStep.POST_UPDATER;
    }

    @Override
    public void apply(INDArray param, INDArray gradView, double lr, int iteration, int epoch) {
      UPDATES.add(Networks.bytes(gradView.dup()));
    }

    @Override
    public double score(INDArray param, int iteration, int epoch) {
      return 0;
    }

    @Override
    public Regularization clone() {
      return this;
    }
  }

  /** What a regularization of the user's does to updates, it does not do to the decay. */
  @ParameterizedTest
  @MethodSource("decoupled")
  void otherRegularizationsSeeThePlainUpdate(LowBitConfig<?> config) {
    List<List<byte[]>> seen = new ArrayList<>();
    for (double decay : new double[] {0, DECAY}) {
      MultiLayerConfiguration conf =
          Networks.configuration(config.clone().weightDecay(decay), DataType.FLOAT);
      for (int i = 0; i < 3; i++) {
        ((BaseLayer) conf.getConf(i).getLayer())
            .setRegularization(new ArrayList<>(List.of(new Spy())));
      }
      MultiLayerNetwork net = new MultiLayerNetwork(OptimManager.of(conf).apply());
      net.init();
      net.fit(Networks.data(DataType.FLOAT));
      seen.add(new ArrayList<>(Spy.UPDATES));
      Spy.UPDATES.clear();
      assertThat(decays(net, 0)).hasSize(decay == 0 ? 1 : 2);
    }
    assertThat(seen.get(0)).hasSize(3);
    for (int i = 0; i < 3; i++) {
      assertThat(seen.get(1).get(i)).isEqualTo(seen.get(0).get(i));
    }
  }

  /** As earlier builds saved a decoupled decay: an offer to the updater came before it. */
  private static String withOffer(String json) {
    Pattern decay =
        Pattern.compile(
            "\\{[^{}]*\"org.lowbit4j.regularization.DecoupledWeightDecay\"[^{}]*(\\{[^{}]*})?[^{}]*}");
    return decay
        .matcher(json)
        .replaceAll(
            found ->
                found.group().replace("DecoupledWeightDecay", "DecayOffer") + "," + found.group());
  }

  /** Such a network has the same bits, and loses the relic where the manager is applied again. */
  @Test
  void networksSavedWithOffersTrainOn() {
    MultiLayerConfiguration conf =
        OptimManager.of(
                Networks.configuration(new AdamW8bit(RATE).weightDecay(DECAY), DataType.FLOAT))
            .apply();
    MultiLayerNetwork[] nets = {
      new MultiLayerNetwork(conf),
      new MultiLayerNetwork(MultiLayerConfiguration.fromJson(withOffer(conf.toJson()))),
    };
    DataSet data = Networks.data(DataType.FLOAT);
    for (MultiLayerNetwork net : nets) {
      net.init();
      Networks.train(net, data, 2);
    }
    assertThat(decays(nets[1], 0)).hasSize(2).first().isInstanceOf(DecayOffer.class);
    assertThat(Networks.bytes(nets[1].params())).isEqualTo(Networks.bytes(nets[0].params()));

    MultiLayerNetwork restored = Networks.restore(Networks.save(nets[1]));
    Networks.train(nets[0], data, 2);
    Networks.train(restored, data, 2);
    assertThat(Networks.bytes(restored.params())).isEqualTo(Networks.bytes(nets[0].params()));
    MultiLayerNetwork anew =
        new MultiLayerNetwork(
            OptimManager.of(
                    MultiLayerConfiguration.fromJson(
                        restored.getLayerWiseConfigurations().toJson()))
                .apply());
    assertThat(decays(anew, 0)).containsExactly(new DecoupledWeightDecay(DECAY));
  }

  private static List<Regularization> decays(MultiLayerNetwork net, int layer) {
    return withoutChecks(
        ((BaseLayer) net.getLayerWiseConfigurations().getConf(layer).getLayer())
            .getRegularization());
  }

  private static List<Regularization> withoutChecks(List<Regularization> installed) {
    List<Regularization> others = new ArrayList<>(installed);
    others.removeIf(UpdaterCheck.class::isInstance);
    return others;
  }

  @ParameterizedTest
  @EnumSource
  void everyOptimizerSavesItsRegularization(Optimizers o) {
    LowBitConfig<?> config = o.networkConfig().weightDecay(0.01);
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            OptimManager.of(Networks.configuration(config, DataType.FLOAT)).apply());
    net.init();
    DataSet data = Networks.data(DataType.FLOAT);
    Networks.train(net, data, 3);
    MultiLayerNetwork restored = Networks.restore(Networks.save(net));
    Networks.train(net, data, 3);
    Networks.train(restored, data, 3);
    assertThat(Networks.bytes(restored.params())).isEqualTo(Networks.bytes(net.params()));
    assertThat(net.params().isNaN().any()).isFalse();
  }

  @Test
  void trainingSavedWithOffersIsRead() {
    TrainingConfig training =
        OptimManager.of(
                new TrainingConfig.Builder()
                    .updater(new AdamW8bit(0.1).weightDecay(DECAY))
                    .dataSetFeatureMapping("x")
                    .skipBuilderValidation(true)
                    .build())
            .apply();
    String old = withOffer(training.toJson());
    assertThat(old).contains("DecayOffer");
    TrainingConfig read = TrainingConfig.fromJson(old);
    assertThat(withoutChecks(read.getRegularization()))
        .hasSize(2)
        .first()
        .isInstanceOf(DecayOffer.class);
    assertThat(TrainingConfig.fromJson(read.toJson()).getRegularization())
        .isEqualTo(read.getRegularization());
    assertThat(withoutChecks(OptimManager.of(read).apply().getRegularization()))
        .containsExactly(new DecoupledWeightDecay(DECAY));
  }

  @Test
  void sameDiffDecaysOnce() {
    double[] norms = new double[2];
    for (int i = 0; i < 2; i++) {
      SameDiff sd = SameDiff.create();
      SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 4);
      SDVariable w = sd.var("w", Nd4j.ones(DataType.FLOAT, 4, 3));
      sd.setLossVariables(sd.mean("loss", x.mmul(w).mul(1e-30)));
      sd.setTrainingConfig(
          OptimManager.of(
                  new TrainingConfig.Builder()
                      .updater(i == 0 ? new AdamW8bit(0.1).weightDecay(0.5) : new Adam(0.1))
                      .dataSetFeatureMapping("x")
                      .skipBuilderValidation(true)
                      .build())
              .apply());
      sd.fit(new DataSet(Nd4j.zeros(DataType.FLOAT, 2, 4), null));
      norms[i] = sd.getVariable("w").getArr().meanNumber().doubleValue();
    }
    assertThat(norms[1]).isEqualTo(1);
    assertThat(norms[0]).isCloseTo(0.95, offset(1e-6));
  }
}
