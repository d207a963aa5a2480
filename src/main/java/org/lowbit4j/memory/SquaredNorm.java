package org.lowbit4j.memory;

import java.util.Arrays;

/**
 * The sum of squares of an array's elements in float64, the same bits whatever computes it.
 *
 * <p>Elements that are not finite count as 0, as they do in an update. Per block of {@value #BLOCK}
 * elements, element i is added to lane i modulo 8; a block's sum is {@code ((l0+l1)+(l2+l3)) +
 * ((l4+l5)+(l6+l7))}, and block sums are added in order.
 */
public final class SquaredNorm {

  /** Elements per block. */
  static final int BLOCK = 4096;

  private static final int LANES = 8;

  private SquaredNorm() {}

  /**
   * Computes the sum of squares.
   *
   * @param array FLOAT, DOUBLE or HALF, of any shape and strides
   * @return 0 or more, finite
   */
  public static double of(GradientView array) {
    float[] x = new float[(int) Math.min(BLOCK, array.length())];
    double[] lanes = new double[LANES];
    double sum = 0;
    for (long from = 0; from < array.length(); from += BLOCK) {
      int n = (int) Math.min(BLOCK, array.length() - from);
      array.load(from, n, x);
      sum += ofBlock(x, n, lanes);
    }
    return sum;
  }

  private static double ofBlock(float[] x, int n, double[] lanes) {
    Arrays.fill(lanes, 0);
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        lanes[lane] += square(x[i + lane]);
      }
    }
    for (int lane = 0; i < n; i++, lane++) {
      lanes[lane] += square(x[i]);
    }
    return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]))
        + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
  }

  /** Squares of float32 numbers are finite in float64. */
  private static double square(float x) {
    return Float.isFinite(x) ? (double) x * x : 0;
  }
}
