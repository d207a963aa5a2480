package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.data.Percentage.withPercentage;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.lowbit4j.updater.PackedState;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;

/** Looking at the state: moments as numbers, codes as bytes. */
class InspectionTest {

  private static final int N = 10_001;

  @ParameterizedTest
  @ValueSource(ints = {8, 32})
  void momentsAreThoseOfAdam(int bits) {
    float[] g = Updaters.normal(new Random(1), N, 1);
    LowBitUpdater<?> updater = stepped(new Adam8bit().optimBits(bits), g);
    INDArray m = updater.moment("m");
    INDArray v = updater.moment("v");
    assertThat(m.shape()).containsExactly(N);
    for (int i = 0; i < N; i++) {
      // A code is off by at most 2.4% of the largest value of its block, which is about 3 here.
      assertThat(m.getFloat(i)).isCloseTo(0.1f * g[i], within(bits == 8 ? 0.012f : 1e-7f));
      assertThat(v.getFloat(i)).isCloseTo(0.001f * g[i] * g[i], within(bits == 8 ? 3e-4f : 1e-8f));
    }
  }

  @Test
  void codesAreTheBytesOfTheStateAndOutliveIt() {
    INDArray codes = stepped(new Adam8bit(), Updaters.normal(new Random(1), N, 1)).codes("m");
    assertThat(codes.dataType()).isEqualTo(DataType.INT8);
    assertThat(codes.length()).isEqualTo(N);
    INDArray copy = codes.dup();
    for (int i = 0; i < 3; i++) {
      System.gc(); // nothing but the codes refers to the state any more
    }
    assertThat(codes).isEqualTo(copy);

    LowBitUpdater<?> updater = stepped(new Adam8bit(), Updaters.normal(new Random(1), N, 1));
    INDArray before = updater.codes("m");
    assertThat(before).isEqualTo(copy);
    Updaters.step(updater, Updaters.normal(new Random(2), N, 1), 1);
    assertThat(before).isEqualTo(copy);
    assertThat(updater.codes("m")).isNotEqualTo(copy);
    Updaters.state(updater).close();
    assertThat(before).isEqualTo(copy);
  }

  /** One a byte, though two are stored in one; figures are of the moments, whatever is stored. */
  @ParameterizedTest
  @EnumSource
  void codesOf4BitsAreUnpackedAndFiguresThoseOfTheMoments(Optimizers o) {
    LowBitUpdater<?> updater =
        stepped(o.config().optimBits(4).min8bitSize(0), Updaters.normal(new Random(1), N, 1));
    assertThat(updater.bits()).isEqualTo(4);
    for (String name : updater.moments()) {
      INDArray codes = updater.codes(name);
      assertThat(codes.length()).isEqualTo(N);
      assertThat(codes.minNumber().intValue()).isNotNegative();
      assertThat(codes.maxNumber().intValue()).isBetween(1, 14);
      double norm = updater.moment(name).norm2Number().doubleValue();
      assertThat(updater.figures(name).rms() * Math.sqrt(N)).isCloseTo(norm, withPercentage(0.1));
    }
  }

  /** Of moments that are stored divided by another one, whose rounding changes them, too. */
  @ParameterizedTest
  @EnumSource(names = {"ADAM", "AMSGRAD", "ADABELIEF", "ADAMAX", "ADEMAMIX", "RMSPROP_CENTERED"})
  void theErrorOfRelativeMomentsHasThatOfTheirDivisor(Optimizers o) {
    LowBitUpdater<?> exact =
        stepped(o.config().optimBits(32), Updaters.normal(new Random(1), N, 1));
    for (int t = 1; t < 20; t++) {
      Updaters.step(exact, Updaters.normal(new Random(t + 1), N, 1), t);
    }
    LowBitUpdater<?> rounded = stepped(o.config().optimBits(4), new float[N]);
    PackedState from = new PackedState(exact, N);
    new PackedState(rounded, N).write(from, from.steps(), from.norms());
    for (String name : rounded.moments()) {
      INDArray x = exact.moment(name);
      double error = x.distance2(rounded.moment(name)) / x.norm2Number().doubleValue();
      assertThat(error / rounded.figures(name).quantizationError()).as(name).isBetween(1.3, 1.7);
    }
  }

  @Test
  void restoredStateCanBeLookedAt() {
    LowBitUpdater<?> updater = stepped(new AMSGrad8bit(), Updaters.normal(new Random(1), N, 1));
    LowBitUpdater<?> restored =
        (LowBitUpdater<?>) new AMSGrad8bit().instantiate(Updaters.state(updater).dup(), false);
    assertThat(restored.moment("vHat")).isEqualTo(updater.moment("vHat"));
  }

  @Test
  void whatIsNotThereIsSaid() {
    LowBitUpdater<?> fresh = (LowBitUpdater<?>) Updaters.create(new Adam8bit(), N);
    assertThatThrownBy(() -> fresh.moment("m"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("fresh");
    LowBitUpdater<?> in32 = stepped(new Adam8bit().optimBits(32), new float[N]);
    assertThatThrownBy(() -> in32.codes("m"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("32 bits");
    assertThatThrownBy(() -> in32.moment("vHat"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("vHat")
        .hasMessageContaining("[m, v]");
  }

  private static LowBitUpdater<?> stepped(LowBitConfig<?> config, float[] gradient) {
    GradientUpdater<?> updater = Updaters.create(config, gradient.length);
    Updaters.step(updater, gradient, 0);
    return (LowBitUpdater<?>) updater;
  }
}
