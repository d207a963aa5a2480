package org.lowbit4j.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.AdaDelta8bit;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.LearningRates;
import org.lowbit4j.OptimManager;
import org.lowbit4j.regularization.LearningRateScale;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** What changes of rates leave in the configuration, to the last digit, and which are refused. */
class BlockRatesTest {

  private static final ISchedule SCHEDULE =
      new ExponentialSchedule(ScheduleType.ITERATION, 1e-3, 0.9);

  /** Layers a, b and so on of one block, if it is up to the updater. */
  private static MultiLayerNetwork net(IUpdater updater, Layer... layers) {
    NeuralNetConfiguration.ListBuilder list =
        new NeuralNetConfiguration.Builder().updater(updater).list();
    for (int i = 0; i < layers.length; i++) {
      layers[i].setLayerName(String.valueOf((char) ('a' + i)));
      list.layer(layers[i]);
    }
    MultiLayerNetwork net = new MultiLayerNetwork(list.build());
    net.init();
    return net;
  }

  private static MultiLayerNetwork dense(IUpdater updater) {
    return net(updater, dense().build(), dense().build(), output());
  }

  private static DenseLayer.Builder dense() {
    return new DenseLayer.Builder().nIn(3).nOut(3);
  }

  private static OutputLayer output() {
    return new OutputLayer.Builder().nIn(3).nOut(3).activation(Activation.SOFTMAX).build();
  }

  private static MultiLayerNetwork recurrent() {
    return net(
        new Adam8bit(1e-3),
        new LSTM.Builder().nIn(3).nOut(3).build(),
        new RnnOutputLayer.Builder().nIn(3).nOut(3).activation(Activation.SOFTMAX).build());
  }

  private static MultiLayerNetwork normalized() {
    return net(
        new Adam8bit(1e-3),
        dense().build(),
        new BatchNormalization.Builder().nOut(3).build(),
        output());
  }

  private static double rate(MultiLayerNetwork net, int layer, String parameter) {
    return net.getLayerWiseConfigurations()
        .getConf(layer)
        .getLayer()
        .getUpdaterByParam(parameter)
        .getLearningRate(0, 0);
  }

  private static List<Regularization> regularizations(MultiLayerNetwork net, int layer) {
    return ((BaseLayer) net.getLayerWiseConfigurations().getConf(layer).getLayer())
        .getRegularization();
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        refusal(dense(new Adam(1e-3)), r -> r.set("a", 1e-4), "is not one of lowbit4j"),
        refusal(dense(new Adam8bit(SCHEDULE)), r -> r.set("a", 1e-4), "which have a schedule"),
        refusal(
            dense(new Adam8bit(1e-3)),
            r -> r.set("a", SCHEDULE),
            "which cannot have a schedule for one of them"),
        refusal(
            dense(new Adam8bit(0.0)),
            r -> r.set("a", 1e-4),
            "whose rate is 0: no factor makes another of it"),
        refusal(
            normalized(),
            r -> r.set("b", 1e-4),
            "and DL4J does not let the updates of its parameter gamma be scaled"),
        refusal(
            recurrent(),
            r -> r.set("a", "RW", 1e-4),
            "and DL4J scales its parameter RW together with others only"));
  }

  private static Arguments refusal(
      MultiLayerNetwork net, Consumer<LearningRates> call, String why) {
    return Arguments.of(net, call, why);
  }

  @ParameterizedTest(name = "{2}")
  @MethodSource("refusals")
  void whatASharedBlockCannotHaveIsRefused(
      MultiLayerNetwork net, Consumer<LearningRates> call, String why) {
    String before = net.getLayerWiseConfigurations().toJson();
    assertThatThrownBy(() -> call.accept(LearningRates.of(net)))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContainingAll(
            "shares its updater block with others, ", why, ". Pass the configuration through");
    assertThat(net.getLayerWiseConfigurations().toJson()).isEqualTo(before);
  }

  /** What DL4J scales together is set together. */
  @Test
  void weightsThatAreScaledTogetherHaveTheLayersRate() {
    MultiLayerNetwork net = recurrent();
    LearningRates.of(net).set("a", 1e-4);
    assertThat(rate(net, 0, "RW")).isEqualTo(1e-4);
    LearningRates.of(net).set("a", "b", 1e-5);
    assertThat(rate(net, 0, "RW")).isEqualTo(1e-4);
  }

  @Test
  void layersWithoutRateAreNamed() {
    MultiLayerNetwork net = dense(new AdaDelta8bit());
    assertThatThrownBy(() -> LearningRates.of(net).set("b", 1e-4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("No parameter of [1 b] has an updater with a learning rate.");
    assertThatThrownBy(() -> LearningRates.of(net).set("b", "W", 1e-4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("No parameter of W of [1 b] has an updater with a learning rate.");
  }

  @Test
  void theUsersRegularizationStays() {
    MultiLayerNetwork net = net(new Adam8bit(1e-3), dense().l2(0.25).build(), output());
    List<Regularization> own = regularizations(net, 0);
    assertThat(own).containsExactly(new L2Regularization(new FixedSchedule(0.25)));
    for (double rate : new double[] {1e-4, 1e-5}) {
      LearningRates.of(net).set("a", rate);
      assertThat(regularizations(net, 0)).containsAll(own).hasSize(2);
      assertThat(scales(net, 0)).extracting(LearningRateScale::getRate).containsExactly(rate);
    }
    LearningRates.of(net).set(1e-4);
    assertThat(regularizations(net, 0)).isEqualTo(own);
  }

  private static List<LearningRateScale> scales(MultiLayerNetwork net, int layer) {
    return regularizations(net, layer).stream()
        .filter(LearningRateScale.class::isInstance)
        .map(LearningRateScale.class::cast)
        .collect(Collectors.toList());
  }

  /** DL4J's call sets the rate of all, and knows nothing of the scale that it puts out of force. */
  @Test
  void aRateThatDl4jReplacedCountsNoMore() {
    MultiLayerNetwork net = dense(new Adam8bit(1e-3));
    LearningRates.of(net).set("a", 1e-4);
    net.setLearningRate(2e-3);
    LearningRates.of(net).set("b", 1e-5);
    assertThat(net.getLearningRate(0)).isEqualTo(2e-3);
    assertThat(scales(net, 0)).isEmpty();
    OptimManager.of(net).apply();
    assertThat(rate(net, 0, "W")).isEqualTo(2e-3);
    assertThat(rate(net, 1, "W")).isEqualTo(1e-5);
  }

  /** The same without a call of ours in between. */
  @Test
  void aPlanKeepsTheRateThatDl4jSet() {
    MultiLayerNetwork net = dense(new Adam8bit(1e-3));
    LearningRates.of(net).set("a", 1e-4);
    net.setLearningRate(2e-3);
    OptimManager.of(net).apply();
    assertThat(rate(net, 0, "W")).isEqualTo(2e-3);
    assertThat(scales(net, 0)).isEmpty();
  }

  /** Also of the bias that shares its updater with weights that have another rate. */
  @ParameterizedTest
  @ValueSource(doubles = {1e-3, 0.75, 1, 1.5, 1e6})
  void ratesComeOutOfASharedBlockToTheLastDigit(double rate) {
    MultiLayerNetwork net = dense(new Adam8bit(rate));
    LearningRates.of(net).set("a", "W", 1e-4);
    LearningRates.of(net).set("c", 1e-5);
    LearningRates.of(net).set("c", 1e-6);
    assertThat(net.getLearningRate(1)).isEqualTo(rate);
    OptimManager.of(net).apply();
    assertThat(rate(net, 0, "W")).isEqualTo(1e-4);
    assertThat(rate(net, 0, "b")).isEqualTo(rate);
    assertThat(rate(net, 1, "W")).isEqualTo(rate);
    assertThat(rate(net, 2, "b")).isEqualTo(1e-6);
    for (int layer = 0; layer < 3; layer++) {
      assertThat(scales(net, layer)).isEmpty();
    }
  }

  /** Below 1 rates are moved up, from 1 on down; this one meets one that comes from above. */
  @Test
  void theRateNextToOneComesOutToo() {
    double rate = Math.nextDown(1.0);
    MultiLayerNetwork net = dense(new Adam8bit(rate));
    LearningRates.of(net).set("c", 1e-5);
    OptimManager.of(net).apply();
    assertThat(rate(net, 0, "W")).isEqualTo(rate);
  }

  /**
   * Weights on both sides of a bias with an updater of its own are in two blocks, each with another
   * layer, and have one updater.
   */
  @Test
  void aLayerInTwoSharedBlocksHasOneRate() {
    MultiLayerNetwork net =
        net(
            new Adam8bit(1e-2),
            dense().build(),
            dense().hasLayerNorm(true).biasUpdater(new Adam8bit(2e-2)).build(),
            dense().build(),
            output());
    LearningRates.of(net).set("b", 0);
    Map<String, INDArray> parameters = new TreeMap<>(net.paramTable());
    parameters.replaceAll((name, array) -> array.dup());
    INDArray x = Nd4j.createFromArray(new float[][] {{1, -2, 3}, {-1, 0.5f, 2}});
    net.fit(new DataSet(x, Nd4j.createFromArray(new float[][] {{1, 0, 0}, {0, 0, 1}})));
    for (String name : List.of("1_W", "1_b", "1_g")) {
      assertThat(net.getParam(name)).as(name).isEqualTo(parameters.get(name));
    }
    for (String name : List.of("0_W", "2_W", "3_W")) {
      assertThat(net.getParam(name)).as(name).isNotEqualTo(parameters.get(name));
    }
  }

  /** A schedule of the whole network ends what was set for layers. */
  @Test
  void aScheduleOfTheNetworkStaysInThePlan() {
    for (Consumer<MultiLayerNetwork> call :
        List.<Consumer<MultiLayerNetwork>>of(
            n -> LearningRates.of(n).set(SCHEDULE), n -> n.setLearningRate(SCHEDULE))) {
      MultiLayerNetwork net = dense(new Adam8bit(1e-3));
      LearningRates.of(net).set("a", 1e-4);
      call.accept(net);
      MultiLayerConfiguration conf = OptimManager.of(net).apply().getLayerWiseConfigurations();
      Adam8bit updater = (Adam8bit) conf.getConf(0).getLayer().getUpdaterByParam("W");
      assertThat(updater.getLearningRateSchedule()).isEqualTo(SCHEDULE);
      assertThat(scales(net, 0)).isEmpty();
    }
  }
}
