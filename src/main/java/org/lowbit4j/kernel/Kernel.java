package org.lowbit4j.kernel;

import org.lowbit4j.memory.GradientView;
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
   * Does one step.
   *
   * @param state the state, its layout set
   * @param gradients in: the gradient; out: the update
   * @param coefficients of the rule at this iteration
   * @param gradientScale what the gradient is multiplied by first, in [0, 1]
   * @param iteration steps done before this one; decides the dither
   * @return checksum of the scales and codes written
   */
  long step(
      StateMemory state,
      GradientView gradients,
      float[] coefficients,
      float gradientScale,
      int iteration);

  /**
   * Decodes a moment.
   *
   * @param state the state, its layout set
   * @param k index of the moment
   * @param out receives its values, one per parameter
   */
  void decode(StateMemory state, int k, float[] out);
}
