package org.lowbit4j.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lowbit4j.rule.Moment;

/** What is reported of a moment's rounding is what rounding does. */
class MomentSumsTest {

  private static final int BLOCK = 256;

  /** Uniform in a span around 0, to the end of what is rounded to the code of some number. */
  @ParameterizedTest
  @CsvSource({"POWER, 1", "POWER, 2", "POWER, 20", "DYNAMIC, 1", "DYNAMIC, 2", "DYNAMIC, 40"})
  void theErrorIsThatOfRoundingToTheNearestCode(QuantMap map, int last) {
    Codebook codebook = map.codebook(Moment.first("m").kind(), false);
    float[] values = codebook.values();
    double[] magnitudes =
        IntStream.range(0, values.length)
            .mapToDouble(code -> Math.abs(values[code]))
            .filter(x -> !Double.isNaN(x))
            .distinct()
            .sorted()
            .toArray();
    double span = (magnitudes[last] + magnitudes[last + 1]) / 2;
    MomentSums sums = new MomentSums(codebook);
    Random random = new Random(7);
    double error = 0;
    double squares = 0;
    byte[] codes = new byte[BLOCK];
    for (int block = 0; block < 200; block++) {
      for (int i = 0; i < BLOCK; i++) {
        double x = span * (2 * random.nextDouble() - 1);
        codes[i] = (byte) nearest(values, x);
        double decoded = values[codes[i] & 0xFF];
        error += (x - decoded) * (x - decoded);
        squares += decoded * decoded;
      }
      sums.add(1, codes, BLOCK);
    }
    assertThat(magnitudes[0]).isZero();
    assertThat(sums.quantizationError() / Math.sqrt(error / squares)).isCloseTo(1, within(0.02));
  }

  private static int nearest(float[] values, double x) {
    int best = -1;
    for (int code = 0; code < values.length; code++) {
      boolean nearer =
          best < 0
              ? !Float.isNaN(values[code])
              : Math.abs(values[code] - x) < Math.abs(values[best] - x);
      best = nearer ? code : best;
    }
    return best;
  }
}
