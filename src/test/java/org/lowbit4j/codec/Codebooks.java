package org.lowbit4j.codec;

import java.util.List;
import org.lowbit4j.rule.Moment;

/** The shipped codebooks, and a naive encoder to hold them against. */
enum Codebooks {
  POWER_FIRST_WIDE(QuantMap.POWER, Moment.Kind.FIRST, false),
  POWER_FIRST_NARROW(QuantMap.POWER, Moment.Kind.FIRST, true),
  POWER_SECOND_WIDE(QuantMap.POWER, Moment.Kind.SECOND, false),
  POWER_SECOND_NARROW(QuantMap.POWER, Moment.Kind.SECOND, true),
  DYNAMIC_FIRST_WIDE(QuantMap.DYNAMIC, Moment.Kind.FIRST, false),
  DYNAMIC_FIRST_NARROW(QuantMap.DYNAMIC, Moment.Kind.FIRST, true),
  DYNAMIC_SECOND_WIDE(QuantMap.DYNAMIC, Moment.Kind.SECOND, false),
  DYNAMIC_SECOND_NARROW(QuantMap.DYNAMIC, Moment.Kind.SECOND, true),
  POWER_4_FIRST_WIDE(QuantMap.POWER, Moment.Kind.FIRST, false),
  POWER_4_FIRST_NARROW(QuantMap.POWER, Moment.Kind.FIRST, true),
  POWER_4_SECOND_WIDE(QuantMap.POWER, Moment.Kind.SECOND, false),
  POWER_4_SECOND_NARROW(QuantMap.POWER, Moment.Kind.SECOND, true);

  final QuantMap map;
  final Moment.Kind kind;
  final boolean narrow;

  Codebooks(QuantMap map, Moment.Kind kind, boolean narrow) {
    this.map = map;
    this.kind = kind;
    this.narrow = narrow;
  }

  Codebook codebook() {
    Moment moment = signed() ? Moment.first("m") : Moment.second("v");
    return map.codebooks(List.of(moment), narrow, bits())[0];
  }

  /** One that was made now. */
  Codebook made() {
    return bits() == 4 ? map.create4(kind, narrow, false) : map.create(kind, narrow);
  }

  int bits() {
    return name().contains("_4_") ? 4 : 8;
  }

  boolean signed() {
    return kind == Moment.Kind.FIRST;
  }

  /** Whether a word that holds this code could become a NaN or an infinity, or it is too large. */
  boolean reserved(int code) {
    if (bits() == 4) {
      return code > 15 || (narrow ? (code & 7) == 7 : code == 15);
    }
    return narrow ? (code >> 2 & 0x1F) == 0x1F : (code & 0x7F) == 0x7F;
  }

  /** The nearest value by trying all of them, one against one. */
  static int nearest(float[] values, float x) {
    int best = -1;
    for (int code = 0; code < values.length; code++) {
      if (!Float.isNaN(values[code]) && (best < 0 || closer(values[code], values[best], x))) {
        best = code;
      }
    }
    return best;
  }

  static boolean closer(float a, float b, float x) {
    if (a == b) {
      return isNegative(a) == isNegative(x);
    }
    float midpoint = 0.5f * (a + b);
    return x == midpoint ? Math.abs(a) < Math.abs(b) : x > midpoint == a > b;
  }

  private static boolean isNegative(float x) {
    return Float.floatToRawIntBits(x) < 0;
  }

  /** Encodes with the dither of a step and buffers of its own; returns the scale. */
  static float encode(
      Codebook codebook, float[] moments, int n, int firstElement, int iteration, byte[] codes) {
    float[] fromMiddle = new float[n];
    Codebook.dither(firstElement, iteration, n, fromMiddle);
    return codebook.encode(moments, n, false, fromMiddle, codes, new float[n]);
  }

  /**
   * The code of a POWER codebook by counting the thresholds below |x|, in units in which values are
   * j^2 or j^3; u from the R2 sequence for unsigned and the lowest signed numbers, 0.5 for the
   * others.
   */
  int dithered(float x, float scale, int element, int iteration) {
    if (bits() == 4) {
      return dithered4(x, scale, element, iteration);
    }
    int top = signed() ? (narrow ? 125 : 128) : narrow ? 250 : 256;
    float lift = scale < 0x1p-100f ? 0x1p64f : 1;
    float reciprocal = (signed() ? top * top * top : top * top) / (scale * lift);
    float s = Math.abs(x) * lift * reciprocal;
    float f = (element * 0xC13FA9A9 + iteration * 0x91E10DA5) * (0x1p-32f - 0x1p-45f);
    f = signed() && s >= 34 * 34 * 34 ? 0 : f;
    int j = signed() && s <= threshold(2, f) ? 2 : 3;
    if (j == 3) {
      // Thresholds of levels well below the root need no comparison.
      j = Math.max(3, Math.min(top, (int) (signed() ? Math.cbrt(s) : Math.sqrt(s))) - 2);
    }
    while (j > 2 && j < top && s > threshold(j, f)) {
      j++;
    }
    int levels = narrow ? 124 : 127;
    int k = j - 2;
    if (signed()) {
      return isNegative(x) ? 0x80 | k : k;
    }
    return k <= levels ? k - 1 : 0x80 + k - levels - 1;
  }

  /** The same in 4 bits: by counting all thresholds below |x|, in units in which values are j^2. */
  private int dithered4(float x, float scale, int element, int iteration) {
    int top = signed() ? (narrow ? 7 : 8) : narrow ? 15 : 16;
    float lift = scale < 0x1p-100f ? 0x1p64f : 1;
    float s = Math.abs(x) * lift * (top * top / (scale * lift));
    float f = (element * 0xC13FA9A9 + iteration * 0x91E10DA5) * (0x1p-32f - 0x1p-45f);
    int k = signed() && s > Math.fma(Math.fma(f, 2, 2), 2, -2) ? 1 : 0;
    for (int j = 2; j < top; j++) {
      float h = j + 0.5f;
      k += s > Math.fma(Math.fma(f, 2, h), h, 0.25f) ? 1 : 0;
    }
    if (signed()) {
      return isNegative(x) && k > 0 ? k + (narrow ? 8 : 7) : k;
    }
    return narrow && k > 6 ? k + 1 : k;
  }

  /** Between the values of j and j + 1, rounded as the contract of the kernels says. */
  private float threshold(int j, float f) {
    float h = j + 0.5f;
    if (!signed()) {
      return Math.fma(Math.fma(f, 2, h), h, 0.25f);
    }
    return j == 2
        ? Math.fma(f, 3, 1) + 12.5f + f * 24
        : Math.fma(Math.fma(Math.fma(f, 3, h), h, 0.75f), h, f * 0.25f);
  }
}
