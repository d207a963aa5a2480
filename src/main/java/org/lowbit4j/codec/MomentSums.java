package org.lowbit4j.codec;

import java.util.stream.IntStream;

/** What a moment is like, added up over its quantization blocks. */
public final class MomentSums {

  private static final int CODES = 256;

  private final boolean isQuantized;
  private final boolean storesRoot;
  private final double[] squares = new double[CODES];

  /** Expected square of what rounding to a code changes, in the units of squares. */
  private final double[] errors = new double[CODES];

  /** The same of what is stored, which may be the root. */
  private final double[] storedSquares = new double[CODES];

  private final double[] storedErrors = new double[CODES];

  private final boolean[] isLargest = new boolean[CODES];

  private double sum;
  private double error;
  private long saturated;
  private long count;

  /**
   * Begins with nothing.
   *
   * @param codebook of the moment; null with 32 bits
   */
  public MomentSums(Codebook codebook) {
    isQuantized = codebook != null;
    storesRoot = isQuantized && codebook.storesRoot();
    if (isQuantized) {
      prepare(codebook.values());
    }
  }

  private void prepare(float[] values) {
    int[] ascending =
        IntStream.range(0, CODES)
            .filter(code -> !Float.isNaN(values[code]))
            .boxed()
            .sorted((a, b) -> Float.compare(values[a], values[b]))
            .mapToInt(Integer::intValue)
            .toArray();
    for (int i = 0; i < ascending.length; i++) {
      int code = ascending[i];
      double stored = values[code];
      double lower = middle(other(values, ascending, i, -1), stored);
      double upper = middle(other(values, ascending, i, 1), stored);
      storedSquares[code] = stored * stored;
      storedErrors[code] = squareFrom(stored, lower, upper);
      squares[code] = moment(stored) * moment(stored);
      errors[code] = squareFrom(moment(stored), moment(lower), moment(upper));
      isLargest[code] = Math.abs(values[code]) == 1;
    }
  }

  /** The next value in a direction; codes may share one, as the two zeros do. */
  private static float other(float[] values, int[] ascending, int from, int direction) {
    float value = values[ascending[from]];
    int i = from;
    while (i >= 0 && i < ascending.length && values[ascending[i]] == value) {
      i += direction;
    }
    return i < 0 || i == ascending.length ? value : values[ascending[i]];
  }

  /** The mean square of what lies anywhere between two bounds, from a value between them. */
  private static double squareFrom(double value, double lower, double upper) {
    double below = value - lower;
    double above = upper - value;
    return below + above == 0
        ? 0
        : (below * below * below + above * above * above) / (3 * (below + above));
  }

  private static double middle(double a, double b) {
    return (a + b) / 2;
  }

  private double moment(double stored) {
    return storesRoot ? stored * stored : stored;
  }

  /**
   * Adds a block of 4-bit or 8-bit state.
   *
   * @param scale of the block
   * @param codes stored bytes
   * @param n how many, from index 0
   */
  public void add(float scale, byte[] codes, int n) {
    double square = 0;
    double rounding = 0;
    int full = 0;
    for (int i = 0; i < n; i++) {
      int code = codes[i] & 0xFF;
      square += squares[code];
      rounding += errors[code];
      full += isLargest[code] ? 1 : 0;
    }
    double unit = moment(scale);
    sum += square * unit * unit;
    error += rounding * unit * unit;
    saturated += scale == 0 ? 0 : full;
    count += n;
  }

  /**
   * Adds a block of a moment that is stored {@linkplain Codebook#isRelative relative} to another:
   * what that one is rounded by changes it, too.
   *
   * @param scale of the block
   * @param codes one a byte
   * @param n how many, from index 0
   * @param divisor of the other moment's codebook
   * @param divisorScale of its block
   * @param divisorCodes one a byte
   */
  public void add(
      float scale,
      byte[] codes,
      int n,
      MomentSums divisor,
      float divisorScale,
      byte[] divisorCodes) {
    double square = 0;
    double rounding = 0;
    int full = 0;
    for (int i = 0; i < n; i++) {
      int code = codes[i] & 0xFF;
      int by = divisorCodes[i] & 0xFF;
      double exact = divisor.storedSquares[by];
      square += squares[code] * exact;
      rounding += errors[code] * exact + (squares[code] + errors[code]) * divisor.storedErrors[by];
      full += isLargest[code] ? 1 : 0;
    }
    double unit = (double) scale * divisorScale;
    sum += square * unit * unit;
    error += rounding * unit * unit;
    saturated += scale == 0 ? 0 : full;
    count += n;
  }

  /**
   * Adds a block of 32-bit state.
   *
   * @param values of the moment
   * @param n how many, from index 0
   */
  public void add(float[] values, int n) {
    double square = 0;
    for (int i = 0; i < n; i++) {
      square += (double) values[i] * values[i];
    }
    sum += square;
    count += n;
  }

  /**
   * The root mean square.
   *
   * @return 0 or more; NaN if nothing was added
   */
  public double rms() {
    return Math.sqrt(sum / count);
  }

  /**
   * What rounding to codes once changes by expectation, relative to the root mean square: numbers
   * are taken to lie anywhere between two codes' middles. Dithered ones are off by up to 1.4 times
   * that; those stored divided by another one, which has the same dither, by up to 1.7 times.
   * AdaDelta's msdx follows what msg is rounded by, too, which is not counted here.
   *
   * @return 0 with 32 bits, and for a moment of zeros
   */
  public double quantizationError() {
    return sum == 0 ? 0 : Math.sqrt(error / sum);
  }

  /**
   * The share of codes of the largest magnitude that the codebook has.
   *
   * @return at least one in each block that is not zero; NaN with 32 bits
   */
  public double saturated() {
    return isQuantized ? (double) saturated / count : Double.NaN;
  }
}
