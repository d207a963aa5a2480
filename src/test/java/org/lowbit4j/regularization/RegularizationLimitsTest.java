package org.lowbit4j.regularization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/**
 * Coefficients at the ends of their ranges, factors beyond those of the types, and descriptions.
 */
class RegularizationLimitsTest {

  @ParameterizedTest
  @ValueSource(doubles = {-1e-9, 1.1e6, Double.NaN, Double.POSITIVE_INFINITY})
  void coefficientsOutOfRangeAreRefused(double coefficient) {
    assertRefused(() -> new CoupledWeightDecay(coefficient), coefficient);
    assertRefused(() -> new DecoupledWeightDecay(coefficient), coefficient);
    assertRefused(() -> new LambTrustRatio(coefficient, 1), coefficient);
    assertRefused(() -> new LarsTrustRatio(coefficient, 1), coefficient);
    for (ScheduleType type : ScheduleType.values()) {
      ISchedule schedule = schedule(type, coefficient, 0);
      assertRefused(() -> new CoupledWeightDecay(schedule), coefficient);
      assertRefused(() -> new DecoupledWeightDecay(schedule, true), coefficient);
    }
    assertRefused(() -> new LearningRateScale(coefficient, 1), coefficient);
    assertRefused(() -> new LearningRateScale(1, coefficient), coefficient);
  }

  /** A schedule may leave the range later than at its first value. */
  @ParameterizedTest
  @ValueSource(doubles = {-1, 2e6, Double.NaN})
  void whatAScheduleComesToIsChecked(double later) {
    INDArray p = Nd4j.ones(4);
    INDArray g = Nd4j.ones(4);
    for (Regularization r :
        List.of(
            new CoupledWeightDecay(schedule(ScheduleType.ITERATION, 0.5, later)),
            new DecoupledWeightDecay(schedule(ScheduleType.ITERATION, 0.5, later), true))) {
      assertRefused(() -> r.apply(p, g, 0.1, 7, 0), later);
      assertThat(g).isEqualTo(Nd4j.ones(4));
    }
  }

  @Test
  void ratiosAndRatesHaveLimits() {
    assertRefused(() -> new LambTrustRatio(0, 0), 0.0);
    assertRefused(() -> new LambTrustRatio(0, Double.NaN), Double.NaN);
    assertRefused(() -> new LarsTrustRatio(0, 0), 0.0);
    assertRefused(() -> new LarsTrustRatio(0, Double.POSITIVE_INFINITY), Double.POSITIVE_INFINITY);
    assertRefused(() -> new LearningRateScale(1, 0), 0.0);
    assertThat(new LearningRateScale(0, 1).getRate()).isZero();
    assertThat(new LearningRateScale(0.25, 1).getRate()).isEqualTo(0.25);
    assertThat(new LambTrustRatio(0.25, 1).getWeightDecay()).isEqualTo(0.25);
  }

  private static void assertRefused(ThrowingCallable call, double value) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(Double.toString(value));
  }

  private static ISchedule schedule(ScheduleType type, double first, double later) {
    return new MapSchedule.Builder(type).add(0, first).add(1, later).build();
  }

  /** Small variables have ratios as large ones do. */
  @Test
  void ratiosHoldForNormsFarBelowOne() {
    for (double decay : new double[] {0, 0.5}) {
      INDArray p = Nd4j.createFromArray(3e-4, 4e-4);
      INDArray g = Nd4j.createFromArray(0.0, 5e-6);
      new LarsTrustRatio(decay, 0.25).apply(p, g, 0.1, 0, 0);
      double lars = 0.25 * 5e-4 / (5e-6 + decay * 5e-4);
      assertThat(g.getDouble(0)).isCloseTo(lars * decay * 3e-4, offset(1e-10));
      assertThat(g.getDouble(1)).isCloseTo(lars * (5e-6 + decay * 4e-4), offset(1e-10));
      INDArray update = Nd4j.createFromArray(0.0, 5e-6);
      new LambTrustRatio(decay, Double.POSITIVE_INFINITY).apply(p, update, 0.1, 0, 0);
      double x = 0.1 * decay * 3e-4;
      double y = 5e-6 + 0.1 * decay * 4e-4;
      double lamb = 0.1 * 5e-4 / Math.hypot(x, y);
      assertThat(update.getDouble(0)).isCloseTo(lamb * x, offset(1e-10));
      assertThat(update.getDouble(1)).isCloseTo(lamb * y, offset(1e-10));
    }
  }

  @Test
  void anOptimizerWithoutDecayNeedsNoRegularization() {
    assertThat(DecoupledWeightDecay.unlessZero(0)).isEmpty();
    assertThat(DecoupledWeightDecay.unlessZero(0.3)).containsExactly(new DecoupledWeightDecay(0.3));
  }

  /** 0 times a parameter that is not finite would be NaN. */
  @Test
  void withoutALearningRateNothingDecays() {
    INDArray p = Nd4j.valueArrayOf(new long[] {3}, Float.POSITIVE_INFINITY, DataType.FLOAT);
    INDArray update = Nd4j.ones(3);
    new DecoupledWeightDecay(0.3).apply(p, update, 0, 0, 0);
    new LambTrustRatio(0.3, 2).apply(p, update, 0, 0, 0);
    assertThat(update).isEqualTo(Nd4j.ones(3));
  }

  @Test
  void aTrustRatioDoesNothingWithoutALearningRate() {
    INDArray update = Nd4j.ones(3);
    new LambTrustRatio(0.3, 2).apply(Nd4j.ones(3), update, 0, 0, 0);
    assertThat(update).isEqualTo(Nd4j.ones(3));
    new LambTrustRatio(0, 2).apply(Nd4j.ones(3), update, 1, 0, 0);
    assertThat(update).isEqualTo(Nd4j.ones(3));
    new LambTrustRatio(0, 2).apply(Nd4j.valueArrayOf(3, 1.5), update, 1, 0, 0);
    assertThat(update).isEqualTo(Nd4j.valueArrayOf(3, 1.5));
  }

  /** Nor does decay of 0 turn parameters that are not finite into NaN. */
  @Test
  void withoutDecayParametersAreNotAdded() {
    INDArray p = Nd4j.createFromArray(4f, Float.POSITIVE_INFINITY);
    INDArray lamb = Nd4j.createFromArray(2f, 0f);
    new LambTrustRatio(0, 9).apply(p, lamb, 0.5, 0, 0);
    assertThat(lamb).isEqualTo(Nd4j.createFromArray(4f * 0.5f, 0f));
    INDArray lars = Nd4j.createFromArray(2f, 0f);
    new LarsTrustRatio(0, 0.5).apply(p, lars, 0.5, 0, 0);
    assertThat(lars).isEqualTo(Nd4j.createFromArray(2f, 0f));
  }

  /** A decay of 1, or of 1 with the learning rate, is decay, too. */
  @Test
  void decayOfOne() {
    INDArray update = Nd4j.createFromArray(1f, 0f);
    new LambTrustRatio(2, 1e9).apply(Nd4j.createFromArray(3f, 0f), update, 0.5, 0, 0);
    assertThat(update).isEqualTo(Nd4j.createFromArray(1.5f, 0f));
    INDArray gradient = Nd4j.createFromArray(1f, 0f);
    new LarsTrustRatio(1, 0.5).apply(Nd4j.createFromArray(3f, 4f), gradient, 0.5, 0, 0);
    double ratio = 0.5 * 5 / (1 + 5);
    assertThat(gradient.getDouble(0)).isCloseTo(ratio * 4, offset(1e-6));
    assertThat(gradient.getDouble(1)).isCloseTo(ratio * 4, offset(1e-6));
  }

  @Test
  void hashCodesTellWhatDiffers() {
    assertThat(
            Stream.of(
                    new LearningRateScale(0.3, 2),
                    new LearningRateScale(0.4, 2),
                    new LearningRateScale(0.3, 3),
                    new LambTrustRatio(0.3, 2),
                    new LambTrustRatio(0.4, 2),
                    new LambTrustRatio(0.3, 3),
                    new LarsTrustRatio(0.3, 2),
                    new UpdaterCheck("a", "b", Regularization.ApplyStep.POST_UPDATER),
                    new UpdaterCheck("a", "c", Regularization.ApplyStep.POST_UPDATER),
                    new UpdaterCheck("c", "b", Regularization.ApplyStep.POST_UPDATER))
                .map(Object::hashCode))
        .doesNotHaveDuplicates();
  }

  /** The rate that it was made for is gone, and with it what it was to replace. */
  @Test
  void aScaleEndsWithItsBlocksRate() {
    LearningRateScale scale = new LearningRateScale(0.01, 0.1);
    assertThat(scale.isInForce(0.1)).isTrue();
    assertThat(scale.isInForce(0.2)).isFalse();
    INDArray update = Nd4j.ones(3);
    scale.apply(update.dup(), update, 0.2, 0, 0);
    assertThat(update).isEqualTo(Nd4j.ones(3));
    assertThat(scale).isNotEqualTo(new LearningRateScale(0.01, 0.2));
    assertThat(scale.hashCode()).isNotEqualTo(new LearningRateScale(0.01, 0.2).hashCode());
  }

  /** ND4J would make 0 or infinity of factors beyond the type. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE", "HALF"})
  void factorsMayBeBeyondTheType(DataType type) {
    for (long n : new long[] {4, 100_000}) {
      INDArray small = Nd4j.valueArrayOf(new long[] {n}, 0x1p-20, type);
      Vectors.multiply(small, 0x1p22);
      assertThat(small).isEqualTo(Nd4j.valueArrayOf(new long[] {n}, 4, type));
      Vectors.multiply(small, 0x1p-26);
      assertThat(small).isEqualTo(Nd4j.valueArrayOf(new long[] {n}, 0x1p-24, type));
      Vectors.multiply(small, Double.POSITIVE_INFINITY);
      assertThat(small.isInfinite().any()).isFalse();
      assertThat(small.getDouble(n - 1)).isGreaterThan(60_000);
    }
    INDArray sum = Nd4j.valueArrayOf(new long[] {4}, 0x1p-10, type);
    Vectors.addAndMultiply(1, sum.dup(), Double.POSITIVE_INFINITY, sum);
    assertThat(sum.isInfinite().any()).isFalse();
    assertThat(sum.getDouble(3)).isGreaterThan(60_000);
  }

  @Test
  void descriptionsTellWhatApplies() {
    assertThat(new CoupledWeightDecay(0.3)).hasToString("coupled weight decay 0.3");
    assertThat(new DecoupledWeightDecay(0.3)).hasToString("decoupled weight decay 0.3");
    for (ScheduleType type : ScheduleType.values()) {
      ISchedule schedule = schedule(type, 0.3, 0.5);
      assertThat(new CoupledWeightDecay(schedule)).hasToString("coupled weight decay 0.3");
      assertThat(new DecoupledWeightDecay(schedule, true))
          .hasToString("decoupled weight decay 0.3");
    }
    assertThat(new DecayOffer()).hasToString("nothing (weight decay of an earlier build)");
    assertThat(new LambTrustRatio(0.3, 2))
        .hasToString("LAMB's trust ratio (at most 2.0, weight decay 0.3)");
    assertThat(new LarsTrustRatio(0.3, 2))
        .hasToString("LARS' trust ratio (coefficient 2.0, weight decay 0.3)");
    assertThat(new LearningRateScale(0.3, 2)).hasToString("learning rate 0.3 in place of 2.0");
  }

  /** It does nothing, as it did in the builds that wrote it. */
  @Test
  void offersOfEarlierBuildsDoNothing() {
    DecayOffer offer = new DecayOffer();
    INDArray g = Nd4j.ones(3);
    offer.apply(Nd4j.ones(3), g, 0.1, 0, 0);
    assertThat(g).isEqualTo(Nd4j.ones(3));
    assertThat(offer.applyStep()).isEqualTo(Regularization.ApplyStep.BEFORE_UPDATER);
  }
}
