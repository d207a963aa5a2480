package org.lowbit4j.regularization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.Regularization.ApplyStep;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** Weight decay and trust ratios against their formulas in float64. */
class RegularizationsTest {

  private static final double RATE = 0.02;
  private static final int ROWS = 70;
  private static final int COLUMNS = 90;

  private final Random random = new Random(1);

  @Test
  void decoupledDecayIsAddedToTheUpdate() {
    Regularization r = new DecoupledWeightDecay(0.3);
    assertThat(r.applyStep()).isEqualTo(ApplyStep.POST_UPDATER);
    assertApplied(r, RATE, (p, u) -> v -> v, (p, u) -> u + RATE * 0.3 * p);
    assertApplied(r, 0, (p, u) -> v -> v, (p, u) -> u);
  }

  @Test
  void coupledDecayIsAddedToTheGradient() {
    Regularization r = new CoupledWeightDecay(0.3);
    assertThat(r.applyStep()).isEqualTo(ApplyStep.BEFORE_UPDATER);
    assertApplied(r, RATE, (p, g) -> v -> v, (p, g) -> g + 0.3 * p);
    assertApplied(r, 0, (p, g) -> v -> v, (p, g) -> g + 0.3 * p);
  }

  /** As DL4J's own, whatever the schedule; iteration and epoch differ. */
  @Test
  void coefficientsFollowTheirSchedules() {
    for (ScheduleType type : ScheduleType.values()) {
      ISchedule schedule = new ExponentialSchedule(type, 0.3, 0.7);
      assertLike(new L2Regularization(schedule), new CoupledWeightDecay(schedule));
      for (boolean applyRate : new boolean[] {true, false}) {
        assertLike(
            new WeightDecay(schedule, applyRate), new DecoupledWeightDecay(schedule, applyRate));
      }
    }
  }

  private void assertLike(Regularization expected, Regularization actual) {
    INDArray p = array(1).castTo(DataType.DOUBLE);
    INDArray g = array(0.1).castTo(DataType.DOUBLE);
    INDArray copy = g.dup();
    expected.apply(p, g, RATE, 5, 2);
    actual.apply(p, copy, RATE, 5, 2);
    assertThat(copy).isEqualTo(g);
  }

  @Test
  void lambScalesTheUpdateToTheParameters() {
    for (double decay : new double[] {0, 0.3}) {
      for (double limit : new double[] {Double.POSITIVE_INFINITY, 1e-3}) {
        Regularization r = new LambTrustRatio(decay, limit);
        assertThat(r.applyStep()).isEqualTo(ApplyStep.POST_UPDATER);
        assertApplied(
            r,
            RATE,
            (p, u) -> {
              double norm = norm(p, u, (pi, ui) -> ui / RATE + decay * pi);
              double ratio = Math.min(limit, norm(p, u, (pi, ui) -> pi) / norm);
              return v -> v * ratio;
            },
            (p, u) -> u + RATE * decay * p);
      }
    }
  }

  @Test
  void larsScalesTheGradientToTheParameters() {
    for (double decay : new double[] {0, 0.3}) {
      Regularization r = new LarsTrustRatio(decay, 0.02);
      assertThat(r.applyStep()).isEqualTo(ApplyStep.BEFORE_UPDATER);
      assertApplied(
          r,
          RATE,
          (p, g) -> {
            double ofParameters = norm(p, g, (pi, gi) -> pi);
            double ofGradient = norm(p, g, (pi, gi) -> gi);
            double ratio = 0.02 * ofParameters / (ofGradient + decay * ofParameters);
            return v -> v * ratio;
          },
          (p, g) -> g + decay * p);
    }
  }

  /** Parameters that begin at zero would never move. */
  @ParameterizedTest
  @MethodSource("ratios")
  void theRatioIsOneForZeroParameters(Regularization r) {
    INDArray g = array(0.1);
    INDArray before = g.dup();
    r.apply(g.like(), g, RATE, 0, 0);
    assertThat(g).isEqualTo(before);
  }

  @ParameterizedTest
  @MethodSource("ratios")
  void nothingComesOfNothing(Regularization r) {
    INDArray p = array(1);
    INDArray g = p.like();
    r.apply(p, g, RATE, 0, 0);
    assertThat(g.isNaN().any() || g.isInfinite().any()).isFalse();
    INDArray zero = p.like();
    r.apply(p.like(), zero, RATE, 0, 0);
    assertThat(zero).isEqualTo(p.like());
  }

  /** Nothing moves, and the division by the learning rate must not turn that into NaN. */
  @ParameterizedTest
  @MethodSource("ratios")
  void atLearningRateZeroThereIsNoNaN(Regularization r) {
    INDArray p = array(1);
    INDArray g = r.applyStep() == ApplyStep.POST_UPDATER ? p.like() : array(0.1);
    r.apply(p, g, 0, 0, 0);
    assertThat(g.isNaN().any() || g.isInfinite().any()).isFalse();
    if (r.applyStep() == ApplyStep.POST_UPDATER) {
      assertThat(g).isEqualTo(p.like());
    }
  }

  /** The element itself is left to the updater, which skips it; its neighbours are as without. */
  @ParameterizedTest
  @MethodSource("ratios")
  void anElementThatIsNotFiniteDoesNotSpoilTheNorm(Regularization r) {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      INDArray p = array(1);
      p.putScalar(17, 0);
      INDArray clean = array(0.1);
      clean.putScalar(17, 0);
      INDArray g = clean.dup();
      g.putScalar(17, bad);
      r.apply(p, g, RATE, 0, 0);
      r.apply(p, clean, RATE, 0, 0);
      assertThat(Float.isFinite(g.getFloat(17))).isFalse();
      g.putScalar(17, 0);
      clean.putScalar(17, 0);
      assertThat(g).isEqualTo(clean);
    }
  }

  static Stream<Regularization> ratios() {
    return Stream.of(
        new LambTrustRatio(0, Double.POSITIVE_INFINITY),
        new LambTrustRatio(0.1, 2),
        new LarsTrustRatio(0, 0.02),
        new LarsTrustRatio(0.1, 0.02));
  }

  /** Equal ones, and one that differs, of each. */
  static Stream<List<Regularization>> pairs() {
    return Stream.of(
        List.of(
            new DecoupledWeightDecay(0.3),
            new DecoupledWeightDecay(0.3),
            new DecoupledWeightDecay(0.2)),
        List.of(new DecayOffer(), new DecayOffer(), new DecoupledWeightDecay(0.3)),
        List.of(
            new CoupledWeightDecay(0.3), new CoupledWeightDecay(0.3), new CoupledWeightDecay(0.2)),
        List.of(
            new LambTrustRatio(0.3, Double.POSITIVE_INFINITY),
            new LambTrustRatio(0.3, Double.POSITIVE_INFINITY),
            new LambTrustRatio(0.3, 2)),
        List.of(new LambTrustRatio(0.3, 2), new LambTrustRatio(0.3, 2), new LambTrustRatio(0.2, 2)),
        List.of(
            new LarsTrustRatio(0.3, 0.02),
            new LarsTrustRatio(0.3, 0.02),
            new LarsTrustRatio(0.3, 0.01)),
        List.of(
            new LearningRateScale(2, 1), new LearningRateScale(2, 1), new LearningRateScale(3, 1)));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void equalityCopiesAndJson(List<Regularization> three) {
    Regularization r = three.get(0);
    assertThat(r).isEqualTo(three.get(1)).hasSameHashCodeAs(three.get(1));
    assertThat(r).isNotEqualTo(three.get(2)).isNotEqualTo(null);
    assertThat(r.clone()).isEqualTo(r).hasSameClassAs(r);
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .list()
            .layer(
                new OutputLayer.Builder()
                    .nIn(2)
                    .nOut(2)
                    .activation(Activation.SOFTMAX)
                    .regularization(new ArrayList<>(List.of(r)))
                    .build())
            .build();
    for (MultiLayerConfiguration read :
        List.of(
            MultiLayerConfiguration.fromJson(conf.toJson()),
            MultiLayerConfiguration.fromYaml(conf.toYaml()))) {
      List<Regularization> list = ((BaseLayer) read.getConf(0).getLayer()).getRegularization();
      assertThat(list).containsExactly(r);
      assertThat(list.get(0)).hasSameClassAs(r);
    }
  }

  /** Only a coupled decay is part of what is minimized. */
  @Test
  void thePenaltyInTheScoreIsThatOfTheLoss() {
    INDArray p = array(1);
    double norm = norm(floats(p), new float[ROWS * COLUMNS], (pi, gi) -> pi);
    assertThat(new CoupledWeightDecay(0.3).score(p, 0, 0))
        .isCloseTo(0.15 * norm * norm, offset(1e-6 * norm * norm));
    assertThat(new DecoupledWeightDecay(0.3).score(p, 0, 0)).isZero();
    assertThat(new DecayOffer().score(p, 0, 0)).isZero();
    assertThat(new LambTrustRatio(0.3, 2).score(p, 0, 0)).isZero();
    assertThat(new LarsTrustRatio(0.3, 0.02).score(p, 0, 0)).isZero();
    assertThat(new LearningRateScale(2, 1).score(p, 0, 0)).isZero();
  }

  @Test
  void theScaleMultipliesTheUpdate() {
    Regularization r = new LearningRateScale(RATE / 4, RATE);
    assertThat(r.applyStep()).isEqualTo(ApplyStep.POST_UPDATER);
    assertApplied(r, RATE, (p, u) -> v -> v * 0.25, (p, u) -> u);
  }

  /** Which ND4J multiplies. */
  @Test
  void largeVariablesAreScaledAsSmallOnes() {
    INDArray parameters = Nd4j.randn(DataType.FLOAT, 70_001);
    INDArray gradients = Nd4j.randn(DataType.FLOAT, 70_001).muli(1e-3);
    double ratio =
        1e-3
            * parameters.castTo(DataType.DOUBLE).norm2Number().doubleValue()
            / gradients.castTo(DataType.DOUBLE).norm2Number().doubleValue();
    float[] before = floats(gradients);
    new LambTrustRatio(0, Double.POSITIVE_INFINITY).apply(parameters, gradients, 1e-3, 0, 0);
    float[] after = floats(gradients);
    for (int i = 0; i < before.length; i += 1_000) {
      assertThat((double) after[i]).isCloseTo(before[i] * ratio, withinPercentage(1e-4));
    }
  }

  private interface Elementwise {
    double of(double parameter, double gradient);
  }

  private interface Scale {
    DoubleUnaryOperator of(float[] parameters, float[] gradients);
  }

  /** Expected is scale(element(p, g)); for arrays of all types, views and 'f' order. */
  private void assertApplied(Regularization r, double rate, Scale scale, Elementwise element) {
    for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16}) {
      boolean half = type == DataType.FLOAT16;
      for (String orders : new String[] {"cc", "ff", "cf"}) {
        INDArray parameters = view(floats(array(1)), type, orders.charAt(0));
        INDArray gradients = view(floats(array(0.1)), type, orders.charAt(1));
        float[] p = floats(parameters);
        float[] g = floats(gradients);
        r.apply(parameters, gradients, rate, 3, 1);
        DoubleUnaryOperator ratio = scale.of(p, g);
        float[] actual = floats(gradients);
        for (int i = 0; i < p.length; i++) {
          double expected = ratio.applyAsDouble(element.of(p[i], g[i]));
          double terms = ratio.applyAsDouble(Math.abs(g[i]) + Math.abs(p[i]));
          assertThat((double) actual[i])
              .as("%s %s %s, element %d", r, type, orders, i)
              .isCloseTo(expected, offset(half ? 2e-3 * terms + 1e-7 : 3e-7 * terms));
        }
        assertThat(floats(parameters)).isEqualTo(p);
      }
    }
  }

  /** DL4J's arrays are views of one vector. */
  private static INDArray view(float[] values, DataType type, char order) {
    INDArray flat = Nd4j.zeros(type, values.length + 11);
    INDArray view =
        flat.get(NDArrayIndex.interval(11, values.length + 11)).reshape(order, ROWS, COLUMNS);
    return view.assign(Nd4j.createFromArray(values).reshape(ROWS, COLUMNS).castTo(type));
  }

  /** Elements in 'c' order. */
  private static float[] floats(INDArray array) {
    return array.dup('c').castTo(DataType.FLOAT).reshape(array.length()).toFloatVector();
  }

  private INDArray array(double sigma) {
    float[] x = new float[ROWS * COLUMNS];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) (sigma * random.nextGaussian());
    }
    return Nd4j.createFromArray(x).reshape(ROWS, COLUMNS);
  }

  private static double norm(float[] p, float[] g, Elementwise element) {
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      double x = element.of(p[i], g[i]);
      sum += x * x;
    }
    return Math.sqrt(sum);
  }
}
