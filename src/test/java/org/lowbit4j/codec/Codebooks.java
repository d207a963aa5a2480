package org.lowbit4j.codec;

import org.lowbit4j.rule.Moment;

/** The eight shipped codebooks, and a naive encoder to hold them against. */
enum Codebooks {
  POWER_FIRST_WIDE(QuantMap.POWER, Moment.Kind.FIRST, false),
  POWER_FIRST_NARROW(QuantMap.POWER, Moment.Kind.FIRST, true),
  POWER_SECOND_WIDE(QuantMap.POWER, Moment.Kind.SECOND, false),
  POWER_SECOND_NARROW(QuantMap.POWER, Moment.Kind.SECOND, true),
  DYNAMIC_FIRST_WIDE(QuantMap.DYNAMIC, Moment.Kind.FIRST, false),
  DYNAMIC_FIRST_NARROW(QuantMap.DYNAMIC, Moment.Kind.FIRST, true),
  DYNAMIC_SECOND_WIDE(QuantMap.DYNAMIC, Moment.Kind.SECOND, false),
  DYNAMIC_SECOND_NARROW(QuantMap.DYNAMIC, Moment.Kind.SECOND, true);

  final QuantMap map;
  final Moment.Kind kind;
  final boolean narrow;

  Codebooks(QuantMap map, Moment.Kind kind, boolean narrow) {
    this.map = map;
    this.kind = kind;
    this.narrow = narrow;
  }

  Codebook codebook() {
    return map.codebook(kind, narrow);
  }

  boolean signed() {
    return kind == Moment.Kind.FIRST;
  }

  /** Whether a word that holds this byte could become a NaN or an infinity. */
  boolean reserved(int code) {
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

  private static boolean closer(float a, float b, float x) {
    if (a == b) {
      return isNegative(a) == isNegative(x);
    }
    float midpoint = 0.5f * (a + b);
    return x == midpoint ? Math.abs(a) < Math.abs(b) : x > midpoint == a > b;
  }

  private static boolean isNegative(float x) {
    return Float.floatToRawIntBits(x) < 0;
  }

  /**
   * The code of the upper neighbour if |x| exceeds middle + (u-0.5)*(upper-lower), by linear
   * search; u from the R2 sequence for the lowest levels, 0.5 for the others.
   */
  static int dithered(float[] values, float x, int element, int iteration) {
    boolean signed = values[0x81] < 0;
    int n = signed ? 0x80 : 256;
    float y = Math.abs(x);
    int lower = -1;
    int upper = -1;
    int below = 0;
    for (int code = 0; code < n; code++) {
      if (values[code] <= y) {
        below++;
        lower = lower < 0 || values[code] > values[lower] ? code : lower;
      } else if (values[code] > y) {
        upper = upper < 0 || values[code] < values[upper] ? code : upper;
      }
    }
    int sign = signed && Float.floatToRawIntBits(x) < 0 ? 0x80 : 0;
    if (lower < 0 || upper < 0) {
      return sign | Math.max(lower, upper);
    }
    long phase = (element * 0xC13FA9A9L + iteration * 0x91E10DA5L) & 0xFFFFFFFFL;
    boolean dithers = !signed || below <= 32;
    float u = dithers ? (float) (((phase >> 16) + 0.5) / 65536) : 0.5f;
    float middle = 0.5f * (values[lower] + values[upper]);
    float threshold = middle + (u - 0.5f) * (values[upper] - values[lower]);
    return sign | (y > threshold ? upper : lower);
  }
}
