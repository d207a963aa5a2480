package org.lowbit4j.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.RmsProp;

/** State of ND4J's updaters, where it is not as usual. */
@SuppressWarnings("deprecation")
class PlainStateTest {

  private static final double EPSILON = 1e-8;
  private static final double DECAY = 0.95;

  /** Of a network whose count of steps was set to 0, or whose layer began anew in mid-training. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 200, 503})
  void whatRmsPropDividesByDoesNotDependOnTheNetworksIteration(int iteration) {
    RmsProp config = RmsProp.builder().rmsDecay(DECAY).epsilon(EPSILON).build();
    float[][] states = {
      {1e-12f, 3e-11f, 1e-6f}, // of 200 steps, small gradients
      {(float) (EPSILON * Math.pow(DECAY, 3)), 9e-9f, 1e-3f}, // of 3 steps
    };
    for (float[] v : states) {
      PlainState state = new PlainState(config, Nd4j.createFromArray(v), v.length, iteration);
      double start = EPSILON * Math.pow(DECAY, state.steps());
      float[] read = new float[v.length];
      state.read(0, 0, v.length, read, 0);
      for (int i = 0; i < v.length; i++) {
        assertThat((read[i] + start) / v[i])
            .as("%s of %s", i, iteration)
            .isCloseTo(1, within(1e-5));
      }
      INDArray written = Nd4j.zeros(DataType.FLOAT, v.length);
      new PlainState(config, written, v.length, 0).write(state::read, state.steps(), new float[0]);
      assertThat(written.toFloatVector()).isEqualTo(v);
    }
  }

  /** The age is the network's where it can be. */
  @Test
  void anAgeThatFitsStays() {
    RmsProp config = RmsProp.builder().rmsDecay(DECAY).epsilon(EPSILON).build();
    INDArray v = Nd4j.createFromArray((float) (EPSILON * Math.pow(DECAY, 40)), 1f);
    assertThat(new PlainState(config, v, 2, 40).steps()).isEqualTo(40);
    assertThat(new PlainState(config, v, 2, 0).steps()).isEqualTo(40);
  }

  @Test
  void whatHalfDoesNotHoldIsRefused() {
    INDArray view = Nd4j.zeros(DataType.HALF, 2);
    PlainState state = new PlainState(new AdaGrad(0.1), view, 2, 0);
    state.write((moment, from, n, out, at) -> out[at] = 65504, 9, new float[0]);
    assertThat(view.getFloat(0)).isEqualTo(65504);
    assertThatThrownBy(
            () -> state.write((moment, from, n, out, at) -> out[at] = 7e4f, 9, new float[0]))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("Moment h of AdaGrad is 70000", "HALF", "65504", "reset()");
  }
}
