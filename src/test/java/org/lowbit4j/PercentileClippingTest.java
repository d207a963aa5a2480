package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.util.Arrays;
import java.util.Random;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;

/** Gradients scaled down to a percentile of recent norms. */
class PercentileClippingTest {

  private static final int N = 5000;

  /** bitsandbytes' percentile_clipping, on squared norms, in float64. */
  private static final class Reference {
    private final double[] squares = new double[100];

    double scale(float[] g, int t, int percentile) {
      double square = 0;
      for (float x : g) {
        square += (double) x * x;
      }
      if (t == 1) {
        Arrays.fill(squares, square);
      } else {
        squares[t % 100] = square;
      }
      double[] sorted = squares.clone();
      Arrays.sort(sorted);
      double limit = Math.sqrt(sorted[percentile]);
      return Math.sqrt(square) > limit ? limit / Math.sqrt(square) : 1;
    }
  }

  /** SGD without momentum shows the scaled gradient itself. */
  @ParameterizedTest
  @CsvSource({"5, FLOAT", "0, FLOAT", "50, FLOAT", "99, FLOAT", "5, DOUBLE", "5, HALF"})
  void gradientsAreScaledAsBitsandbytesDid(int percentile, DataType type) {
    Random random = new Random(percentile);
    GradientUpdater<?> updater =
        Updaters.create(
            new SGD8bit(1.0).momentum(0).percentileClipping(percentile).dataType(type), N, type);
    Reference reference = new Reference();
    for (int t = 1; t <= 320; t++) {
      // over more than three turns of the 100 places, with spikes and quiet times
      double sigma = 0.01 * (t % 37 == 0 ? 50 : 1) * (t > 200 ? 0.1 : 1);
      float[] g = Updaters.normal(random, N, sigma);
      if (type == DataType.FLOAT16) {
        g = Nd4j.createFromArray(g).castTo(type).castTo(DataType.FLOAT).toFloatVector();
      }
      // bitsandbytes counts steps from 1 and so uses place 1 first; ours counts from 0
      double expected = reference.scale(g, t, percentile);
      float[] u = Updaters.step(updater, g, t == 1 ? 0 : t, type);
      double tolerance = type == DataType.FLOAT16 ? 1e-3 : 1e-6;
      for (int i = 0; i < N; i += 97) {
        assertThat((double) u[i])
            .as("step %d, element %d", t, i)
            .isCloseTo(g[i] * expected, offset(tolerance * Updaters.absMax(g)));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void clippingIsAScaleOfTheGradientForEveryOptimizer(Optimizers o) {
    Random random = new Random(5);
    GradientUpdater<?> clipped = Updaters.create(o.config().percentileClipping(5), N);
    GradientUpdater<?> scaled = Updaters.create(o.config(), N);
    Reference reference = new Reference();
    for (int t = 1; t <= 20; t++) {
      float[] g = Updaters.normal(random, N, t % 7 == 0 ? 1 : 0.01);
      float scale = (float) reference.scale(g, t, 5);
      float[] byHand = g.clone();
      for (int i = 0; i < N; i++) {
        byHand[i] *= scale;
      }
      float[] expected = Updaters.step(scaled, byHand, t);
      float[] found = Updaters.step(clipped, g, t);
      assertThat(Updaters.relativeError(Updaters.toDoubles(found), Updaters.toDoubles(expected)))
          .as("%s, step %d", o, t)
          .isLessThan(1e-2); // a rounding of the scale may move codes to their neighbours
    }
  }

  /** 100 is off: the state is as large as without, and the same bytes. */
  @Test
  void offCostsNothing() {
    Adam8bit off = new Adam8bit(1e-3).percentileClipping(100);
    assertThat(off).isEqualTo(new Adam8bit(1e-3));
    assertThat(new Adam8bit(1e-3).percentileClipping(5).stateSize(N))
        .isEqualTo(off.stateSize(N) + 100);
  }

  @Test
  void elementsThatAreNotFiniteDoNotCount() {
    GradientUpdater<?> a = Updaters.create(new Adam8bit(1e-3).percentileClipping(5), N);
    GradientUpdater<?> b = Updaters.create(new Adam8bit(1e-3).percentileClipping(5), N);
    Random random = new Random(6);
    for (int t = 0; t < 5; t++) {
      float[] g = Updaters.normal(random, N, t == 3 ? 10 : 0.01);
      float[] h = g.clone();
      g[7] = 0;
      h[7] = t % 2 == 0 ? Float.NaN : Float.NEGATIVE_INFINITY;
      float[] expected = Updaters.step(a, g, t);
      float[] found = Updaters.step(b, h, t);
      expected[7] = 0;
      assertThat(found).isEqualTo(expected);
    }
  }

  /** Norms of 0 would stop training for good. */
  @Test
  void aLimitOfZeroDoesNotLimit() {
    GradientUpdater<?> updater =
        Updaters.create(new SGD8bit(1.0).momentum(0).percentileClipping(5), N);
    for (int t = 0; t < 10; t++) {
      Updaters.step(updater, new float[N], t);
    }
    float[] g = Updaters.normal(new Random(8), N, 1);
    assertThat(Updaters.step(updater, g, 10)).isEqualTo(g);
  }

  @Test
  void normsAreSavedAndRestoredWithTheState() {
    DataSet data = Networks.data(DataType.FLOAT);
    for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
      int bits = type == DataType.FLOAT ? 4 : 8;
      MultiLayerNetwork net =
          Networks.network(
              new Adam8bit(1e-3).percentileClipping(20).optimBits(bits).dataType(type), type);
      DataSet typed = new DataSet(data.getFeatures().castTo(type), data.getLabels().castTo(type));
      Networks.train(net, typed, 30);
      MultiLayerNetwork restored = Networks.restore(Networks.save(net));
      Networks.train(net, typed, 30);
      Networks.train(restored, typed, 30);
      assertThat(Networks.bytes(restored.params())).isEqualTo(Networks.bytes(net.params()));
      assertThat(Networks.bytes(Networks.state(restored)))
          .isEqualTo(Networks.bytes(Networks.state(net)));
    }
  }

  /** A batch in 20 with labels and features gone wild, as a broken record in a pipeline would. */
  @Test
  void spikesSpoilTrainingWithoutClippingAndNotWithIt() {
    double without = accuracyWithSpikes(new SGD8bit(0.05));
    double with = accuracyWithSpikes(new SGD8bit(0.05).percentileClipping(20));
    double undisturbed = accuracy(new SGD8bit(0.05), false);
    assertThat(undisturbed).isGreaterThan(0.85);
    assertThat(with).isGreaterThan(undisturbed - 0.05);
    assertThat(without).isLessThan(undisturbed - 0.2);
  }

  private static double accuracyWithSpikes(LowBitConfig<?> config) {
    return accuracy(config, true);
  }

  private static double accuracy(LowBitConfig<?> config, boolean spikes) {
    DataSet data = Networks.data(DataType.FLOAT);
    INDArray wild = data.getFeatures().mul(300);
    MultiLayerNetwork net = Networks.network(config, DataType.FLOAT);
    for (int step = 0; step < 300; step++) {
      if (spikes && step % 20 == 19) {
        // labels of others: a gradient of the wrong direction, hundreds of times too large
        INDArray labels = Nd4j.reverse(data.getLabels().dup());
        net.fit(new DataSet(wild, labels.mul(100)));
      } else {
        Networks.train(net, data, 1);
      }
    }
    return Networks.accuracy(net, data);
  }
}
