package org.lowbit4j.kernel;

import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.SquaredNorm;
import org.lowbit4j.rule.FusedMultiplyAdd;

/**
 * {@code y = (y + a*x)*scale} in float32, a*x + y rounded once, the same bits whatever computes it:
 * BLAS's axpy, with which weight decay is added to updates and gradients.
 */
final class Axpy {

  private Axpy() {}

  /**
   * Computes it in place.
   *
   * @param x FLOAT, as long as y; its elements are paired with those of y by their numbers
   * @param y FLOAT
   */
  static void apply(float a, GradientView x, float scale, GradientView y) {
    int size = (int) Math.min(SquaredNorm.BLOCK, y.length());
    float[] xs = new float[size];
    float[] ys = new float[size];
    for (long from = 0; from < y.length(); from += size) {
      int n = (int) Math.min(size, y.length() - from);
      x.load(from, n, xs);
      y.load(from, n, ys);
      for (int i = 0; i < n; i++) {
        ys[i] = FusedMultiplyAdd.fma(a, xs[i], ys[i]) * scale;
      }
      y.store(from, n, ys);
    }
  }
}
