package org.lowbit4j.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.RMSprop8bit;
import org.lowbit4j.SGD8bit;
import org.nd4j.linalg.schedule.FixedSchedule;

/**
 * Properties by name: numbers as whole numbers where these are wanted, and nothing lost by that.
 */
class SettersTest {

  @Test
  void valuesAreConvertedWithoutLoss() {
    Adam8bit adam = new Adam8bit();
    Setters.set(adam, "optimBits", 32.0);
    Setters.set(adam, "blockSize", 128L);
    Setters.set(adam, "min8bitSize", 1e10);
    Setters.set(adam, "beta1", 0);
    Setters.set(adam, "learningRate", 0.25f);
    assertThat(adam.getOptimBits()).isEqualTo(32);
    assertThat(adam.getBlockSize()).isEqualTo(128);
    assertThat(adam.getMin8bitSize()).isEqualTo(10_000_000_000L);
    assertThat(adam.getBeta1()).isZero();
    assertThat(adam.getLearningRate()).isEqualTo(0.25);
    FixedSchedule schedule = new FixedSchedule(0.5);
    Setters.set(adam, "learningRate", schedule);
    assertThat(adam.getLearningRateSchedule()).isSameAs(schedule);
    RMSprop8bit rmsprop = new RMSprop8bit();
    Setters.set(rmsprop, "centered", true);
    assertThat(rmsprop.isCentered()).isTrue();
  }

  static Arguments[] refused() {
    return new Arguments[] {
      Arguments.of("optimBits", 8.5, "optimBits of SGD8bit cannot be 8.5, a Double."),
      // 8 in an int.
      Arguments.of("optimBits", (1L << 32) + 8, "cannot be 4294967304, a Long."),
      Arguments.of("min8bitSize", 0.5, "min8bitSize of SGD8bit cannot be 0.5, a Double."),
      Arguments.of("nesterov", 1, "nesterov of SGD8bit cannot be 1, a Integer."),
      Arguments.of("nesterov", "true", "nesterov of SGD8bit cannot be true, a String."),
      Arguments.of("dampening", "0.1", "dampening of SGD8bit cannot be 0.1, a String."),
      Arguments.of("dampening", true, "dampening of SGD8bit cannot be true, a Boolean."),
      Arguments.of("nesterov", null, "nesterov of SGD8bit cannot be null, a null."),
      Arguments.of("rho", 0.5, "SGD8bit has no property rho; it has [blockSize, dampening"),
      // A property of all, but set by no such call.
      Arguments.of("getBlockSize", 64, "SGD8bit has no property getBlockSize;"),
      Arguments.of("optimBits", 16, "optimBits is 16; it must be"),
    };
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatAPropertyCannotBeIsRefused(String property, Object value, String message) {
    SGD8bit sgd = new SGD8bit();
    assertThatThrownBy(() -> Setters.set(sgd, property, value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
    assertThat(sgd).isEqualTo(new SGD8bit());
  }

  @Test
  void namesAreThoseOfTheFluentSetters() {
    assertThat(Setters.names(new SGD8bit()))
        .contains("learningRate", "momentum", "nesterov", "optimBits", "weightDecay")
        .doesNotContain("equals", "setLrAndSchedule", "stateSize", "clone");
  }
}
