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

  /** Dozat (2016); only the first moment is corrected for its bias, as in ND4J. */
  final class Nadam implements ReferenceOptimizer {
    /** As float32 has it: nothing cancels its rounding, which is 1.3e-5. */
    private static final double ONE_MINUS_BETA2 = 1 - (double) (float) BETA2;

    private double m;
    private double v;

    @Override
    public double update(double g, int t) {
      m = BETA1 * m + (1 - BETA1) * g;
      v = BETA2 * v + ONE_MINUS_BETA2 * g * g;
      double lookAhead = BETA1 * m + (1 - BETA1) * g;
      return RATE / (1 - Math.pow(BETA1, t)) * lookAhead / (Math.sqrt(v) + EPSILON);
    }
  }

  /** Zhuang et al. (2020), epsilon in s and beside its root. */
  final class AdaBelief implements ReferenceOptimizer {
    private static final double SMALL_EPSILON = 1e-14;
    private double m;
    private double s;

    @Override
    public double update(double g, int t) {
      m = BETA1 * m + (1 - BETA1) * g;
      s = BETA2 * s + (1 - BETA2) * (g - m) * (g - m) + SMALL_EPSILON;
      double rate = RATE * Math.sqrt(1 - Math.pow(BETA2, t)) / (1 - Math.pow(BETA1, t));
      return rate * m / (Math.sqrt(s) + SMALL_EPSILON);
    }
  }

  /** Kingma and Ba (2015), algorithm 2. */
  final class AdaMax implements ReferenceOptimizer {
    private double m;
    private double u;

    @Override
    public double update(double g, int t) {
      m = BETA1 * m + (1 - BETA1) * g;
      u = Math.max(BETA2 * u, Math.abs(g));
      return RATE / (1 - Math.pow(BETA1, t)) * m / u;
    }
  }

  /** Duchi, Hazan and Singer (2011); the sum begins at ND4J's epsilon. */
  final class Adagrad implements ReferenceOptimizer {
    private double h = 1e-6;

    @Override
    public double update(double g, int t) {
      h += g * g;
      return 0.1 * g / (Math.sqrt(h) + 1e-6);
    }
  }

  /** Tieleman and Hinton (2012); the second moment begins at epsilon, as in ND4J. */
  final class RmsProp implements ReferenceOptimizer {
    private double v = EPSILON;

    @Override
    public double update(double g, int t) {
      v = 0.95 * v + 0.05 * g * g;
      return 0.1 * g / (Math.sqrt(v) + EPSILON);
    }
  }

  /** Sutskever et al. (2013), at the parameters after the look-ahead. */
  final class Nesterovs implements ReferenceOptimizer {
    private double velocity;

    @Override
    public double update(double g, int t) {
      velocity = 0.9 * velocity + 0.1 * g;
      return 0.9 * velocity + 0.1 * g;
    }
  }

  /** Zeiler (2012), algorithm 1. */
  final class AdaDelta implements ReferenceOptimizer {
    private double meanSquareGradient;
    private double meanSquareUpdate;

    @Override
    public double update(double g, int t) {
      meanSquareGradient = 0.95 * meanSquareGradient + 0.05 * g * g;
      double update = Math.sqrt(meanSquareUpdate + 1e-6) / Math.sqrt(meanSquareGradient + 1e-6) * g;
      meanSquareUpdate = 0.95 * meanSquareUpdate + 0.05 * update * update;
      return update;
    }
  }

  /** Loshchilov and Hutter (2019), algorithm 2, without its weight decay; Kingma and Ba's form. */
  class AdamW implements ReferenceOptimizer {
    private final double epsilon;
    private double m;
    private double v;

    AdamW() {
      this(EPSILON);
    }

    AdamW(double epsilon) {
      this.epsilon = epsilon;
    }

    @Override
    public double update(double g, int t) {
      m = BETA1 * m + (1 - BETA1) * g;
      v = BETA2 * v + (1 - BETA2) * g * g;
      double mean = m / (1 - Math.pow(BETA1, t));
      double meanSquare = v / (1 - Math.pow(BETA2, t));
      return RATE * mean / (Math.sqrt(meanSquare) + epsilon);
    }
  }

  /** You et al. (2020), algorithm 2, before the trust ratio. */
  final class Lamb extends AdamW {
    Lamb() {
      super(1e-6);
    }
  }

  /** Pagliardini, Ablin and Grangier (2024), algorithm 1, without its weight decay. */
  final class AdEMAMix implements ReferenceOptimizer {
    private double fast;
    private double slow;
    private double v;

    @Override
    public double update(double g, int t) {
      fast = BETA1 * fast + (1 - BETA1) * g;
      slow = 0.9999 * slow + (1 - 0.9999) * g;
      v = BETA2 * v + (1 - BETA2) * g * g;
      double mean = fast / (1 - Math.pow(BETA1, t));
      double meanSquare = v / (1 - Math.pow(BETA2, t));
      return RATE * (mean + 5 * slow) / (Math.sqrt(meanSquare) + EPSILON);
    }
  }

  /** Chen et al. (2023), algorithm 2. */
  final class Lion implements ReferenceOptimizer {
    private double m;

    @Override
    public double update(double g, int t) {
      double update = 1e-4 * Math.signum(0.9 * m + (1 - 0.9) * g);
      m = 0.99 * m + (1 - 0.99) * g;
      return update;
    }
  }

  /** PyTorch's SGD, as its documentation has it. */
  final class Sgd implements ReferenceOptimizer {
    private final double rate;
    private final double dampening;
    private final boolean nesterov;
    private double m;

    Sgd(double rate, double dampening, boolean nesterov) {
      this.rate = rate;
      this.dampening = dampening;
      this.nesterov = nesterov;
    }

    @Override
    public double update(double g, int t) {
      m = t == 1 ? g : 0.9 * m + (1 - dampening) * g;
      return rate * (nesterov ? g + 0.9 * m : m);
    }
  }

  /** PyTorch's RMSprop, as its documentation has it; the second moment begins at epsilon. */
  final class RmsPropVariant implements ReferenceOptimizer {
    private final double momentum;
    private final boolean centered;
    private double v = EPSILON;
    private double mean;
    private double buffer;

    RmsPropVariant(double momentum, boolean centered) {
      this.momentum = momentum;
      this.centered = centered;
    }

    @Override
    public double update(double g, int t) {
      v = 0.95 * v + 0.05 * g * g;
      mean = 0.95 * mean + 0.05 * g;
      double root = Math.sqrt(centered ? v - mean * mean : v) + EPSILON;
      buffer = momentum * buffer + g / root;
      return 0.1 * buffer;
    }
  }
}
