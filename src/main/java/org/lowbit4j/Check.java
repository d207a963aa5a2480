package org.lowbit4j;

/**
 * Checks of hyper-parameters; the messages name the property, what was given and what is allowed.
 */
final class Check {

  private Check() {}

  static void that(boolean valid, String property, Object given, String allowed) {
    if (!valid) {
      throw new IllegalArgumentException(
          property + " is " + given + "; it must be " + allowed + ".");
    }
  }

  static <T> T notNull(String property, T given) {
    that(given != null, property, null, "given");
    return given;
  }

  static double atLeastZero(String property, double given) {
    that(given >= 0 && given <= Float.MAX_VALUE, property, given, "finite and 0 or more");
    return given;
  }

  static double positive(String property, double given) {
    that(
        given >= Float.MIN_NORMAL && given <= Float.MAX_VALUE,
        property,
        given,
        "positive in float32 (" + Float.MIN_NORMAL + " to " + Float.MAX_VALUE + ")");
    return given;
  }

  /** A decay rate: below 1 in float32, too, for which the largest is 1 - 2^-24. */
  static double decay(String property, double given) {
    that(given >= 0 && (float) given < 1, property, given, "0 or more and below 1");
    return given;
  }
}
