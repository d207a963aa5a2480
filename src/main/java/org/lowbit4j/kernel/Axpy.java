package org.lowbit4j.kernel;

import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.ParallelLoop;
import org.lowbit4j.memory.SquaredNorm;
import org.lowbit4j.rule.FusedMultiplyAdd;

/**
 * {@code y = (y + a*x)*scale} in float32, a*x + y rounded once, the same bits whatever computes it:
 * BLAS's axpy, with which weight decay is added to updates and gradients.
 */
final class Axpy extends ParallelLoop {

  private final float a;
  private final float scale;
  private final GradientView[] xs;
  private final GradientView[] ys;
  private final float[][] ofX;
  private final float[][] ofY;

  private Axpy(float a, GradientView x, float scale, GradientView y, int shares, int size) {
    this.a = a;
    this.scale = scale;
    xs = new GradientView[shares];
    ys = new GradientView[shares];
    for (int i = 0; i < shares; i++) {
      xs[i] = i == 0 ? x : x.another();
      ys[i] = i == 0 ? y : y.another();
    }
    ofX = new float[shares][size];
    ofY = new float[shares][size];
  }

  /**
   * Computes it in place.
   *
   * @param x FLOAT, as long as y; its elements are paired with those of y by their numbers
   * @param y FLOAT
   * @param threads 1 or more; the bits are the same for any number
   */
  static void apply(float a, GradientView x, float scale, GradientView y, int threads) {
    long n = y.length();
    if (n > 0) {
      int size = (int) Math.min(SquaredNorm.BLOCK, n);
      int shares = shares(threads, n, size);
      new Axpy(a, x, scale, y, shares, size).run(shares, 0, n, size);
    }
  }

  @Override
  protected void piece(int share, long from, long to) {
    int n = (int) (to - from);
    float[] x = ofX[share];
    float[] y = ofY[share];
    xs[share].load(from, n, x);
    ys[share].load(from, n, y);
    for (int i = 0; i < n; i++) {
      y[i] = FusedMultiplyAdd.fma(a, x[i], y[i]) * scale;
    }
    ys[share].store(from, n, y);
  }
}
