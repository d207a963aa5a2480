package org.lowbit4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Converted in mid-training, the loss goes on without a bump; with fresh moments it does not. */
@Tag("slow")
class ConvertTrainingTest {

  private static final int WINDOW = 10;

  /** The largest difference of losses averaged over some steps. */
  private static double largestDifference(double[] a, double[] b) {
    double largest = 0;
    for (int i = 0; i + WINDOW <= a.length; i++) {
      double difference = 0;
      for (int j = i; j < i + WINDOW; j++) {
        difference += (a[j] - b[j]) / WINDOW;
      }
      largest = Math.max(largest, Math.abs(difference));
    }
    return largest;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void theLossGoesOnWithoutABump(int seed) {
    double[][] losses = ConvertTraining.losses(seed);
    double converted = largestDifference(losses[1], losses[0]);
    double fresh = largestDifference(losses[2], losses[0]);
    assertThat(converted).isLessThan(1e-3);
    assertThat(fresh).isGreaterThan(0.03);
  }
}
