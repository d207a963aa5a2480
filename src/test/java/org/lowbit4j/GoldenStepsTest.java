package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.updater.Internals;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.Regularization.ApplyStep;

/**
 * Updater and regularizations together against four steps recorded in float64, by a program of its
 * own that models bitsandbytes' 32-bit optimizers, see the README beside the files. Its LAMB and
 * LARS limit updates, and are not those of the papers.
 */
class GoldenStepsTest {

  static Stream<Arguments> recordedSteps() {
    return Stream.of(
        Arguments.of("adam", new AdamW8bit(1e-3).weightDecay(0), new String[] {"m", "v"}),
        Arguments.of("adamw", new AdamW8bit(1e-3).weightDecay(0.01), new String[] {"m", "v"}),
        Arguments.of("momentum", new SGD8bit(0.01, 0.9).weightDecay(0.01), new String[] {"m"}));
  }

  @ParameterizedTest
  @MethodSource
  void recordedSteps(String name, LowBitConfig<?> config, String[] moments) throws IOException {
    ByteBuffer file = read("/golden/step_" + name + ".bin");
    int states = file.getInt();
    int n = file.getInt();
    int steps = file.getInt();
    assertThat(states).isEqualTo(moments.length);
    double rate = config.getLearningRate(0, 0);
    LowBitUpdater<?> updater =
        (LowBitUpdater<?>)
            Updaters.create(Internals.scoped(config, "test").optimBits(32), n, DataType.DOUBLE);
    INDArray parameters = Nd4j.createFromArray(Updaters.toDoubles(floats(file, n)));
    for (int t = 0; t < steps; t++) {
      INDArray gradient = Nd4j.createFromArray(Updaters.toDoubles(floats(file, n)));
      step(updater, config, parameters, gradient, t);
      for (int i = 0; i < n; i++) {
        assertThat(parameters.getDouble(i))
            .as("%s, step %d, parameter %d", name, t, i)
            .isCloseTo(file.getDouble(), offset(2e-6 * rate));
      }
      for (String moment : moments) {
        float[] actual = updater.moment(moment).toFloatVector();
        float[] expected = floats(file, n);
        float largest = Updaters.absMax(expected);
        for (int i = 0; i < n; i++) {
          assertThat(actual[i])
              .as("%s, step %d, %s of %d", name, t, moment, i)
              .isCloseTo(expected[i], offset(3e-7f * (Math.abs(expected[i]) + largest)));
        }
      }
    }
    assertThat(file.hasRemaining()).isFalse();
  }

  /** As DL4J does it, for one variable. */
  private static void step(
      GradientUpdater<?> updater, LowBitConfig<?> config, INDArray parameters, INDArray g, int t) {
    regularize(config, ApplyStep.BEFORE_UPDATER, parameters, g, t);
    updater.applyUpdater(g, t, 0);
    regularize(config, ApplyStep.POST_UPDATER, parameters, g, t);
    parameters.subi(g);
  }

  private static void regularize(
      LowBitConfig<?> config, ApplyStep when, INDArray parameters, INDArray g, int t) {
    for (Regularization r : config.regularizations()) {
      if (r.applyStep() == when) {
        r.apply(parameters, g, config.getLearningRate(t, 0), t, 0);
      }
    }
  }

  private static ByteBuffer read(String resource) throws IOException {
    try (InputStream in = GoldenStepsTest.class.getResourceAsStream(resource)) {
      ByteBuffer file = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
      byte[] magic = new byte[8];
      file.get(magic);
      assertThat(new String(magic, java.nio.charset.StandardCharsets.US_ASCII))
          .isEqualTo("BNBSTP2\0");
      return file;
    }
  }

  private static float[] floats(ByteBuffer file, int n) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = file.getFloat();
    }
    return x;
  }
}
