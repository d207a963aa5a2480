package org.lowbit4j;

/** Optimizers for one parameter in float64, written from the formulas of their papers. */
interface ReferenceOptimizer {

  double RATE = 1e-3;
  double BETA1 = 0.9;
  double BETA2 = 0.999;
  double EPSILON = 1e-8;

  /** The update for the gradient of step t = 1, 2, ... */
  double update(double g, int t);

  /** Kingma and Ba (2015), the "epsilon hat" form. */
  final class Adam implements ReferenceOptimizer {
    private double m;
    private double v;

    @Override
    public double update(double g, int t) {
      m = BETA1 * m + (1 - BETA1) * g;
      v = BETA2 * v + (1 - BETA2) * g * g;
      double rate = RATE * Math.sqrt(1 - Math.pow(BETA2, t)) / (1 - Math.pow(BETA1, t));
      return rate * m / (Math.sqrt(v) + EPSILON);
    }
  }

  /** Reddi, Kale and Kumar (2018), algorithm 2, with Adam's bias correction. */
  final class AmsGrad implements ReferenceOptimizer {
    private double m;
    private double v;
    private double largest;

    @Override
    public double update(double g, int t) {
      m = BETA1 * m + (1 - BETA1) * g;
      v = BETA2 * v + (1 - BETA2) * g * g;
      largest = Math.max(largest, v);
      double rate = RATE * Math.sqrt(1 - Math.pow(BETA2, t)) / (1 - Math.pow(BETA1, t));
      return rate * m / (Math.sqrt(largest) + EPSILON);
    }
  }
}
