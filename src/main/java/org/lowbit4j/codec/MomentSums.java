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
      double value = moment(values[code]);
      double lower = moment(middle(other(values, ascending, i, -1), values[code]));
      double upper = moment(middle(other(values, ascending, i, 1), values[code]));
      squares[code] = value * value;
      errors[code] = squareFrom(value, lower, upper);
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
   * Adds a block of a moment that is stored {@linkplain Codebook#isRelative relative} to another.
   *
   * @param scale of the block
   * @param codes one a byte
   * @param n how many, from index 0
   * @param roots what is stored of the other moment
   */
  public void add(float scale, byte[] codes, int n, float[] roots) {
    double square = 0;
    double rounding = 0;
    int full = 0;
    for (int i = 0; i < n; i++) {
      double unit = (double) roots[i] * roots[i];
      int code = codes[i] & 0xFF;
      square += squares[code] * unit;
      rounding += errors[code] * unit;
      full += isLargest[code] ? 1 : 0;
    }
    sum += square * scale * scale;
    error += rounding * scale * scale;
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
   * that.
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
