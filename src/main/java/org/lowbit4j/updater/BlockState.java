package org.lowbit4j.updater;

import org.lowbit4j.rule.UpdateRule;

/**
 * The state of one updater block as numbers, whatever it is kept as: moments of the block's rule in
 * float32, by parameter.
 */
public interface BlockState extends MomentReader {

  /**
   * The arithmetic that the moments belong to.
   *
   * @return its rule
   */
  UpdateRule rule();

  /**
   * The number of parameters.
   *
   * @return 1 or more
   */
  long elements();

  /**
   * Whether no step was done with the state.
   *
   * @return true if all moments are what they begin with
   */
  boolean isFresh();

  /**
   * The age of the state.
   *
   * @return steps done with it, 0 if it is fresh
   */
  int steps();

  /**
   * The norms of the last gradients, of percentile clipping.
   *
   * @return a copy; empty if none are kept, or the state is fresh
   */
  float[] norms();

  /**
   * Whether another state's bytes would be this one's, were the numbers the same.
   *
   * @param other of the same kind or another
   * @return true if {@link #copy} can be called
   */
  boolean isAlike(BlockState other);

  /**
   * Takes over another state, bit for bit.
   *
   * @param other for which {@link #isAlike} is true
   */
  void copy(BlockState other);

  /**
   * Replaces fresh state.
   *
   * @param values finite, and 0 or more where moments cannot be negative
   * @param steps done with the state, 1 or more
   * @param norms of the last gradients; empty if they are not known
   */
  void write(MomentReader values, int steps, float[] norms);
}
