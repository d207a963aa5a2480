package org.lowbit4j.codec;

/**
 * An encoder to one of the two values next to a number, such that the mean over many steps is the
 * number itself. Values are powers of whole numbers up to a largest one.
 */
interface DitheringEncoder {

  /** Whether numbers have a sign. */
  boolean isSigned();

  /** The largest whole number, whose power is the value 1. */
  int top();

  /**
   * Encodes.
   *
   * @param x numbers; overwritten
   * @param n how many, from index 0
   * @param scale the largest magnitude of x, not 0
   * @param slow whether all signed numbers dither, whatever their size
   * @param fromMiddle u - 0.5
   * @param out receives the codes
   * @param work overwritten, n elements at least
   */
  void encode(
      float[] x, int n, float scale, boolean slow, float[] fromMiddle, byte[] out, float[] work);

  /**
   * Lifts numbers whose scale would have no finite reciprocal; returns by what, 1 if it has one.
   */
  static float lift(float[] x, int n, float scale) {
    float lift = scale < 0x1p-100f ? 0x1p64f : 1;
    for (int i = 0; i < n && lift != 1; i++) {
      x[i] *= lift;
    }
    return lift;
  }

  /** 1 if a scaled number is above a threshold, else 0; without a branch. */
  static float exceeds(float s, float threshold) {
    // Differences of what is compared here are 0 or far larger.
    float d = (s - threshold) - 0x1p-40f;
    return 0.5f + 0.5f * (d / Math.abs(d));
  }
}
