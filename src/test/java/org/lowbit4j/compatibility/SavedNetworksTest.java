package org.lowbit4j.compatibility;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Networks that an earlier build saved with state of format version 1 train on as they did. */
class SavedNetworksTest {

  private static final List<String[]> TABLE = new ArrayList<>(Recorded.table("networks.csv"));

  static {
    TABLE.addAll(Recorded.table("networks-4bits.csv"));
  }

  static Stream<Arguments> networks() {
    return TABLE.stream()
        .filter(row -> row[2].equals("0"))
        .map(row -> Arguments.of(row[0], SavedModel.Kind.valueOf(row[1])));
  }

  /** Parameters and state after each step, in hashes, beginning with what the file has. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("networks")
  void reachTheSameBitsOnRecordedGradients(String name, SavedModel.Kind kind) throws IOException {
    List<String> expected = new ArrayList<>();
    TABLE.stream()
        .filter(row -> row[0].equals(name))
        .forEach(row -> expected.add(line(Integer.parseInt(row[2]), row[3], row[4])));
    assertThat(expected).hasSize(Recorded.STEPS + 1);
    SavedModel model = kind.restore(name);
    List<String> actual = new ArrayList<>();
    for (int step = 0; step <= Recorded.STEPS; step++) {
      if (step > 0) {
        model.apply(step);
      }
      actual.add(
          line(
              step,
              Recorded.hash(model.parameters()),
              Recorded.hash(Recorded.uncounted(model.state()))));
    }
    assertThat(actual)
        .as("%s, restored and given %d recorded gradients", name, Recorded.STEPS)
        .isEqualTo(expected);
  }

  private static String line(int step, String parameters, String state) {
    return "step " + step + ": parameters " + parameters + ", state " + state;
  }

  /**
   * ND4J's matrix products round by processor, and where a rounding falls on the other side of a
   * code's edge, an update differs by some hundredths: that may happen to one parameter in two
   * hundred. HALF has eleven bits.
   */
  @ParameterizedTest(name = "{0}")
  @MethodSource("networks")
  void reachTheSameParametersOnData(String name, SavedModel.Kind kind) throws IOException {
    SavedModel model = kind.restore(name);
    model.fit();
    float[] actual = model.allParameters();
    FloatBuffer expected = fitted(name);
    assertThat(actual).hasSize(expected.remaining());
    double tolerance = name.endsWith("half") ? 1e-3 : 1e-6;
    int apart = 0;
    for (int i = 0; i < actual.length; i++) {
      double error = Math.abs(actual[i] - expected.get(i)) / Math.max(1, Math.abs(actual[i]));
      assertThat(error).as("%s, relative error of parameter %d", name, i).isLessThan(1e-2);
      apart += error > tolerance ? 1 : 0;
    }
    assertThat(apart)
        .as("%s, parameters of %d that are apart by more than %s", name, actual.length, tolerance)
        .isLessThanOrEqualTo(actual.length / 200);
  }

  private static FloatBuffer fitted(String name) {
    byte[] bytes = Recorded.read("networks/" + name + ".fitted.gz");
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
  }

  @Test
  void everyOptimizerIsAmongThem() {
    assertThat(networks().map(a -> (String) a.get()[0]))
        .containsAll(() -> Stream.of(Variant.values()).map(v -> "small-" + v.file()).iterator());
  }
}
