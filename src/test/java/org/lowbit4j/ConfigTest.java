package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.codec.QuantMap;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/**
 * Configurations as DL4J handles them: JSON, YAML, copies, equality, schedules, and what they
 * refuse.
 */
class ConfigTest {

  private static final Map<String, UnaryOperator<LowBitConfig<?>>> CHANGES =
      Map.of(
          "learningRate", c -> c.learningRate(0.25),
          "schedule", c -> c.learningRate(schedule()),
          "optimBits", c -> c.optimBits(32),
          "blockSize", c -> c.blockSize(2048),
          "min8bitSize", c -> c.min8bitSize(77),
          "quantMap", c -> c.quantMap(QuantMap.DYNAMIC),
          "dataType", c -> c.dataType(DataType.DOUBLE));

  private static final Map<String, UnaryOperator<AdamConfig<?>>> ADAM_CHANGES =
      Map.of(
          "beta1", c -> c.beta1(0.8), "beta2", c -> c.beta2(0.99), "epsilon", c -> c.epsilon(1e-6));

  private static MapSchedule schedule() {
    return new MapSchedule.Builder(ScheduleType.ITERATION).add(0, 0.1).add(3, 0.01).build();
  }

  @ParameterizedTest
  @EnumSource
  void everyPropertyTakesPartInEqualityCopiesAndJson(Optimizers o) {
    CHANGES.forEach((name, change) -> assertDistinct(o, name, change.apply(o.config())));
    if (o.config() instanceof AdamConfig) {
      ADAM_CHANGES.forEach(
          (name, change) -> assertDistinct(o, name, change.apply((AdamConfig<?>) o.config())));
    }
  }

  private static void assertDistinct(Optimizers o, String name, LowBitConfig<?> changed) {
    assertThat(changed).as(name).isNotEqualTo(o.config());
    assertThat(changed.clone())
        .as(name)
        .isEqualTo(changed)
        .isNotSameAs(changed)
        .hasSameHashCodeAs(changed);
    assertThat(changed.build()).as(name).isEqualTo(changed).isNotSameAs(changed);
    MultiLayerConfiguration conf = Networks.configuration(changed, DataType.FLOAT);
    assertThat(updater(MultiLayerConfiguration.fromJson(conf.toJson())))
        .as(name)
        .isEqualTo(changed);
    assertThat(updater(MultiLayerConfiguration.fromYaml(conf.toYaml())))
        .as(name)
        .isEqualTo(changed);
    TrainingConfig training =
        new TrainingConfig.Builder()
            .updater(changed)
            .dataSetFeatureMapping("x")
            .dataSetLabelMapping("y")
            .build();
    assertThat(TrainingConfig.fromJson(training.toJson()).getUpdater()).as(name).isEqualTo(changed);
  }

  private static IUpdater updater(MultiLayerConfiguration conf) {
    return ((BaseLayer) conf.getConf(0).getLayer()).getIUpdater();
  }

  @ParameterizedTest
  @EnumSource
  void defaultsAreThoseOfNd4j(Optimizers o) {
    LowBitConfig<?> c = o.config();
    assertThat(c.getLearningRate()).isEqualTo(o.twin().getLearningRate(0, 0));
    assertThat(c.hasLearningRate()).isTrue();
    assertThat(c.getOptimBits()).isEqualTo(8);
    assertThat(c.getBlockSize()).isEqualTo(256);
    assertThat(c.getMin8bitSize()).isEqualTo(4096);
    assertThat(c.stateSize(0)).isZero();
  }

  @Test
  void theBuilderIsAConfigurationOfItsOwn() {
    Adam8bit built =
        Adam8bit.builder()
            .learningRate(0.01)
            .beta1(0.8)
            .beta2(0.99)
            .epsilon(1e-7)
            .blockSize(64)
            .build();
    assertThat(built).isEqualTo(new Adam8bit(0.01, 0.8, 0.99, 1e-7).blockSize(64));
    assertThat(built.getBeta1()).isEqualTo(0.8);
    assertThat(built.getBeta2()).isEqualTo(0.99);
    assertThat(built.getEpsilon()).isEqualTo(1e-7);
    assertThat(built)
        .hasToString(
            "Adam8bit(learningRate=0.01, optimBits=8, blockSize=64, min8bitSize=4096, quantMap=POWER, dataType=FLOAT,"
                + " beta1=0.8, beta2=0.99, epsilon=1.0E-7)");
    assertThat(AMSGrad8bit.builder().build()).isEqualTo(new AMSGrad8bit());
    assertThat(new Adam8bit()).isNotEqualTo(new AMSGrad8bit()).isNotEqualTo(null);
  }

  @ParameterizedTest
  @EnumSource
  void schedulesDecideTheStep(Optimizers o) {
    LowBitConfig<?> c = o.config().learningRate(schedule());
    assertThat(c.getLearningRate(2, 0)).isEqualTo(0.1);
    assertThat(c.getLearningRate(3, 0)).isEqualTo(0.01);
    assertThat(c.getLearningRateSchedule()).isEqualTo(schedule());
    float[] g = {1, -1};
    for (int t : new int[] {0, 3}) {
      float[] scheduled = Updaters.step(Updaters.create(c, 2), g, t);
      float[] constant =
          Updaters.step(Updaters.create(o.config().learningRate(t == 0 ? 0.1 : 0.01), 2), g, t);
      assertThat(scheduled).isEqualTo(constant);
    }
    c.setLrAndSchedule(0.5, null);
    assertThat(c.getLearningRate(3, 0)).isEqualTo(0.5);
    c.setLrAndSchedule(Double.NaN, schedule());
    assertThat(c.getLearningRate(3, 0)).isEqualTo(0.01);
  }

  @Test
  void aLearningRateThatIsNotFiniteStopsTheStep() {
    Adam8bit c =
        new Adam8bit(
            new MapSchedule.Builder(ScheduleType.ITERATION).add(0, 0.1).add(1, Double.NaN).build());
    var updater = Updaters.create(c, 10);
    INDArray g = Nd4j.ones(10);
    assertThatThrownBy(() -> updater.applyUpdater(g, 1, 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("iteration 1")
        .hasMessageContaining("NaN");
    assertThat(g).isEqualTo(Nd4j.ones(10));
    assertThat(Updaters.state(updater).sumNumber().doubleValue()).isZero();
  }

  @Test
  void hyperParametersOutOfRangeAreRefusedWithNameValueAndRange() {
    assertRefused("learningRate is -1.0", "0 or more", c -> c.learningRate(-1));
    assertRefused("learningRate is NaN", "finite", c -> c.learningRate(Double.NaN));
    assertRefused(
        "learningRate is Infinity", "finite", c -> c.learningRate(Double.POSITIVE_INFINITY));
    assertRefused("schedule is null", "given", c -> c.learningRate(null));
    assertRefused("beta1 is 1.0", "below 1", c -> c.beta1(1));
    assertRefused("beta1 is -0.1", "0 or more", c -> c.beta1(-0.1));
    assertRefused("beta2 is 0.99999999", "below 1", c -> c.beta2(0.99999999));
    assertRefused("beta2 is NaN", "below 1", c -> c.beta2(Double.NaN));
    assertRefused("epsilon is 0.0", "positive", c -> c.epsilon(0));
    assertRefused("epsilon is 1.0E-50", "positive in float32", c -> c.epsilon(1e-50));
    assertRefused("optimBits is 4", "8 or 32", c -> c.optimBits(4));
    assertRefused("blockSize is 32", "power of two from 64 to 4096", c -> c.blockSize(32));
    assertRefused("blockSize is 8192", "power of two from 64 to 4096", c -> c.blockSize(8192));
    assertRefused("blockSize is 100", "power of two", c -> c.blockSize(100));
    assertRefused("min8bitSize is -1", "0 or more", c -> c.min8bitSize(-1));
    assertRefused("quantMap is null", "given", c -> c.quantMap(null));
    assertRefused("dataType is INT", "FLOAT, DOUBLE or HALF", c -> c.dataType(DataType.INT32));
    assertRefused(
        "dataType is BFLOAT16", "FLOAT, DOUBLE or HALF", c -> c.dataType(DataType.BFLOAT16));
  }

  private static void assertRefused(String given, String range, Consumer<Adam8bit> setter) {
    Adam8bit c = new Adam8bit();
    assertThatThrownBy(() -> setter.accept(c))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(given)
        .hasMessageContaining(range);
    assertThat(c).isEqualTo(new Adam8bit());
  }

  /** JSON does not go through the setters: it is refused when the network makes its updater. */
  @Test
  void hyperParametersOutOfRangeInJsonAreRefused() {
    String json = Networks.configuration(new Adam8bit(1e-3), DataType.FLOAT).toJson();
    for (String[] edit :
        new String[][] {
          {"\"beta2\" : 0.999", "\"beta2\" : 1.5"}, {"\"blockSize\" : 256", "\"blockSize\" : 255"}
        }) {
      assertThat(json).contains(edit[0]);
      MultiLayerConfiguration edited =
          MultiLayerConfiguration.fromJson(json.replace(edit[0], edit[1]));
      assertThatThrownBy(() -> initialised(edited).getUpdater())
          .hasStackTraceContaining(edit[1].split("\"")[1] + " is");
    }
  }

  private static MultiLayerNetwork initialised(MultiLayerConfiguration conf) {
    MultiLayerNetwork net = new MultiLayerNetwork(conf);
    net.init();
    return net;
  }
}
