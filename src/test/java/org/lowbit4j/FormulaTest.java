package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.codec.QuantMap;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.AdaBelief;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.RmsProp;

/** Updates against the formulas in float64, and against ND4J's own updaters. */
class FormulaTest {

  private static final int N = 5000;

  @ParameterizedTest
  @EnumSource
  void in32BitsEveryUpdateIsTheFormulaToRounding(Optimizers o) {
    Random random = new Random(1);
    GradientUpdater<?> updater = Updaters.create(o.config().optimBits(32), N);
    ReferenceOptimizer[] reference = references(o);
    for (int t = 1; t <= 200; t++) {
      float[] g = Updaters.normal(random, N, 0.01);
      float[] u = Updaters.step(updater, g, t - 1);
      for (int i = 0; i < N; i++) {
        double expected = reference[i].update(g[i], t);
        // A sum of float32 terms is off by about 1e-7 of its largest term, and terms are as large
        // as the largest updates.
        assertThat((double) u[i])
            .as("%s, step %d, element %d", o, t, i)
            .isCloseTo(
                expected, offset(o.rounding() * Math.abs(expected) + 3e-7 * o.largestUpdate(0.04)));
      }
    }
  }

  /** Epsilons decide the updates of the smallest, and squares of the largest leave float32. */
  @ParameterizedTest
  @EnumSource
  void in32BitsTheFormulaHoldsForGradientsOfAnySize(Optimizers o) {
    for (double size : new double[] {1e-17, 1e-13, 1e-10, 1e-7, 1e-5, 1e-3, 1, 1e10, 1e17}) {
      Random random = new Random(14);
      GradientUpdater<?> updater = Updaters.create(o.config().optimBits(32), N);
      ReferenceOptimizer[] reference = references(o);
      double[] sum = new double[N];
      double[] expected = new double[N];
      for (int t = 1; t <= 30; t++) {
        float[] g = Updaters.normal(random, N, size);
        add(sum, Updaters.step(updater, g, t - 1));
        for (int i = 0; i < N; i++) {
          expected[i] += reference[i].update(g[i], t);
        }
      }
      assertThat(Updaters.relativeError(sum, expected))
          .as("%s, gradients of %s", o, size)
          .isLessThan(2e-6);
    }
  }

  @ParameterizedTest
  @EnumSource
  void in32BitsItTracksNd4jsOwnUpdater(Optimizers o) {
    Random random = new Random(2);
    GradientUpdater<?> ours = Updaters.create(o.config().optimBits(32), N);
    GradientUpdater<?> theirs = Updaters.create(o.twin(), N);
    double[] sumOurs = new double[N];
    double[] sumTheirs = new double[N];
    for (int t = 0; t < 200; t++) {
      float[] g = Updaters.normal(random, N, 0.01);
      add(sumOurs, Updaters.step(ours, g, t));
      add(sumTheirs, Updaters.step(theirs, g, t));
    }
    assertThat(Updaters.relativeError(sumOurs, sumTheirs)).as(o.name()).isLessThan(2e-6);
  }

  /** Where ND4J puts epsilon, and what it does not use it for, shows when it is not small. */
  @ParameterizedTest
  @MethodSource
  void in32BitsOtherHyperParametersTrackNd4jsOwnUpdater(LowBitConfig<?> config, IUpdater twin) {
    Random random = new Random(16);
    GradientUpdater<?> ours = Updaters.create(config.optimBits(32), N);
    GradientUpdater<?> theirs = Updaters.create(twin, N);
    double[] sumOurs = new double[N];
    double[] sumTheirs = new double[N];
    for (int t = 0; t < 50; t++) {
      float[] g = Updaters.normal(random, N, 0.01);
      add(sumOurs, Updaters.step(ours, g, t));
      add(sumTheirs, Updaters.step(theirs, g, t));
    }
    assertThat(Updaters.relativeError(sumOurs, sumTheirs)).as("%s", config).isLessThan(2e-6);
  }

  static Stream<Arguments> in32BitsOtherHyperParametersTrackNd4jsOwnUpdater() {
    return Stream.of(
        Arguments.of(new Adam8bit(0.01, 0.8, 0.99, 1e-2), new Adam(0.01, 0.8, 0.99, 1e-2)),
        Arguments.of(new Nadam8bit(0.01, 0.8, 0.99, 1e-2), new Nadam(0.01, 0.8, 0.99, 1e-2)),
        // ND4J's AdaMax does not use its epsilon ...
        Arguments.of(new AdaMax8bit(0.01, 0.8, 0.99, 1e-32), new AdaMax(0.01, 0.8, 0.99, 0.5)),
        // ... and its AdaGrad begins at 1e-6 whatever its epsilon.
        Arguments.of(new Adagrad8bit(0.01, 1e-2), new AdaGrad(0.01, 1e-2)),
        Arguments.of(new Adagrad8bit(0.01, 1e-10), new AdaGrad(0.01, 1e-10)),
        Arguments.of(new RMSprop8bit(0.01, 0.9, 1e-2), new RmsProp(0.01, 0.9, 1e-2)),
        Arguments.of(new Nesterovs8bit(0.01, 0.5), new Nesterovs(0.01, 0.5)),
        Arguments.of(new AdaDelta8bit(0.9, 1e-2), new AdaDelta(0.9, 1e-2)));
  }

  @Test
  void nd4jsAdaBeliefCannotBeInstantiatedOnAStateArray() {
    assertThatThrownBy(() -> new AdaBelief().instantiate(Nd4j.create(20), true))
        .isInstanceOf(ArrayIndexOutOfBoundsException.class);
  }

  /** No re-synchronisation with the reference: errors of the stored state add up over the run. */
  @ParameterizedTest
  @EnumSource
  void in8BitsTheTrajectoryFollowsTheFormula(Optimizers o) {
    // Measured, in the order POWER, DYNAMIC, POWER with blocks of 2048, in HALF:
    // Adam and AMSGrad 0.0214, 0.0234, 0.0223, 0.0219; Nadam 0.0101, 0.0122, 0.0107, 0.0105;
    // AdaBelief 0.0207, 0.0232, 0.0221, 0.0216; AdaMax 0.0165, 0.0209, 0.0178, 0.0171;
    // Adagrad 0.0080, 0.0065, 0.0082, 0.0081; RMSprop 0.0063, 0.0054, 0.0067, 0.0065;
    // Nesterovs 0.0160, 0.0207, 0.0173, 0.0165; AdaDelta 0.0232, 0.0325, 0.0259, 0.0234.
    double power = trajectoryError(o, o.config(), DataType.FLOAT);
    double dynamic = trajectoryError(o, o.config().quantMap(QuantMap.DYNAMIC), DataType.FLOAT);
    assertThat(power).as("%s POWER", o).isBetween(1e-4, o.powerError());
    assertThat(dynamic)
        .as("%s DYNAMIC", o)
        .isBetween(o.powerIsBetterForEqualScales() ? power : 1e-4, o.dynamicError());
    assertThat(trajectoryError(o, o.config().blockSize(2048), DataType.FLOAT))
        .isLessThan(o.powerError() + 0.001);
    assertThat(trajectoryError(o, o.config().dataType(DataType.FLOAT16), DataType.FLOAT16))
        .isLessThan(o.powerError() + 0.001);
    assertThat(trajectoryError(o, o.config().dataType(DataType.DOUBLE), DataType.DOUBLE))
        .isLessThan(o.powerError());
  }

  private static double trajectoryError(Optimizers o, LowBitConfig<?> config, DataType type) {
    Random random = new Random(3);
    GradientUpdater<?> updater = Updaters.create(config, N, type);
    ReferenceOptimizer[] reference = references(o);
    double[] sum = new double[N];
    double[] expected = new double[N];
    for (int t = 1; t <= 200; t++) {
      float[] g = Updaters.normal(random, N, 0.25);
      add(sum, Updaters.step(updater, g, t - 1, type));
      for (int i = 0; i < N; i++) {
        expected[i] += reference[i].update(g[i], t);
      }
    }
    return Updaters.relativeError(sum, expected);
  }

  /**
   * The first update is computed from unrounded moments: 8 bits give the same bits as 32, for every
   * size.
   */
  @ParameterizedTest
  @MethodSource("sizes")
  void theFirstStepIsExactForAnySize(Optimizers o, int n, int blockSize, DataType type, long seed) {
    String what = String.format("%s n=%d block=%d %s seed=%d", o, n, blockSize, type, seed);
    float[] g = Updaters.normal(new Random(seed), n, 0.02);
    LowBitConfig<?> in8 = o.config().min8bitSize(0).blockSize(blockSize).dataType(type);
    LowBitConfig<?> in32 = o.config().optimBits(32).blockSize(blockSize).dataType(type);
    GradientUpdater<?> updater = Updaters.create(in8, n, type);
    float[] first = Updaters.step(updater, g, 0, type);
    assertThat(first).as(what).isEqualTo(Updaters.step(Updaters.create(in32, n, type), g, 0, type));
    float[] second = Updaters.step(updater, g, 1, type);
    for (int i = 0; i < n; i++) {
      assertThat(Float.isFinite(second[i])).as("%s, element %d: %s", what, i, second[i]).isTrue();
    }
  }

  static Stream<Arguments> sizes() {
    Random random = new Random(4);
    int[] lengths = {1, 2, 63, 64, 65, 255, 256, 257, 1111, 4095, 4096, 4097, 100_003};
    DataType[] types = {DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16};
    return Arrays.stream(lengths)
        .boxed()
        .flatMap(
            n ->
                Stream.of(Optimizers.values())
                    .flatMap(
                        o ->
                            Stream.of(types)
                                .map(
                                    t ->
                                        Arguments.of(
                                            o, n, 64 << random.nextInt(7), t, random.nextLong()))));
  }

  @Test
  void everyUpdaterIsInTheTable() throws Exception {
    assertThat(Optimizers.classes())
        .containsExactlyInAnyOrderElementsOf(ArchitectureTest.publicConfigurations());
  }

  /** The numbers are in every saved state. */
  @Test
  void ruleNumbersAreThoseOfTheStateFormat() {
    assertThat(Stream.of(Optimizers.values()).map(o -> o.config().rule()))
        .extracting(r -> r.id() + " " + r.name())
        .containsExactly(
            "1 adam",
            "2 amsgrad",
            "3 nadam",
            "4 adabelief",
            "5 adamax",
            "6 adagrad",
            "7 rmsprop",
            "8 nesterovs",
            "9 adadelta");
  }

  private static ReferenceOptimizer[] references(Optimizers o) {
    return Stream.generate(o::reference).limit(N).toArray(ReferenceOptimizer[]::new);
  }

  private static void add(double[] sum, float[] x) {
    for (int i = 0; i < x.length; i++) {
      sum[i] += x[i];
    }
  }
}
