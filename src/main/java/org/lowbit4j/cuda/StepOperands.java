package org.lowbit4j.cuda;

import org.lowbit4j.memory.WordType;
import org.lowbit4j.state.StateLayout;

/** What a step works on: two arrays in device memory, and what they are expected to hold. */
final class StepOperands {

  final StateLayout layout;
  final ExpectedHeader header;
  final long state;
  final long gradient;
  final WordType gradientWords;

  /**
   * Describes a step's arrays.
   *
   * @param header the state's
   * @param gradient address, its elements one after the other
   */
  StepOperands(
      StateLayout layout,
      ExpectedHeader header,
      long state,
      long gradient,
      WordType gradientWords) {
    this.layout = layout;
    this.header = header;
    this.state = state;
    this.gradient = gradient;
    this.gradientWords = gradientWords;
  }
}
