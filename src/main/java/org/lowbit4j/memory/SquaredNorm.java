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
  public static final int BLOCK = 4096;

  private static final int LANES = 8;

  /** How many blocks' sums are kept before they are added. */
  private static final int ROUND = 256;

  private SquaredNorm() {}

  /**
   * Computes the sum of squares.
   *
   * @param array FLOAT, DOUBLE or HALF, of any shape and strides
   * @return 0 or more, finite
   */
  public static double of(GradientView array) {
    return of(array, 1);
  }

  /**
   * The same by several threads.
   *
   * @param array FLOAT, DOUBLE or HALF, of any shape and strides
   * @param threads how many, 1 or more
   * @return 0 or more, finite; the same bits for any number of threads
   */
  public static double of(GradientView array, int threads) {
    long blocks = (array.length() + BLOCK - 1) / BLOCK;
    Blocks loop = new Blocks(array, ParallelLoop.shares(threads, blocks, 1));
    double sum = 0;
    for (long from = 0; from < blocks; from += ROUND) {
      int count = (int) Math.min(ROUND, blocks - from);
      loop.run(loop.views.length, from, from + count, 1);
      for (int i = 0; i < count; i++) {
        sum += loop.sums[i];
      }
    }
    return sum;
  }

  /** Computes blocks' sums, by the number of the block modulo {@link #ROUND}. */
  private static final class Blocks extends ParallelLoop {

    final double[] sums;
    final GradientView[] views;
    private final float[][] x;
    private final double[][] lanes;

    Blocks(GradientView array, int shares) {
      int size = (int) Math.min(BLOCK, array.length());
      sums = new double[(int) Math.min(ROUND, (array.length() + BLOCK - 1) / BLOCK)];
      views = new GradientView[shares];
      x = new float[shares][size];
      lanes = new double[shares][LANES];
      for (int i = 0; i < shares; i++) {
        views[i] = i == 0 ? array : array.another();
      }
    }

    @Override
    protected void piece(int share, long from, long to) {
      long at = from * BLOCK;
      int n = (int) Math.min(BLOCK, views[share].length() - at);
      views[share].load(at, n, x[share]);
      sums[(int) (from % ROUND)] = ofBlock(x[share], n, lanes[share]);
    }
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
