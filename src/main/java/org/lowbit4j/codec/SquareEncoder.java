package org.lowbit4j.codec;

import static org.lowbit4j.rule.FusedMultiplyAdd.fma;

/**
 * The encoder of {@link QuantMap#POWER} in 4 bits: to 0 and (j/top)^2 with a sign, or to (j/top)^2,
 * j from 2 on. All numbers are dithered, by the sequence of {@link PowerEncoder}: with so few
 * values even a fast average changes by less per step than their distance.
 *
 * <p>In units in which values are j^2, an estimate of the root gives c, the number's j or the one
 * below it, and the threshold between c^2 and (c+1)^2 decides; between 0 and 4 there is another
 * one. Thresholds are float32, in the order of operations written here, which is the contract of
 * all kernels.
 */
final class SquareEncoder implements DitheringEncoder {

  private static final float TWO_POW_23 = 0x1p23f;

  private final boolean signed;
  private final int top;
  private final boolean narrow;

  /**
   * Makes an encoder.
   *
   * @param signed whether numbers have a sign
   * @param top the largest j
   * @param narrow whether codes leave out those whose lower three bits are ones
   */
  SquareEncoder(boolean signed, int top, boolean narrow) {
    this.signed = signed;
    this.top = top;
    this.narrow = narrow;
  }

  /**
   * The code of a level.
   *
   * @param k the level, from 0 on
   * @param negative whether the number is below 0
   */
  static int code(int k, boolean negative, boolean signed, boolean narrow) {
    if (signed) {
      return negative && k > 0 ? k + negativesFrom(narrow) : k;
    }
    return narrow && k >= 7 ? k + 1 : k;
  }

  /** The code that the levels of negative numbers are counted from; no level of theirs is 0. */
  private static int negativesFrom(boolean narrow) {
    return narrow ? 8 : 7;
  }

  @Override
  public boolean isSigned() {
    return signed;
  }

  @Override
  public int top() {
    return top;
  }

  @Override
  public void encode(
      float[] x, int n, float scale, boolean slow, float[] fromMiddle, byte[] out, float[] work) {
    float lift = DitheringEncoder.lift(x, n, scale);
    float reciprocal = top * top / (scale * lift);
    if (signed) {
      fromZero(x, n, reciprocal, fromMiddle);
      packSigned(x, n, out);
    } else {
      fromFour(x, n, reciprocal, fromMiddle);
      packUnsigned(x, n, out);
    }
  }

  /**
   * Levels of 0 and j^2, j from 2 on.
   *
   * @param x the numbers; receives j - 1, or 0, in the lowest bits, with the sign of the number
   */
  private static void fromZero(float[] x, int n, float reciprocal, float[] fromMiddle) {
    for (int i = 0; i < n; i++) {
      float f = fromMiddle[i];
      float size = Math.abs(x[i]);
      float s = size * reciprocal;
      float r = Math.max(((float) Math.sqrt(s) - f) + (TWO_POW_23 - 1.5f), TWO_POW_23);
      float h = r - (TWO_POW_23 - 1.5f);
      // h = c + 1/2. Between c^2 and (c+1)^2: (h*h + 1/4) + f*(2*h); where c is 1 between 0 and 4:
      // 2 + f*4.
      float lowest = Math.max(0, 2.5f - h);
      float t = h + 0.5f * lowest;
      float threshold = fma(fma(f, 2, t), t, 0.25f - 2.25f * lowest);
      float level = r + DitheringEncoder.exceeds(s, threshold);
      // Zero has a sign as well, and makes the level a zero of that sign.
      x[i] = level * (x[i] / Math.max(size, Float.MIN_VALUE));
    }
  }

  /**
   * Levels of j^2, j from 2 on.
   *
   * @param x the numbers; receives j - 1, from 1 on, in the lowest bits
   */
  private static void fromFour(float[] x, int n, float reciprocal, float[] fromMiddle) {
    for (int i = 0; i < n; i++) {
      float f = fromMiddle[i];
      float s = Math.max(x[i] * reciprocal, 4);
      float r = ((float) Math.sqrt(s) - f) + (TWO_POW_23 - 1.5f);
      float h = r - (TWO_POW_23 - 1.5f);
      float threshold = fma(fma(f, 2, h), h, 0.25f);
      x[i] = r + DitheringEncoder.exceeds(s, threshold);
    }
  }

  private void packSigned(float[] levels, int n, byte[] out) {
    int negatives = negativesFrom(narrow);
    for (int i = 0; i < n; i++) {
      int bits = Float.floatToRawIntBits(levels[i]);
      int k = bits & 0xF;
      out[i] = (byte) (k + (bits >> 31 & -k >> 31 & negatives));
    }
  }

  private void packUnsigned(float[] levels, int n, byte[] out) {
    for (int i = 0; i < n; i++) {
      int k = (Float.floatToRawIntBits(levels[i]) & 0x1F) - 1;
      out[i] = (byte) code(k, false, false, narrow);
    }
  }
}
