package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.updater.AdamConfig;
import org.lowbit4j.updater.Internals;
import org.lowbit4j.updater.LearningRateConfig;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.MomentumConfig;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/**
 * Configurations as DL4J handles them: JSON, YAML, copies, equality, schedules, and what they
 * refuse.
 */
class ConfigTest {

  /** For every property of a configuration: a change of it. */
  private static Map<String, UnaryOperator<LowBitConfig<?>>> changes(LowBitConfig<?> config) {
    Map<String, UnaryOperator<LowBitConfig<?>>> changes = new HashMap<>();
    changes.put("optimBits", c -> c.optimBits(32));
    changes.put("blockSize", c -> c.blockSize(2048));
    changes.put("min8bitSize", c -> c.min8bitSize(77));
    changes.put("quantMap", c -> c.quantMap(QuantMap.DYNAMIC));
    changes.put("dataType", c -> c.dataType(DataType.DOUBLE));
    changes.put("percentileClipping", c -> c.percentileClipping(5));
    changes.put("weightDecay", c -> c.weightDecay(0.1));
    changes.put("scope", c -> Internals.scoped(c, "layer"));
    if (config instanceof LearningRateConfig) {
      changes.put("learningRate", c -> ((LearningRateConfig<?>) c).learningRate(0.25));
      changes.put(
          "learningRateSchedule", c -> ((LearningRateConfig<?>) c).learningRate(schedule()));
    }
    if (config instanceof AdamConfig) {
      changes.put("beta1", c -> ((AdamConfig<?>) c).beta1(0.8));
      changes.put("beta2", c -> ((AdamConfig<?>) c).beta2(0.99));
      changes.put("epsilon", c -> ((AdamConfig<?>) c).epsilon(1e-5));
    } else if (config instanceof Adagrad8bit) {
      changes.put("epsilon", c -> ((Adagrad8bit) c).epsilon(1e-5));
    } else if (config instanceof RMSprop8bit) {
      changes.put("rmsDecay", c -> ((RMSprop8bit) c).rmsDecay(0.8));
      changes.put("epsilon", c -> ((RMSprop8bit) c).epsilon(1e-5));
      changes.put("momentum", c -> ((RMSprop8bit) c).momentum(0.8));
      changes.put("centered", c -> ((RMSprop8bit) c).centered(!((RMSprop8bit) c).isCentered()));
    } else if (config instanceof MomentumConfig) {
      changes.put("momentum", c -> ((MomentumConfig<?>) c).momentum(0.8));
      changes.put("momentumSchedule", c -> ((MomentumConfig<?>) c).momentum(schedule()));
    } else if (config instanceof AdaDelta8bit) {
      changes.put("rho", c -> ((AdaDelta8bit) c).rho(0.8));
      changes.put("epsilon", c -> ((AdaDelta8bit) c).epsilon(1e-5));
    } else if (config instanceof Lion8bit) {
      changes.put("beta1", c -> ((Lion8bit) c).beta1(0.8));
      changes.put("beta2", c -> ((Lion8bit) c).beta2(0.95));
    }
    if (config instanceof SGD8bit) {
      changes.put("dampening", c -> ((SGD8bit) c).nesterov(false).dampening(0.25));
      changes.put("nesterov", c -> ((SGD8bit) c).nesterov(!((SGD8bit) c).isNesterov()));
    } else if (config instanceof LARS8bit) {
      changes.put("trustCoefficient", c -> ((LARS8bit) c).trustCoefficient(0.02));
    } else if (config instanceof LAMB8bit) {
      changes.put("maxTrustRatio", c -> ((LAMB8bit) c).maxTrustRatio(10));
    } else if (config instanceof AdEMAMix8bit) {
      changes.put("beta3", c -> ((AdEMAMix8bit) c).beta3(0.999));
      changes.put("alpha", c -> ((AdEMAMix8bit) c).alpha(8));
      changes.put("tAlpha", c -> ((AdEMAMix8bit) c).tAlpha(1000));
      changes.put("tBeta3", c -> ((AdEMAMix8bit) c).tBeta3(2000));
    }
    return changes;
  }

  /** A value that is not the property's default. */
  static Object otherValue(LowBitConfig<?> config, String property) {
    switch (property) {
      case "optimBits":
        return 32;
      case "blockSize":
        return 2048;
      case "percentileClipping":
        return 5;
      case "quantMap":
        return QuantMap.DYNAMIC;
      case "dataType":
        return DataType.DOUBLE;
      case "nesterov":
      case "centered":
        return true;
      case "min8bitSize":
      case "tAlpha":
      case "tBeta3":
        return 77;
      default:
        return 0.0625;
    }
  }

  private static MapSchedule schedule() {
    return new MapSchedule.Builder(ScheduleType.ITERATION).add(0, 0.1).add(3, 0.01).build();
  }

  @ParameterizedTest
  @EnumSource
  void everyPropertyTakesPartInEqualityCopiesAndJson(Optimizers o) {
    assertThat(changes(o.config()).keySet())
        .containsExactlyInAnyOrderElementsOf(Internals.properties(o.config()).keySet());
    changes(o.config())
        .forEach((name, change) -> assertDistinct(o, name, change.apply(o.config())));
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
  @MethodSource("org.lowbit4j.Optimizers#withTwin")
  void defaultsAreThoseOfNd4j(Optimizers o) throws Exception {
    LowBitConfig<?> c = o.config();
    assertThat(Double.compare(c.getLearningRate(0, 0), o.twin().getLearningRate(0, 0))).isZero();
    assertThat(c.hasLearningRate()).isEqualTo(o.twin().hasLearningRate());
    for (String name : new String[] {"Beta1", "Beta2", "Epsilon", "RmsDecay", "Rho", "Momentum"}) {
      // AdaMax does not use its epsilon, RMSprop has no momentum.
      if (Internals.properties(c)
              .containsKey(Character.toLowerCase(name.charAt(0)) + name.substring(1))
          && !(name.equals("Epsilon") && o == Optimizers.ADAMAX)
          && !(name.equals("Momentum") && o == Optimizers.RMSPROP)) {
        assertThat(c.getClass().getMethod("get" + name).invoke(c))
            .as(name)
            .isEqualTo(o.twin().getClass().getMethod("get" + name).invoke(o.twin()));
      }
    }
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
            "Adam8bit(learningRate=0.01, optimBits=8, blockSize=64, min8bitSize=4096, quantMap=POWER, dataType=FLOAT, percentileClipping=100, weightDecay=0.0,"
                + " beta1=0.8, beta2=0.99, epsilon=1.0E-7)");
    assertThat(AMSGrad8bit.builder().build()).isEqualTo(new AMSGrad8bit());
    assertThat(new Adam8bit()).isNotEqualTo(new AMSGrad8bit()).isNotEqualTo(null);
  }

  @ParameterizedTest
  @EnumSource
  void schedulesDecideTheStep(Optimizers o) {
    if (!(o.config() instanceof LearningRateConfig)) {
      assertThatThrownBy(() -> o.config().setLrAndSchedule(0.1, null))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("no learning rate");
      return;
    }
    LearningRateConfig<?> c = ((LearningRateConfig<?>) o.config()).learningRate(schedule());
    assertThat(c.getLearningRate(2, 0)).isEqualTo(0.1);
    assertThat(c.getLearningRate(3, 0)).isEqualTo(0.01);
    assertThat(c.getLearningRateSchedule()).isEqualTo(schedule());
    float[] g = {1, -1};
    for (int t : new int[] {0, 3}) {
      float[] scheduled = Updaters.step(Updaters.create(c, 2), g, t);
      LearningRateConfig<?> constant =
          ((LearningRateConfig<?>) o.config()).learningRate(t == 0 ? 0.1 : 0.01);
      assertThat(scheduled).isEqualTo(Updaters.step(Updaters.create(constant, 2), g, t));
    }
    c.setLrAndSchedule(0.5, null);
    assertThat(c.getLearningRate(3, 0)).isEqualTo(0.5);
    c.setLrAndSchedule(Double.NaN, schedule());
    assertThat(c.getLearningRate(3, 0)).isEqualTo(0.01);
  }

  /** Else layers would stay apart that ND4J merges, and saved state would not fit. */
  @ParameterizedTest
  @EnumSource
  void aConstantThatAScheduleReplacedIsGone(Optimizers o) {
    if (o.config() instanceof LearningRateConfig) {
      LowBitConfig<?> early = ((LearningRateConfig<?>) o.config()).learningRate(schedule());
      LearningRateConfig<?> late = (LearningRateConfig<?>) o.config();
      late.learningRate(0.25).learningRate(schedule());
      assertThat(late).isEqualTo(early).hasSameHashCodeAs(early).hasToString(early.toString());
    }
    if (o.config() instanceof MomentumConfig) {
      LowBitConfig<?> early = ((MomentumConfig<?>) o.config()).momentum(schedule());
      MomentumConfig<?> late = (MomentumConfig<?>) o.config();
      late.momentum(0.25).momentum(schedule());
      assertThat(late).isEqualTo(early).hasSameHashCodeAs(early).hasToString(early.toString());
    }
  }

  @Test
  void momentumSchedulesAreThoseOfNd4j() {
    Nesterovs8bit c = new Nesterovs8bit(0.1, schedule());
    assertThat(c.currentMomentum(2, 0)).isEqualTo(0.1);
    assertThat(c.currentMomentum(3, 0)).isEqualTo(0.01);
    assertThat(c.getMomentumSchedule()).isEqualTo(schedule());
    GradientUpdater<?> ours = Updaters.create(c, 100);
    GradientUpdater<?> theirs = Updaters.create(new Nesterovs(0.1, schedule()), 100);
    for (int t = 0; t < 6; t++) {
      float[] g = Updaters.normal(new Random(t), 100, 1);
      assertThat(Updaters.step(ours, g, t))
          .containsExactly(Updaters.step(theirs, g, t), within(1e-7f));
    }
    // Shared, as ND4J does: schedules without equals would otherwise keep layers from being merged.
    assertThat(c.clone().getMomentumSchedule()).isSameAs(c.getMomentumSchedule());
    assertThat(new Adam8bit(schedule()).clone().getLearningRateSchedule()).isNotNull();
    assertThat(c.momentum(0.5).currentMomentum(3, 0)).isEqualTo(0.5);
    Nesterovs8bit outOfRange =
        c.momentum(new MapSchedule.Builder(ScheduleType.ITERATION).add(0, 1.5).build());
    assertThatThrownBy(() -> Updaters.step(Updaters.create(outOfRange, 10), new float[10], 0))
        .hasMessageContaining("momentum at iteration 0 is 1.5");
  }

  @Test
  void constructorsAreThoseOfNd4j() {
    assertThat(new Nesterovs8bit(0.8)).isEqualTo(new Nesterovs8bit(0.1, 0.8));
    assertThat(new Nesterovs8bit(schedule(), 0.8))
        .isEqualTo(new Nesterovs8bit(schedule()).momentum(0.8));
    assertThat(new Nesterovs8bit(schedule(), schedule()))
        .isEqualTo(new Nesterovs8bit(schedule()).momentum(schedule()));
    assertThat(new RMSprop8bit(0.01, 0.9, 1e-7))
        .isEqualTo(new RMSprop8bit(0.01).rmsDecay(0.9).epsilon(1e-7));
    assertThat(new RMSprop8bit(schedule())).isEqualTo(new RMSprop8bit().learningRate(schedule()));
    assertThat(new Adagrad8bit(0.01, 1e-7)).isEqualTo(new Adagrad8bit(0.01).epsilon(1e-7));
    assertThat(new Adagrad8bit(schedule(), 1e-7))
        .isEqualTo(new Adagrad8bit(schedule()).epsilon(1e-7));
    assertThat(new AdaDelta8bit(0.9, 1e-7)).isEqualTo(new AdaDelta8bit().rho(0.9).epsilon(1e-7));
    assertThat(new Nadam8bit(0.01, 0.8, 0.99, 1e-7))
        .isEqualTo(new Nadam8bit(0.01).beta1(0.8).beta2(0.99).epsilon(1e-7));
    assertThat(new AdaBelief8bit(0.01, 0.8, 0.99, 1e-7))
        .isEqualTo(new AdaBelief8bit(0.01).beta1(0.8).beta2(0.99).epsilon(1e-7));
    assertThat(new AdaMax8bit(0.01, 0.8, 0.99, 1e-7))
        .isEqualTo(new AdaMax8bit(0.01).beta1(0.8).beta2(0.99).epsilon(1e-7));
    assertThat(new Nadam8bit(schedule())).isEqualTo(Nadam8bit.builder().learningRate(schedule()));
    assertThat(new AdaBelief8bit(schedule()))
        .isEqualTo(AdaBelief8bit.builder().learningRate(schedule()));
    assertThat(new AdaMax8bit(schedule())).isEqualTo(AdaMax8bit.builder().learningRate(schedule()));
    assertThat(RMSprop8bit.builder().build()).isEqualTo(new RMSprop8bit());
    assertThat(Adagrad8bit.builder().build()).isEqualTo(new Adagrad8bit());
    assertThat(Nesterovs8bit.builder().build()).isEqualTo(new Nesterovs8bit());
    assertThat(AdaDelta8bit.builder().build()).isEqualTo(new AdaDelta8bit());
  }

  @Test
  void aLearningRateThatIsNotFiniteStopsTheStep() {
    Adam8bit c =
        new Adam8bit(
            new MapSchedule.Builder(ScheduleType.ITERATION).add(0, 0.1).add(1, Double.NaN).build());
    var updater = Updaters.create(c, 10);
    INDArray g = Nd4j.ones(10);
    assertThatThrownBy(() -> updater.applyUpdater(g, 1, 0))
        .isInstanceOf(IllegalArgumentException.class)
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
    assertRefused("optimBits is 16", "4, 8 or 32", c -> c.optimBits(16));
    assertRefused("blockSize is 32", "power of two from 64 to 4096", c -> c.blockSize(32));
    assertRefused("blockSize is 8192", "power of two from 64 to 4096", c -> c.blockSize(8192));
    assertRefused("blockSize is 100", "power of two", c -> c.blockSize(100));
    assertRefused("min8bitSize is -1", "0 or more", c -> c.min8bitSize(-1));
    assertRefused("quantMap is null", "given", c -> c.quantMap(null));
    assertRefused("dataType is INT", "FLOAT, DOUBLE or HALF", c -> c.dataType(DataType.INT32));
    assertRefused(
        "dataType is BFLOAT16", "FLOAT, DOUBLE or HALF", c -> c.dataType(DataType.BFLOAT16));
  }

  @Test
  void hyperParametersOfOtherOptimizersAreCheckedLikewise() {
    RMSprop8bit rmsprop = new RMSprop8bit();
    assertRefused(rmsprop, "rmsDecay is 1.0", "below 1", c -> c.rmsDecay(1));
    assertRefused(rmsprop, "epsilon is 0.0", "positive", c -> c.epsilon(0));
    assertRefused(new Adagrad8bit(), "epsilon is -1.0", "positive", c -> c.epsilon(-1));
    assertRefused(new AdaDelta8bit(), "rho is NaN", "below 1", c -> c.rho(Double.NaN));
    assertRefused(new AdaDelta8bit(), "epsilon is 0.0", "positive", c -> c.epsilon(0));
    assertRefused(new Nesterovs8bit(), "momentum is 1.0", "below 1", c -> c.momentum(1));
    assertRefused(new Nesterovs8bit(), "momentum schedule is null", "given", c -> c.momentum(null));
  }

  private static void assertRefused(String given, String range, Consumer<Adam8bit> setter) {
    assertRefused(new Adam8bit(), given, range, setter);
  }

  static <C extends LowBitConfig<C>> void assertRefused(
      C c, String given, String range, Consumer<C> setter) {
    C before = c.clone();
    assertThatThrownBy(() -> setter.accept(c))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(given)
        .hasMessageContaining(range);
    assertThat(c).isEqualTo(before);
  }
}
