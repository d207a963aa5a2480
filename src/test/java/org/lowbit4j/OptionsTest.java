package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.lowbit4j.regularization.CoupledWeightDecay;
import org.lowbit4j.regularization.DecoupledWeightDecay;
import org.lowbit4j.regularization.LambTrustRatio;
import org.lowbit4j.regularization.LarsTrustRatio;
import org.lowbit4j.updater.Internals;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;

/** Options and defaults of the optimizers that ND4J does not have. */
class OptionsTest {

  /** Those of the papers, or of PyTorch. */
  @Test
  void defaultsOfOptimizersThatNd4jDoesNotHave() {
    assertThat(new AdamW8bit())
        .isEqualTo(new AdamW8bit(1e-3, 0.9, 0.999, 1e-8).weightDecay(0.01))
        .isEqualTo(AdamW8bit.builder().build());
    assertThat(new LAMB8bit())
        .isEqualTo(
            new LAMB8bit(1e-3, 0.9, 0.999, 1e-6)
                .weightDecay(0)
                .maxTrustRatio(Double.POSITIVE_INFINITY))
        .isEqualTo(LAMB8bit.builder().build());
    assertThat(new AdEMAMix8bit())
        .isEqualTo(
            new AdEMAMix8bit(1e-3)
                .beta1(0.9)
                .beta2(0.999)
                .beta3(0.9999)
                .alpha(5)
                .epsilon(1e-8)
                .weightDecay(0.01)
                .tAlpha(0)
                .tBeta3(0))
        .isEqualTo(AdEMAMix8bit.builder().build());
    assertThat(new Lion8bit())
        .isEqualTo(new Lion8bit(1e-4, 0.9, 0.99).weightDecay(0))
        .isEqualTo(Lion8bit.builder().build());
    assertThat(new SGD8bit())
        .isEqualTo(new SGD8bit(1e-3, 0.9).dampening(0).nesterov(false).weightDecay(0))
        .isEqualTo(SGD8bit.builder().build());
    assertThat(new LARS8bit())
        .isEqualTo(new LARS8bit(0.1, 0.9).trustCoefficient(0.001).weightDecay(0))
        .isEqualTo(LARS8bit.builder().build());
    assertThat(new RMSprop8bit()).isEqualTo(new RMSprop8bit().momentum(0).centered(false));
  }

  @Test
  void whatNeedsTheParametersIsARegularization() {
    Regularization decay = new DecoupledWeightDecay(0.01);
    assertThat(new AdamW8bit().regularizations()).containsExactly(decay);
    assertThat(new AdEMAMix8bit().regularizations()).containsExactly(decay);
    assertThat(new Lion8bit().weightDecay(0.01).regularizations()).containsExactly(decay);
    assertThat(new Lion8bit().regularizations()).isEmpty();
    assertThat(new SGD8bit().weightDecay(0.3).regularizations())
        .containsExactly(new CoupledWeightDecay(0.3));
    assertThat(new SGD8bit().regularizations()).isEmpty();
    assertThat(new LAMB8bit().weightDecay(0.3).maxTrustRatio(10).regularizations())
        .containsExactly(new LambTrustRatio(0.3, 10));
    assertThat(new LAMB8bit().regularizations())
        .containsExactly(new LambTrustRatio(0, Double.POSITIVE_INFINITY));
    assertThat(new LARS8bit().regularizations()).containsExactly(new LarsTrustRatio(0, 0.001));
    for (LowBitConfig<?> c :
        new LowBitConfig<?>[] {
          new AdamW8bit(), new AdEMAMix8bit(), new LAMB8bit(), new LARS8bit()
        }) {
      assertThatThrownBy(() -> Updaters.create(c, 10))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(c.regularizations().toString())
          .hasMessageContaining("OptimManager");
    }
    Updaters.create(new AdamW8bit().weightDecay(0), 10);
  }

  /** How many state arrays there are is decided when the state is set. */
  @Test
  void optionsThatAddStateDoNotActOnStateThatIsThere() {
    RMSprop8bit c = new RMSprop8bit();
    LowBitUpdater<?> updater = (LowBitUpdater<?>) Updaters.create(c, 5000);
    Updaters.step(updater, Updaters.normal(new Random(1), 5000, 1), 0);
    c.centered(true).momentum(0.5);
    Updaters.step(updater, Updaters.normal(new Random(2), 5000, 1), 1);
    assertThat(updater.moment("v").length()).isEqualTo(5000);
    assertThatThrownBy(() -> updater.moment("a")).hasMessageContaining("no moment a");
    GradientUpdater<?> other = c.instantiate(Nd4j.create(c.stateSize(5000)), true);
    Updaters.state(other)
        .get(NDArrayIndex.interval(0, Updaters.state(updater).length()))
        .assign(Updaters.state(updater));
    assertThatThrownBy(() -> Updaters.step(other, new float[5000], 2))
        .hasMessageContaining("rule 7")
        .hasMessageContaining("rmsprop-centered-momentum");
  }

  @Test
  void optionsOutOfRangeAreRefused() {
    ConfigTest.assertRefused(new RMSprop8bit(), "momentum is 1.0", "below 1", c -> c.momentum(1));
    ConfigTest.assertRefused(new SGD8bit(), "momentum is -0.5", "below 1", c -> c.momentum(-0.5));
    ConfigTest.assertRefused(new SGD8bit(), "dampening is 1.0", "below 1", c -> c.dampening(1));
    ConfigTest.assertRefused(new SGD8bit(), "weightDecay is -1.0", "0 to", c -> c.weightDecay(-1));
    ConfigTest.assertRefused(new Lion8bit(), "beta1 is 1.0", "below 1", c -> c.beta1(1));
    ConfigTest.assertRefused(new Lion8bit(), "beta2 is NaN", "below 1", c -> c.beta2(Double.NaN));
    ConfigTest.assertRefused(
        new LAMB8bit(), "maxTrustRatio is 0.0", "positive", c -> c.maxTrustRatio(0));
    ConfigTest.assertRefused(
        new LAMB8bit(), "maxTrustRatio is NaN", "positive", c -> c.maxTrustRatio(Double.NaN));
    ConfigTest.assertRefused(
        new LARS8bit(), "trustCoefficient is 0.0", "positive", c -> c.trustCoefficient(0));
    ConfigTest.assertRefused(new AdEMAMix8bit(), "beta3 is 1.0", "below 1", c -> c.beta3(1));
    ConfigTest.assertRefused(new AdEMAMix8bit(), "alpha is -1.0", "0 to", c -> c.alpha(-1));
    ConfigTest.assertRefused(new AdEMAMix8bit(), "tAlpha is -1", "0 or more", c -> c.tAlpha(-1));
    ConfigTest.assertRefused(new AdEMAMix8bit(), "tBeta3 is -1", "0 or more", c -> c.tBeta3(-1));
    // Setters come in any order: refused when the updater is made.
    SGD8bit both = new SGD8bit().nesterov(true).dampening(0.5);
    assertThatThrownBy(() -> both.stateSize(10))
        .hasMessageContaining("dampening is 0.5")
        .hasMessageContaining("0 with nesterov");
  }

  /** PyTorch's moment begins as the first gradient, whatever the dampening. */
  @Test
  void dampeningLeavesTheFirstGradientWhole() {
    Random random = new Random(17);
    GradientUpdater<?> updater = Updaters.create(new SGD8bit(0.1).dampening(0.5), 100);
    ReferenceOptimizer[] reference = new ReferenceOptimizer[100];
    Arrays.setAll(reference, i -> new ReferenceOptimizer.Sgd(0.1, 0.5, false));
    for (int t = 1; t <= 20; t++) {
      float[] g = Updaters.normal(random, 100, 1);
      float[] u = Updaters.step(updater, g, t - 1);
      for (int i = 0; i < 100; i++) {
        assertThat((double) u[i]).isCloseTo(reference[i].update(g[i], t), offset(3e-7));
      }
    }
  }

  /** Alpha grows evenly, and so does the half-life of m2. */
  @Test
  void theSchedulesOfAdEMAMixAreThoseOfThePaper() {
    AdEMAMix8bit c = new AdEMAMix8bit().tAlpha(1000).tBeta3(2000);
    for (int t : new int[] {1, 2, 500, 999, 1000, 1999, 2000, 5000}) {
      double tau = t / 2000.0;
      double b3 =
          Math.exp(
              Math.log(0.9)
                  * Math.log(0.9999)
                  / ((1 - tau) * Math.log(0.9999) + tau * Math.log(0.9)));
      assertThat(c.currentAlpha(t - 1)).isCloseTo(Math.min(t * 5 / 1000.0, 5), offset(1e-12));
      assertThat(c.currentBeta3(t - 1))
          .as("step %d", t)
          .isCloseTo(t < 2000 ? Math.min(b3, 0.9999) : 0.9999, offset(1e-12));
    }
    double half = Math.log(0.5) / Math.log(c.currentBeta3(999));
    assertThat(half).isBetween(0.499 * 6931, 0.501 * 6931 + 7);
    assertThat(new AdEMAMix8bit().currentAlpha(0)).isEqualTo(5);
    assertThat(new AdEMAMix8bit().currentBeta3(0)).isEqualTo(0.9999);
    // Logarithms of 0 are infinite, their limits are not.
    assertThat(c.clone().beta1(0).currentBeta3(999)).isCloseTo(Math.pow(0.9999, 2), offset(1e-12));
    assertThat(c.clone().beta3(0).currentBeta3(999)).isZero();
    assertThat(c.clone().beta1(0).beta3(0).currentBeta3(999)).isZero();
    AdEMAMix8bit at500 = new AdEMAMix8bit().alpha(c.currentAlpha(499)).beta3(c.currentBeta3(499));
    float[] g = Updaters.normal(new Random(18), 100, 1);
    assertThat(Updaters.step(Updaters.create(Internals.scoped(c, "test"), 100), g, 499))
        .isEqualTo(Updaters.step(Updaters.create(Internals.scoped(at500, "test"), 100), g, 499));
  }

  /** A variance of 0 and next to no epsilon: quotients beyond float32. */
  @Test
  void centredRmspropStaysFiniteWithoutAnEpsilonToSpeakOf() {
    for (double momentum : new double[] {0, 0.9}) {
      for (int bits : new int[] {4, 8, 32}) {
        GradientUpdater<?> updater =
            Updaters.create(
                new RMSprop8bit(0.1, 0, 1.2e-38)
                    .centered(true)
                    .momentum(momentum)
                    .optimBits(bits)
                    .min8bitSize(0),
                512);
        for (int t = 0; t < 3; t++) {
          float[] g = new float[512];
          Arrays.fill(g, 100);
          for (float u : Updaters.step(updater, g, t)) {
            assertThat(Float.isFinite(u)).as("momentum %s, step %d: %s", momentum, t, u).isTrue();
          }
        }
      }
    }
  }

  /** What a scope of the caller's frees is not what an updater needs later. */
  @Test
  @SuppressWarnings("unchecked") // the scope's varargs of classes
  void updatersOutliveThePointerScopeTheyWereMadeIn() {
    // ND4J's own memory of this thread must not be the scope's.
    MultiLayerNetwork net = Networks.network(new Lion8bit(1e-3), DataType.FLOAT);
    Networks.train(net, Networks.data(DataType.FLOAT), 1);
    GradientUpdater<?> updater;
    try (PointerScope scope = new PointerScope()) {
      assertThat(scope).isNotNull();
      updater = Updaters.create(new Lion8bit(1e-3).blockSize(64), 5000);
      Updaters.step(updater, Updaters.normal(new Random(1), 5000, 1), 0);
    }
    float[] g = Updaters.normal(new Random(2), 5000, 1);
    assertThat(Updaters.step(updater, g, 1)).hasSize(5000);
    assertThat(Updaters.step(Updaters.create(new Lion8bit(1e-3), 5000), g, 0)).hasSize(5000);
  }

  @Test
  void threadsOfSmallStacksDoSteps() throws InterruptedException {
    for (LowBitConfig<?> config :
        List.of(
            new AMSGrad8bit(), new AMSGrad8bit().optimBits(4), new AMSGrad8bit().optimBits(32))) {
      float[][] update = new float[1][];
      float[] g = Updaters.normal(new Random(3), 5000, 1);
      Thread thread =
          new Thread(
              null,
              () -> update[0] = Updaters.step(Updaters.create(config, 5000), g, 0),
              "small",
              192 << 10);
      thread.start();
      thread.join();
      assertThat(update[0]).isEqualTo(Updaters.step(Updaters.create(config, 5000), g, 0));
    }
  }
}
