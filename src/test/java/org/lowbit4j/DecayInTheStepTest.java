package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.kernel.DecayOffers;
import org.lowbit4j.kernel.Kernels;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.regularization.DecayOffer;
import org.lowbit4j.regularization.DecoupledWeightDecay;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;

/** Weight decay that an updater adds in its step is that which adds itself afterwards. */
class DecayInTheStepTest {

  private static final double DECAY = 0.5;
  private static final int STEPS = 4;

  /** Notes updates before weight decay has its turn to add itself. */
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

  @BeforeEach
  void forget() {
    Spy.UPDATES.clear();
  }

  private static boolean isNative() {
    return Kernels.description().startsWith("native");
  }

  /** The regularizations that an optimizer needs, between them a spy. */
  private static List<Regularization> spied(LowBitConfig<?> config, boolean offered) {
    List<Regularization> all = new ArrayList<>(config.regularizations());
    assertThat(all).hasSize(2).first().isInstanceOf(DecayOffer.class);
    all.add(1, new Spy());
    if (!offered) {
      all.remove(0);
    }
    return all;
  }

  private static MultiLayerNetwork network(
      MultiLayerConfiguration conf, List<Regularization> ofWeights) {
    MultiLayerConfiguration managed = OptimManager.of(conf).apply();
    for (int i = 0; i < 3; i++) {
      ((BaseLayer) managed.getConf(i).getLayer()).setRegularization(ofWeights);
    }
    MultiLayerNetwork net = new MultiLayerNetwork(managed);
    net.init();
    return net;
  }

  private static MultiLayerNetwork network(LowBitConfig<?> config, DataType type, boolean offered) {
    return network(Networks.configuration(config, type), spied(config, offered));
  }

  /** What the spy saw since it was asked last. */
  private static List<byte[]> seen() {
    List<byte[]> seen = new ArrayList<>(Spy.UPDATES);
    Spy.UPDATES.clear();
    return seen;
  }

  static Stream<Arguments> optimizers() {
    return Stream.of(
            new AdamW8bit(1e-3),
            new AdamW8bit(1e-3).optimBits(32),
            new AdamW8bit(1e-3).percentileClipping(20),
            new Lion8bit(1e-3),
            new AdEMAMix8bit(1e-3))
        .flatMap(
            config ->
                Stream.of(DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16)
                    .map(
                        type ->
                            Arguments.of(config.clone().weightDecay(DECAY).dataType(type), type)));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void inANetwork(LowBitConfig<?> config, DataType type) {
    MultiLayerNetwork with = network(config, type, true);
    MultiLayerNetwork without = network(config, type, false);
    assertThat(with.params()).isEqualTo(without.params());
    DataSet data = Networks.data(type);
    Networks.train(with, data, STEPS);
    List<byte[]> decayed = seen();
    Networks.train(without, data, STEPS);
    List<byte[]> undecayed = seen();
    assertThat(Networks.bytes(with.params())).isEqualTo(Networks.bytes(without.params()));
    assertThat(decayed).hasSize(3 * STEPS).hasSameSizeAs(undecayed);
    boolean inTheStep = isNative() && type == DataType.FLOAT;
    for (int i = 0; i < decayed.size(); i++) {
      assertThat(Arrays.equals(decayed.get(i), undecayed.get(i))).isNotEqualTo(inTheStep);
    }
  }

  @Test
  void inAGraph() {
    AdamW8bit config = new AdamW8bit(1e-3).weightDecay(DECAY);
    ComputationGraph with = network(config, DataType.FLOAT, true).toComputationGraph();
    ComputationGraph without = network(config, DataType.FLOAT, false).toComputationGraph();
    DataSet data = Networks.data(DataType.FLOAT);
    with.fit(data);
    List<byte[]> decayed = seen();
    without.fit(data);
    assertThat(Networks.bytes(with.params())).isEqualTo(Networks.bytes(without.params()));
    assertThat(Arrays.equals(decayed.get(0), seen().get(0))).isNotEqualTo(isNative());
  }

  @Test
  void withPagedState() {
    AdamW8bit config = new AdamW8bit(1e-3).weightDecay(DECAY);
    MultiLayerNetwork[] nets = new MultiLayerNetwork[2];
    for (int i = 0; i < 2; i++) {
      nets[i] = network(PagedNetworks.configuration(config, DataType.FLOAT), spied(config, i == 0));
    }
    DataSet data = Networks.data(DataType.FLOAT);
    PagedState paged = PagedState.attach(nets[0], PagedNetworks.disk(), PagedNetworks.BUDGET);
    Networks.train(nets[0], data, STEPS);
    List<byte[]> decayed = seen();
    Networks.train(nets[1], data, STEPS);
    paged.detach();
    assertThat(Arrays.equals(decayed.get(0), seen().get(0))).isNotEqualTo(isNative());
    assertThat(Networks.bytes(nets[0].params())).isEqualTo(Networks.bytes(nets[1].params()));
  }

  @Test
  void inSameDiff() {
    AdamW8bit config = new AdamW8bit(0.1).weightDecay(DECAY);
    INDArray[] weights = new INDArray[2];
    List<List<byte[]>> updates = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      SameDiff sd = SameDiff.create();
      SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 4);
      SDVariable w = sd.var("w", Nd4j.ones(DataType.FLOAT, 4, 3));
      sd.setLossVariables(sd.mean("loss", x.mmul(w)));
      TrainingConfig training =
          OptimManager.of(
                  new TrainingConfig.Builder()
                      .updater(config)
                      .dataSetFeatureMapping("x")
                      .skipBuilderValidation(true)
                      .build())
              .apply();
      training.setRegularization(spied(config, i == 0));
      sd.setTrainingConfig(training);
      for (int step = 0; step < STEPS; step++) {
        sd.fit(new DataSet(Nd4j.ones(DataType.FLOAT, 2, 4), null));
      }
      weights[i] = sd.getVariable("w").getArr();
      updates.add(seen());
    }
    assertThat(Networks.bytes(weights[0])).isEqualTo(Networks.bytes(weights[1]));
    assertThat(updates.get(0)).hasSize(STEPS);
    assertThat(Arrays.equals(updates.get(0).get(0), updates.get(1).get(0)))
        .isNotEqualTo(isNative());
  }

  /** What a regularization of the user's does to updates, it does not do to the decay. */
  @Test
  void nothingIsOfferedPastOtherRegularizations() {
    for (Regularization others :
        new Regularization[] {new WeightDecay(0.3, true), new L2Regularization(0.3)}) {
      MultiLayerConfiguration conf =
          Networks.configuration(new AdamW8bit().weightDecay(DECAY), DataType.FLOAT);
      BaseLayer layer = (BaseLayer) conf.getConf(0).getLayer();
      layer.setRegularization(new ArrayList<>(List.of(others)));
      OptimManager.of(OptimManager.of(conf).apply()).apply();
      assertThat(layer.getRegularization())
          .startsWith(others)
          .endsWith(new DecoupledWeightDecay(DECAY))
          .hasSize(others instanceof WeightDecay ? 2 : 3);
    }
  }

  @Test
  void decayThatDl4jRemovesIsGone() {
    MultiLayerNetwork net =
        network(
            Networks.configuration(new AdamW8bit(0.1), DataType.FLOAT),
            new AdamW8bit().weightDecay(DECAY).regularizations());
    MultiLayerNetwork tuned =
        new TransferLearning.Builder(net)
            .fineTuneConfiguration(new FineTuneConfiguration.Builder().weightDecay(0).build())
            .build();
    BaseLayer layer = (BaseLayer) tuned.getLayerWiseConfigurations().getConf(0).getLayer();
    assertThat(layer.getRegularization()).isEmpty();
  }

  @Test
  void aStepThatFailsEndsItsOffers() {
    LowBitUpdater<?> updater =
        (LowBitUpdater<?>) Updaters.create(new AdamW8bit().weightDecay(0), 1000, DataType.FLOAT);
    INDArray parameters = Nd4j.ones(DataType.FLOAT, 1000);
    INDArray gradient = Nd4j.zeros(DataType.FLOAT, 1000);
    DecayOffers.offer(1, new GradientView(parameters), new GradientView(gradient), 0);
    assertThatThrownBy(() -> updater.applyUpdater(gradient, -1, 0))
        .isInstanceOf(IllegalArgumentException.class);
    updater.applyUpdater(gradient, 0, 0);
    assertThat(gradient).isEqualTo(Nd4j.zeros(DataType.FLOAT, 1000));
  }

  /** Which knows nothing of offers. */
  @Test
  void anUpdaterOfNd4jLeavesTheDecayToItself() {
    MultiLayerNetwork[] nets = new MultiLayerNetwork[2];
    for (int i = 0; i < 2; i++) {
      List<Regularization> installed = spied(new AdamW8bit().weightDecay(DECAY), i == 0);
      nets[i] = network(Networks.configuration(new Sgd(0.1), DataType.FLOAT), installed);
      Networks.train(nets[i], Networks.data(DataType.FLOAT), STEPS);
    }
    assertThat(Networks.bytes(nets[0].params())).isEqualTo(Networks.bytes(nets[1].params()));
  }
}
