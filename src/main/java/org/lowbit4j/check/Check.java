package org.lowbit4j.check;

/**
 * Checks of hyper-parameters; the messages name the property, what was given and what is allowed.
 */
public final class Check {

  private static final double LARGEST = 1e6;

  private Check() {}

  public static void that(boolean valid, String property, Object given, String allowed) {
    if (!valid) {
      throw new IllegalArgumentException(
          property + " is " + given + "; it must be " + allowed + ".");
    }
  }

  public static <T> T notNull(String property, T given) {
    that(given != null, property, null, "given");
    return given;
  }

  /** What {@link #learningRate} accepts. */
  public static boolean isLearningRate(double given) {
    return given >= 0 && given <= LARGEST;
  }

  /** A learning rate: no larger than what keeps float32 moments finite whatever the gradient. */
  public static double learningRate(String property, double given) {
    that(isLearningRate(given), property, given, "finite, 0 or more and at most " + LARGEST);
    return given;
  }

  public static long notNegative(String property, long given) {
    that(given >= 0, property, given, "0 or more");
    return given;
  }

  /** A factor of weight decay or of a trust ratio. */
  public static double coefficient(String property, double given) {
    that(given >= 0 && given <= LARGEST, property, given, "0 to " + LARGEST);
    return given;
  }

  public static double positive(String property, double given) {
    that(
        given >= Float.MIN_NORMAL && given <= LARGEST,
        property,
        given,
        "positive in float32 (" + Float.MIN_NORMAL + " to " + LARGEST + ")");
    return given;
  }

  public static double positiveOrInfinite(String property, double given) {
    that(given > 0, property, given, "positive, or infinite for no limit");
    return given;
  }

  /** A decay rate: below 1 in float32, too, for which the largest is 1 - 2^-24. */
  public static double decay(String property, double given) {
    that(given >= 0 && (float) given < 1, property, given, "0 or more and below 1");
    return given;
  }
}
