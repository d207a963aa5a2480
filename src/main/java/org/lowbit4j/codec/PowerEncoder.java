package org.lowbit4j.codec;

import static org.lowbit4j.rule.FusedMultiplyAdd.fma;

/**
 * The encoder of {@link QuantMap#POWER}, whose values are powers of whole numbers: to one of the
 * two values next to a number, such that the mean over many steps is the number itself.
 *
 * <p>A slow average, such as Adam's second moment with beta2 = 0.999, changes by less per step than
 * half the distance between two codes. Rounded to the nearest, it would never come down again, and
 * go up only by outliers. Here a number goes to the upper code if it exceeds {@code middle +
 * (u-0.5)*(upper-lower)}, where u runs through [0, 1] evenly over elements and steps: the R2
 * sequence (Roberts, 2018), {@code u = frac(element*0.7548776662 + iteration*0.5698402910)}, the
 * same for all moments of an element. Nothing is stored, nothing is random. u keeps off 0 and 1 by
 * 2^-14, so that a number that is a code's value stays what it is, however it is rounded.
 *
 * <p>Numbers are taken in units in which values are whole: j^2, j in 3..top, or 0 and j^3. An
 * estimate of the root gives c, either the code's level or the one below it; the threshold between
 * c and c+1 decides. Thresholds are float32, in the order of operations written here, which is the
 * contract of all kernels. Loops have no branches, so that the JVM turns them into vector
 * instructions; conditions and conversions between floats and ints would keep JVMs from that: codes
 * are floats, told by the lowest bits of 2^23 + code, until they are packed.
 */
final class PowerEncoder implements DitheringEncoder {

  /** 2^32 over the plastic number and its square. */
  private static final int PER_ELEMENT = 0xC13FA9A9;

  private static final int PER_ITERATION = 0x91E10DA5;

  /** A little less than 2^-32. */
  static final float PHASE_UNIT = 0x1p-32f - 0x1p-45f;

  private static final float TWO_POW_23 = 0x1p23f;

  /**
   * Signed numbers below the level of 34, 2% of their block's largest, always dither: rounded to
   * the nearest, a decay of 0.95 or slower would not move them any more, and parameters without a
   * gradient would go on moving. Larger ones are more exact without, as long as they decay faster.
   */
  private static final float DITHERED = 34f * 34 * 34;

  private final boolean signed;
  private final int top;
  private final float unit;

  /** By level from 1 on. */
  private final byte[] unsignedCodes = new byte[256];

  /**
   * Makes an encoder.
   *
   * @param signed whether values are 0 and (j/top)^3 with a sign in bit 7, or (j/top)^2
   * @param top the largest j
   */
  PowerEncoder(boolean signed, int top) {
    this.signed = signed;
    this.top = top;
    this.unit = signed ? top * top * top : top * top;
    int half = (top - 2) / 2;
    for (int level = 1; level <= top - 2 && !signed; level++) {
      unsignedCodes[level] = (byte) (level <= half ? level - 1 : level - half + 127);
    }
  }

  @Override
  public boolean isSigned() {
    return signed;
  }

  @Override
  public int top() {
    return top;
  }

  /**
   * The dither of some elements.
   *
   * @param firstElement index of the first in the state
   * @param iteration steps done before this one
   * @param fromMiddle receives u - 0.5
   */
  static void dither(long firstElement, int iteration, int n, float[] fromMiddle) {
    int phase = (int) firstElement * PER_ELEMENT + iteration * PER_ITERATION;
    for (int i = 0; i < n; i++, phase += PER_ELEMENT) {
      fromMiddle[i] = phase * PHASE_UNIT;
    }
  }

  @Override
  public void encode(
      float[] x, int n, float scale, boolean slow, float[] fromMiddle, byte[] out, float[] work) {
    float lift = DitheringEncoder.lift(x, n, scale);
    float reciprocal = unit / (scale * lift);
    if (signed) {
      ditherSmall(x, n, reciprocal, slow ? Float.MAX_VALUE : DITHERED, fromMiddle, work);
      cubes(x, n, reciprocal, work);
      packSigned(x, n, out);
    } else {
      squares(x, n, reciprocal, fromMiddle);
      packUnsigned(x, n, out);
    }
  }

  /** No dither for numbers that are not small. */
  private static void ditherSmall(
      float[] x, int n, float reciprocal, float dithered, float[] fromMiddle, float[] out) {
    for (int i = 0; i < n; i++) {
      // Any difference that is not 0 is at least 1 then.
      float below = (dithered - Math.abs(x[i]) * reciprocal) * 0x1p40f;
      out[i] = fromMiddle[i] * Math.max(0, Math.min(1, below));
    }
  }

  /**
   * Levels of j^2, j in 3..top.
   *
   * @param x the numbers; receives j - 2, from 1 on, in the lowest bits
   */
  private static void squares(float[] x, int n, float reciprocal, float[] fromMiddle) {
    for (int i = 0; i < n; i++) {
      float f = fromMiddle[i];
      float s = Math.max(x[i] * reciprocal, 9);
      float r = ((float) Math.sqrt(s) - f) + (TWO_POW_23 - 2.5f);
      float h = r - (TWO_POW_23 - 2.5f);
      // h = c + 1/2. Between c^2 and (c+1)^2: (h*h + 1/4) + f*(2*h).
      float threshold = fma(fma(f, 2, h), h, 0.25f);
      x[i] = r + DitheringEncoder.exceeds(s, threshold);
    }
  }

  /**
   * Levels of 0 and j^3, j in 3..top.
   *
   * @param x the numbers; receives j - 2, or 0, in the lowest bits, with the sign of the number
   */
  private void cubes(float[] x, int n, float reciprocal, float[] fromMiddle) {
    float inverse = 1 / unit;
    float ofTop = top / 128f;
    for (int i = 0; i < n; i++) {
      float f = fromMiddle[i];
      float size = Math.abs(x[i]);
      float s = size * reciprocal;
      // The cube root of s, with an error below 0.17 from 27 on; lower below that.
      float w = (float) Math.sqrt((float) Math.sqrt(s * inverse));
      float y = (((-26.7068f * w + 90.3324f) * w + 65.624f) * w - 1.4174f) * ofTop;
      float r = Math.max((y - f) + (TWO_POW_23 - 2.5f), TWO_POW_23);
      float h = r - (TWO_POW_23 - 2.5f);
      // h = c + 1/2. Between c^3 and (c+1)^3: (h^3 + 3/4*h) + f*(3*h^2 + 1/4); where c is 2 between
      // 0 and 27: 13.5 + f*27.
      float lowest = Math.max(0, 3.5f - h);
      float t = h - 1.5f * lowest;
      float u = fma(fma(f, 3, t), t, 0.75f + 11.75f * lowest);
      float threshold = fma(u, t, f * (0.25f + 23.75f * lowest));
      float code = r + DitheringEncoder.exceeds(s, threshold);
      // Zero has a sign as well, and makes the code a zero of that sign.
      x[i] = code * (x[i] / Math.max(size, Float.MIN_VALUE));
    }
  }

  private static void packSigned(float[] codes, int n, byte[] out) {
    for (int i = 0; i < n; i++) {
      int bits = Float.floatToRawIntBits(codes[i]);
      out[i] = (byte) (bits + (bits >> 31 & 0x80));
    }
  }

  /** Bytes that are never stored are left out. */
  private void packUnsigned(float[] levels, int n, byte[] out) {
    for (int i = 0; i < n; i++) {
      out[i] = unsignedCodes[Float.floatToRawIntBits(levels[i]) & 0xFF];
    }
  }
}
