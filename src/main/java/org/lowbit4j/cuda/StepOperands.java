package org.lowbit4j.cuda;

import org.lowbit4j.memory.WordType;
import org.lowbit4j.state.StateLayout;

/** What a step works on: two arrays in device memory, and what they are expected to hold. */
final class StepOperands {

  final StateLayout layout;
  final byte[] header;
  final boolean adopted;
  final long state;
  final long gradient;
  final WordType gradientWords;

  /**
   * Describes a step's arrays.
   *
   * @param layout of the state
   * @param header the state's expected header, its checksum zero
   * @param adopted whether the host has verified the state just now, so that its checksum is right
   * @param state address
   * @param gradient address, its elements one after the other
   * @param gradientWords the gradient's words
   */
  StepOperands(
      StateLayout layout,
      byte[] header,
      boolean adopted,
      long state,
      long gradient,
      WordType gradientWords) {
    this.layout = layout;
    this.header = header;
    this.adopted = adopted;
    this.state = state;
    this.gradient = gradient;
    this.gradientWords = gradientWords;
  }
}
