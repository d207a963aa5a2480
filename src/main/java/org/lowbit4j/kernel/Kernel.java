package org.lowbit4j.kernel;

import org.lowbit4j.memory.GradientView;
import org.lowbit4j.state.BlockRange;
import org.lowbit4j.state.StateMemory;

/**
 * Runs the steps of one updater. All kernels give the same bits; {@link Kernels} chooses one.
 *
 * <p>Not thread-safe: one instance per updater.
 */
public interface Kernel {

  /**
   * Gradient elements skipped so far because they were not finite: their state was left as it was,
   * their update is 0.
   *
   * @return a count since this kernel was made
   */
  long skipped();

  /**
   * Quantization blocks so far whose state had what no step writes: a scale or 32-bit value that is
   * not finite, a negative one where none can be, or a code that has no value. Their state was left
   * as it was, their update is 0.
   *
   * @return a count since this kernel was made
   */
  long damaged();

  /**
   * Does one step on all blocks; see the other method.
   *
   * @param state the state, its layout set
   * @param gradients in: the gradient; out: the update
   * @param gradientScale what the gradient is multiplied by first, in [0, 1]
   * @param iteration steps done with the state before this one; decides the dither
   * @return checksum of the scales and codes written
   */
  default long step(
      StateMemory state,
      GradientView gradients,
      float[] coefficients,
      float gradientScale,
      int iteration) {
    return step(
        state,
        gradients,
        coefficients,
        gradientScale,
        iteration,
        new BlockRange(0, state.layout().blocks()));
  }

  /**
   * Does one step on some blocks; a step is done when all blocks have been done once, in any order.
   *
   * @param state the state, its layout set
   * @param gradients in: the gradient; out: the update
   * @param gradientScale what the gradient is multiplied by first, in [0, 1]
   * @param iteration steps done with the state before this one; decides the dither
   * @return checksum of the scales and codes written; that of the step is the sum
   */
  long step(
      StateMemory state,
      GradientView gradients,
      float[] coefficients,
      float gradientScale,
      int iteration,
      BlockRange blocks);

  /**
   * Decodes blocks of a moment.
   *
   * @param state the state, its layout set
   * @param out has one element per parameter; receives the values of those in the blocks
   */
  void decode(StateMemory state, int k, float[] out, BlockRange blocks);
}
