package org.lowbit4j.rule;

import java.util.List;

/**
 * The arithmetic of one optimizer: float32 in, float32 out, element by element.
 *
 * <p>A rule knows nothing of storage, blocks or ND4J. Every operation is a single float32
 * operation, rounded to nearest, in the order of {@link #step}, where a product and a sum are one
 * operation if they are written as {@link FusedMultiplyAdd}, and two otherwise, so that every
 * kernel (Java, native CPU, CUDA) gives the same bits. What depends on the iteration is computed
 * once per step, in double, and handed over as coefficients.
 *
 * <p>Rules are homogeneous: multiplying the gradient by a factor, all state by the factor to its
 * {@linkplain Moment.Kind#degree() degree} and epsilon with them (see {@link #rescale}) multiplies
 * the update by the factor to {@link #updateDegree}. Kernels use this to keep squares of very large
 * and very small gradients inside float32's range.
 */
public interface UpdateRule {

  /**
   * The rule's number in the state header; part of the state format, never reused.
   *
   * @return 1..2047
   */
  int id();

  /**
   * The rule's name, for messages.
   *
   * @return a word such as {@code adam}
   */
  String name();

  /**
   * The state arrays of the rule, in the order in which {@link #step} receives them.
   *
   * @return one or more moments
   */
  List<Moment> moments();

  /**
   * The number of coefficients that {@link #step} reads.
   *
   * @return 1 or more
   */
  int coefficientCount();

  /**
   * Does one step for {@code n} elements.
   *
   * @param gradient in: the gradient, finite; out: the update, to be subtracted from the parameters
   * @param moments one array per moment, in: its value before the step; out: its value after the
   *     step
   * @param n how many elements, from index 0
   */
  void step(float[] gradient, float[][] moments, int n, float[] c);

  /**
   * The power of a common factor of all gradients that the update grows with.
   *
   * @return 0 for rules that divide by the size of the gradient, 1 for rules linear in it
   */
  default int updateDegree() {
    return 0;
  }

  /**
   * The size of gradients next to which smaller ones make no difference, such as the root of an
   * epsilon that is added to a second moment. Kernels do not rescale blocks of smaller gradients
   * beyond it.
   *
   * @return 0 if there is no such size
   */
  default float floor(float[] c) {
    return 0;
  }

  /**
   * The factor by which a signed moment decays at this step. Stored in 8 bits to the nearest code,
   * a slow one would get stuck; kernels dither it.
   *
   * @return 0 to 1; 0 for moments that are not signed
   */
  default float decay(int moment, float[] c) {
    return 0;
  }

  /**
   * Adapts coefficients to a block whose gradients were multiplied by {@code factor}, and whose
   * moments by its power of their degree.
   *
   * @param c the coefficients, changed in place
   * @param factor a power of two
   */
  void rescale(float[] c, float factor);

  /**
   * Whether {@link #compensate} is to be called when state is stored in 4 or 8 bits.
   *
   * @return true for rules whose moments depend on each other, so that independent rounding errors
   *     would add up from step to step
   */
  default boolean compensates() {
    return false;
  }

  /**
   * Adapts the other moments to the first one's rounding, before they are encoded themselves.
   *
   * @param exact the first moment after the step
   * @param stored what it will be read back as
   * @param moments the moments; from index 1 on changed in place
   * @param n how many elements, from index 0
   */
  default void compensate(float[] exact, float[] stored, float[][] moments, int n, float[] c) {}
}
