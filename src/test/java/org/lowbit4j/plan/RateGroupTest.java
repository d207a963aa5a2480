package org.lowbit4j.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rate of a block in which a layer has another: beside the one that was given, and back. */
class RateGroupTest {

  @ParameterizedTest
  @ValueSource(doubles = {Double.MIN_VALUE, 1e-3, 0.1, 0.999, 1, 1.5, 3, 1e6})
  void theMovedRateIsANeighbourWithinTheRangeAndLeadsBack(double rate) {
    double moved = RateGroup.next(rate);
    assertThat(moved).isGreaterThan(0).isLessThanOrEqualTo(1e6);
    assertThat(moved).isIn(Math.nextUp(rate), Math.nextDown(rate));
    assertThat(RateGroup.previous(moved)).isEqualTo(rate);
  }
}
