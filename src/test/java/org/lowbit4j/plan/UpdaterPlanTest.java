package org.lowbit4j.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.junit.jupiter.api.Test;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.AdamW8bit;
import org.lowbit4j.LAMB8bit;
import org.lowbit4j.Lion8bit;
import org.lowbit4j.OptimManager;
import org.lowbit4j.regularization.UpdaterCheck;
import org.lowbit4j.updater.Internals;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;

/** When biases have an updater of their own, and what they then have beside it. */
class UpdaterPlanTest {

  private static final AdamW8bit DECAYING = new AdamW8bit(1e-3).weightDecay(0.25);

  private static MultiLayerConfiguration conf(IUpdater updater, IUpdater ofBiases) {
    return new NeuralNetConfiguration.Builder()
        .updater(updater)
        .biasUpdater(ofBiases)
        .list()
        .layer(new DenseLayer.Builder().name("in").nIn(3).nOut(4).build())
        .layer(
            new OutputLayer.Builder()
                .name("out")
                .nIn(4)
                .nOut(3)
                .activation(Activation.SOFTMAX)
                .build())
        .build();
  }

  private static IUpdater updater(MultiLayerConfiguration conf, String parameter) {
    return conf.getConf(0).getLayer().getUpdaterByParam(parameter);
  }

  private static LowBitConfig<?> scoped(LowBitConfig<?> config, String scope) {
    return Internals.scoped(config, scope);
  }

  private static List<Regularization> ofBiases(MultiLayerConfiguration conf) {
    return ((BaseLayer) conf.getConf(0).getLayer())
        .getRegularizationBias().stream()
            .filter(r -> !(r instanceof UpdaterCheck))
            .collect(Collectors.toList());
  }

  @Test
  void biasesOfOneUpdaterStayWithTheWeights() {
    MultiLayerConfiguration conf = OptimManager.of(conf(DECAYING, null)).blockSize(64).apply();
    assertThat(updater(conf, "b"))
        .isSameAs(updater(conf, "W"))
        .isEqualTo(scoped(DECAYING.clone().blockSize(64), "0:in"));
    assertThat(ofBiases(conf)).isEmpty();
  }

  /** Theirs is a copy of the layer's, without decay. */
  @Test
  void biasesAreSetApartWithoutDecay() {
    MultiLayerConfiguration conf =
        OptimManager.of(conf(DECAYING, null)).biases().optimBits(32).apply();
    LowBitConfig<?> ofBiases = DECAYING.clone().weightDecay(0).optimBits(32);
    assertThat(updater(conf, "W")).isEqualTo(scoped(DECAYING, "0:in"));
    assertThat(updater(conf, "b")).isEqualTo(scoped(ofBiases, "0:in:bias"));
    assertThat(ofBiases(conf)).isEmpty();
    OptimManager.of(conf).apply();
    assertThat(updater(conf, "b")).isEqualTo(scoped(ofBiases, "0:in:bias"));
    assertThat(ofBiases(conf)).isEmpty();
  }

  /** The user's own, with its decay, as DL4J would have it. */
  @Test
  void anUpdaterThatTheUserGaveBiasesCountsWhole() {
    LowBitConfig<?> ofBiases = new Lion8bit(1e-4).weightDecay(0.5);
    MultiLayerConfiguration conf = OptimManager.of(conf(DECAYING, ofBiases)).blockSize(64).apply();
    assertThat(updater(conf, "b")).isEqualTo(scoped(ofBiases.clone().blockSize(64), "0:in:bias"));
    assertThat(ofBiases(conf)).isEqualTo(ofBiases.regularizations()).hasSize(1);
    OptimManager.of(conf).apply();
    assertThat(ofBiases(conf)).isEqualTo(ofBiases.regularizations());
  }

  @Test
  void decayThatBiasesWereGivenStays() {
    MultiLayerConfiguration conf =
        OptimManager.of(conf(DECAYING, null)).biases().weightDecay(0.5).apply();
    LowBitConfig<?> ofBiases = DECAYING.clone().weightDecay(0.5);
    for (int i = 0; i < 2; i++) {
      assertThat(updater(conf, "b")).isEqualTo(scoped(ofBiases, "0:in:bias"));
      assertThat(ofBiases(conf)).isEqualTo(ofBiases.regularizations()).hasSize(1);
      OptimManager.of(conf).apply();
    }
  }

  /** A layer's decay is for its weights. */
  @Test
  void decayOfTheLayerIsNotThatOfItsBiases() {
    MultiLayerConfiguration conf =
        OptimManager.of(conf(DECAYING, null))
            .biases()
            .optimBits(32)
            .layer("in")
            .weightDecay(0.5)
            .beta1(0.8)
            .apply();
    assertThat(updater(conf, "W"))
        .isEqualTo(scoped(DECAYING.clone().weightDecay(0.5).beta1(0.8), "0:in"));
    assertThat(updater(conf, "b"))
        .isEqualTo(scoped(DECAYING.clone().weightDecay(0).optimBits(32).beta1(0.8), "0:in:bias"));
  }

  /** Also in place of one that biases were given before, and of its decay or trust ratio. */
  @Test
  void aLayersNewUpdaterIsThatOfItsBiasesToo() {
    LowBitConfig<?> lamb = new LAMB8bit(1e-2).weightDecay(0.5);
    MultiLayerConfiguration conf =
        OptimManager.of(conf(DECAYING, null))
            .biases()
            .weightDecay(0.125)
            .layer("in")
            .updater(lamb)
            .apply();
    assertThat(updater(conf, "W")).isEqualTo(scoped(lamb.clone(), "0:in"));
    assertThat(updater(conf, "b")).isEqualTo(scoped(lamb.clone().weightDecay(0), "0:in:bias"));
    assertThat(ofBiases(conf)).isEmpty();
  }

  private static TrainingConfig withoutUpdater() {
    return new TrainingConfig.Builder()
        .dataSetFeatureMapping("x")
        .skipBuilderValidation(true)
        .build();
  }

  /** As SameDiff allows until training. */
  @Test
  void whereThereIsNoUpdaterOneCanBeGiven() {
    TrainingConfig conf = OptimManager.of(withoutUpdater()).updater(new Adam8bit(1e-3)).apply();
    assertThat(conf.getUpdater()).isEqualTo(scoped(new Adam8bit(1e-3), "0:variables"));
    assertThat(OptimManager.of(withoutUpdater()).lowBit().apply().getUpdater()).isNull();
    assertThat(OptimManager.of(withoutUpdater()).apply().getUpdater()).isNull();
  }

  @Test
  void whatIsNotOursHasNoPropertiesHere() {
    assertThatThrownBy(() -> OptimManager.of(withoutUpdater()).optimBits(32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "Layer variables has the updater null, which has no property optimBits that");
    assertThatThrownBy(() -> OptimManager.of(conf(new Adam(1e-3), null)).optimBits(32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "Layer in has the updater Adam, which has no property optimBits that");
  }
}
