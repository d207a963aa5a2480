package org.lowbit4j.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.rule.Moment.Kind;

/** What a rule says about itself: kernels rely on it, and saved state has its numbers. */
class RulesTest {

  private static final int N = 200;

  @ParameterizedTest
  @EnumSource
  void numbersAndMomentsArePinned(Samples s) {
    assertThat(s.rule.id()).isEqualTo(s.id);
    assertThat(s.rule.name()).isEqualTo(s.ruleName);
    assertThat(Rules.name(s.id)).isEqualTo(s.ruleName);
    assertThat(s.rule.moments()).hasSameSizeAs(s.moments);
    for (int k = 0; k < s.moments.size(); k++) {
      Moment moment = s.rule.moments().get(k);
      assertThat(moment.name()).isEqualTo(s.moments.get(k).name);
      assertThat(moment).hasToString(s.moments.get(k).name);
      assertThat(moment.kind()).isEqualTo(s.moments.get(k).kind);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 16, 2047})
  void noOtherNumberHasAName(int id) {
    assertThat(Rules.name(id)).isNull();
  }

  /** In the order of the constants; the order of the codebooks of {@code QuantMap}. */
  @Test
  void kindsOfMomentsArePinned() {
    assertThat(Kind.values()).extracting(Kind::degree).containsExactly(1, 0, 2, 1, 0);
    assertThat(Kind.values())
        .extracting(Kind::isSigned)
        .containsExactly(true, true, false, false, false);
    assertThat(Kind.values())
        .extracting(Kind::isSquare)
        .containsExactly(false, false, true, false, true);
  }

  @Test
  void momentsAreMadeByKind() {
    assertThat(Moment.first("m").kind()).isEqualTo(Kind.FIRST);
    assertThat(Moment.firstOfUpdates("b").kind()).isEqualTo(Kind.FIRST_OF_UPDATES);
    assertThat(Moment.second("v").kind()).isEqualTo(Kind.SECOND);
    assertThat(Moment.norm("u").kind()).isEqualTo(Kind.NORM);
    assertThat(Moment.secondOfUpdates("x").kind()).isEqualTo(Kind.SECOND_OF_UPDATES);
    assertThat(Moment.first("m").name()).isEqualTo("m");
  }

  @ParameterizedTest
  @EnumSource
  void coefficientsAreThoseOfTheFormula(Samples s) {
    float[] c = s.coefficients();
    assertThat(c).hasSize(s.coefficients.size());
    for (int i = 0; i < c.length; i++) {
      double expected = s.coefficients.get(i);
      assertThat((double) c[i])
          .as("coefficient %d", i)
          .isCloseTo(expected, within(1e-7 * expected));
    }
    for (int k = 0; k < s.moments.size(); k++) {
      assertThat((double) s.rule.decay(k, c))
          .as("decay of %d", k)
          .isEqualTo(s.moments.get(k).decay);
    }
    assertThat((double) s.rule.floor(c)).isEqualTo(s.floor());
    assertThat(s.rule.updateDegree()).isEqualTo(s.updateDegree());
  }

  /**
   * By the formulas in the rules' comments, in float64: a gradient, then the update and the moments
   * after it, which were 0.5, 0.25 and 2.
   */
  @ParameterizedTest
  @CsvSource({
    "ADAM, 3, 0.50807333 2.0625 2.4375",
    "ADAM, -1, -0.25417019 -0.4375 0.4375",
    "AMSGRAD, 3, 0.50807333 2.0625 2.4375 2.4375",
    "AMSGRAD, -1, -0.11897058 -0.4375 0.4375 2",
    "NADAM, 3, 3.0234582 2.0625 0.25874989",
    "NADAM, -1, -0.91502317 -0.4375 0.25074999",
    "ADABELIEF, 3, 1.2404201 2.0625 0.40820312",
    "ADABELIEF, -1, -0.32487025 -0.4375 0.26757812",
    "ADAMAX, 3, 0.39986983 2.0625 3",
    "ADAMAX, -1, -0.25429712 -0.4375 1",
    "ADAGRAD, 3, 0.48641016 9.5",
    "ADAGRAD, -1, -0.40739334 1.5",
    "RMSPROP, 3, 0.62191176 5.8125",
    "RMSPROP, -1, -0.55405311 0.8125",
    "NESTEROVS, 3, 2.34375 -1.125",
    "NESTEROVS, -1, -1.15625 0.875",
    "ADADELTA, 3, 0.92745408 2.625 0.40254277",
    "ADADELTA, -1, -0.6331951 0.625 0.28773401",
    "SGD, 3, 1.3125 2.625",
    "SGD, -1, -0.1875 -0.375",
    "SGD_NESTEROV, 3, 2.484375 2.625",
    "SGD_NESTEROV, -1, -0.640625 -0.375",
    "LION, 3, 0.5 0.8125",
    "LION, -1, -0.5 0.3125",
    "ADEMAMIX, 3, 0.91658288 2.0625 0.59375 3.75",
    "ADEMAMIX, -1, -0.010080305 -0.4375 0.09375 1.75",
    "RMSPROP_MOMENTUM, 3, 0.71566176 5.8125 1.4313235",
    "RMSPROP_MOMENTUM, -1, -0.46030311 0.8125 -0.92060623",
    "RMSPROP_CENTERED, 3, 1.0706549 1.9599609 1.96875",
    "RMSPROP_CENTERED, -1, -0.67097307 0.55371094 -0.53125",
    "RMSPROP_CENTERED_MOMENTUM, 3, 1.8206549 1.9599609 1.96875 3.6413098",
    "RMSPROP_CENTERED_MOMENTUM, -1, 0.079026929 0.55371094 -0.53125 0.15805386",
  })
  void oneStepIsTheFormula(Samples s, float gradient, String expected) {
    float[] g = {gradient};
    float[][] moments = {{0.5f}, {0.25f}, {2}};
    s.rule.step(g, moments, 1, s.coefficients());
    String[] numbers = expected.split(" ");
    assertThat(numbers).hasSize(1 + s.moments.size());
    for (int k = 0; k < numbers.length; k++) {
      float actual = k == 0 ? g[0] : moments[k - 1][0];
      float number = Float.parseFloat(numbers[k]);
      assertThat(actual).as("number %d", k).isCloseTo(number, withinPercentage(1e-4));
    }
  }

  /**
   * Powers of two change no digit: what is computed from multiples is the multiple, to the bit. So
   * kernels keep squares inside float32's range.
   */
  @ParameterizedTest
  @EnumSource
  void aFactorOfTheGradientIsAFactorOfEverything(Samples s) {
    for (float factor : new float[] {0x1p-20f, 0.5f, 0x1p13f}) {
      float[] c = s.coefficients();
      float[] g = gradient();
      float[][] moments = moments(s);
      float[] largeC = s.coefficients();
      float[] largeG = times(g, factor, 1);
      float[][] largeMoments = new float[moments.length][];
      for (int k = 0; k < moments.length; k++) {
        largeMoments[k] = times(moments[k], factor, s.moments.get(k).kind.degree());
      }
      s.rule.rescale(largeC, factor);
      for (int step = 0; step < 3; step++) {
        s.rule.step(g, moments, N, c);
        s.rule.step(largeG, largeMoments, N, largeC);
        assertThat(largeG).as("update").isEqualTo(times(g, factor, s.rule.updateDegree()));
        for (int k = 0; k < moments.length; k++) {
          assertThat(largeMoments[k])
              .as("moment %d", k)
              .isEqualTo(times(moments[k], factor, s.moments.get(k).kind.degree()));
        }
        g = gradient();
        largeG = times(g, factor, 1);
      }
      float[] half = times(moments[0], 0.5f, 1);
      float[] largeHalf = times(largeMoments[0], 0.5f, 1);
      s.rule.compensate(moments[0], half, moments, N, c);
      s.rule.compensate(largeMoments[0], largeHalf, largeMoments, N, largeC);
      for (int k = 0; k < moments.length; k++) {
        assertThat(largeMoments[k])
            .as("compensated moment %d", k)
            .isEqualTo(times(moments[k], factor, s.moments.get(k).kind.degree()));
      }
    }
  }

  /** No 0/0 where there is neither a gradient nor state; nothing infinite either. */
  @ParameterizedTest
  @EnumSource
  void epsilonsStayPositiveAndFinite(Samples s) {
    for (float factor : new float[] {0x1p-126f, 0x1p127f}) {
      float[] c = s.coefficients();
      s.rule.rescale(c, factor);
      for (float coefficient : c) {
        assertThat(coefficient).isFinite().isNotNegative();
      }
      float[] g = new float[1];
      s.rule.step(g, new float[s.moments.size()][1], 1, c);
      assertThat(g[0]).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatLiesBehindTheLastElementStays(Samples s) {
    float[] g = gradient();
    float[][] moments = moments(s);
    s.rule.step(g, moments, N - 1, s.coefficients());
    assertThat(g[N - 1]).isEqualTo(gradient()[N - 1]);
    float[][] before = moments(s);
    for (int k = 0; k < moments.length; k++) {
      assertThat(moments[k][N - 1]).isEqualTo(before[k][N - 1]);
    }
    s.rule.compensate(before[0], moments[0], moments, N - 1, s.coefficients());
    for (int k = 0; k < moments.length; k++) {
      assertThat(moments[k][N - 1]).isEqualTo(before[k][N - 1]);
    }
  }

  /** What rounding does to AdaDelta's msg is done to its msdx, up to a factor of 2. */
  @Test
  void adaDeltaKeepsTheRatioOfItsMoments() {
    for (Samples s : Samples.values()) {
      assertThat(s.rule.compensates()).isEqualTo(s == Samples.ADADELTA);
    }
    float[] c = {0.75f, 0.25f, 0.125f, 0x1p-10f};
    float[] exact = {0.875f, 0.125f, 0.125f};
    float[] stored = {0.375f, 0.375f, 0.875f};
    float[][] moments = {{7, 7, 7}, {3, 3, 3}};
    AdaDeltaRule.INSTANCE.compensate(exact, stored, moments, 3, c);
    assertThat(moments[1]).containsExactly(1.5f, 6, 6);
    assertThat(moments[0]).containsExactly(7, 7, 7);
    assertThat(AdaDeltaRule.INSTANCE.floor(c)).isEqualTo((float) Math.sqrt(0.125));
    AdaDeltaRule.INSTANCE.rescale(c, 2);
    assertThat(c).as("the updates have no unit").containsExactly(0.75f, 0.25f, 0.5f, 0x1p-10f);
  }

  @Test
  void optionsOfRmspropAreRulesOfTheirOwn() {
    assertThat(RMSpropRule.of(false, false)).isSameAs(RMSpropRule.INSTANCE);
    assertThat(RMSpropRule.of(true, false).id()).isEqualTo(13);
    assertThat(RMSpropRule.of(false, true).id()).isEqualTo(14);
    assertThat(RMSpropRule.of(true, true).id()).isEqualTo(15);
  }

  /** As in PyTorch. */
  @Test
  void sgdsFirstGradientIsNotDamped() {
    float[] c = new float[5];
    SGDRule.coefficients(c, 0.5, 0.75, 0.25, false, 0);
    assertThat(c).containsExactly(0.5f, 0.75f, 1, 0, 1);
  }

  @Test
  void anEpsilonInsideTheCorrectionIsPositive() {
    assertThat(AdamRule.epsilon(1, 0.75, 0)).isEqualTo(0.5f);
    assertThat(AdamRule.epsilon(1e-45, 0.75, 0)).isEqualTo(Float.MIN_NORMAL);
  }

  @Test
  void lionsUpdatesHaveOneSize() {
    float[] c = {8, 0.5f, 0.5f, 0.75f, 0.25f};
    float[] g = {1, -1, -3, 0};
    float[][] m = {{-1, -1, 4, 0}};
    LionRule.INSTANCE.step(g, m, 4, c);
    assertThat(g).containsExactly(0, -8, 8, 0);
    assertThat(m[0]).containsExactly(-0.5f, -1, 2.25f, 0);
  }

  /** A quotient by an epsilon near the smallest float would be infinite soon. */
  @Test
  void quotientsOfRmspropStayFinite() {
    float[] c = {Float.MIN_NORMAL, 1, 0, 0, 0, 0.5f};
    assertThat(stepOnZeros(Samples.RMSPROP, c)).containsExactly(0x1p126f, -0x1p126f);
    assertThat(stepOnZeros(Samples.RMSPROP_CENTERED, c)).containsExactly(0x1p100f, -0x1p100f);
    assertThat(stepOnZeros(Samples.RMSPROP_MOMENTUM, c)).containsExactly(0x1p80f, -0x1p80f);
    assertThat(stepOnZeros(Samples.RMSPROP_CENTERED_MOMENTUM, c))
        .containsExactly(0x1p80f, -0x1p80f);
  }

  private static float[] stepOnZeros(Samples s, float[] c) {
    float[] g = {1, -1};
    s.rule.step(g, new float[s.moments.size()][2], 2, c);
    return g;
  }

  private static float[] gradient() {
    Random random = new Random(5);
    float[] g = new float[N];
    for (int i = 0; i < N; i++) {
      g[i] = (float) random.nextGaussian();
    }
    return g;
  }

  private static float[][] moments(Samples s) {
    Random random = new Random(6);
    float[][] moments = new float[s.moments.size()][N];
    for (int k = 0; k < moments.length; k++) {
      for (int i = 0; i < N; i++) {
        float x = (float) random.nextGaussian();
        moments[k][i] = s.moments.get(k).kind.isSigned() ? x : x * x;
      }
    }
    return moments;
  }

  private static float[] times(float[] x, float factor, int degree) {
    float[] product = x.clone();
    for (int times = 0; times < degree; times++) {
      for (int i = 0; i < product.length; i++) {
        product[i] *= factor;
      }
    }
    return product;
  }
}
