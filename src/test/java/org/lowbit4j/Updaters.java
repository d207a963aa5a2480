package org.lowbit4j;

import java.util.Random;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;

/** Updaters on state of their own, as DL4J would make them, and gradients from fixed seeds. */
final class Updaters {

  private Updaters() {}

  /** An updater with fresh state for n parameters, in memory that was not zero. */
  static GradientUpdater<?> create(IUpdater config, long n, DataType type) {
    INDArray state = Nd4j.ones(type, config.stateSize(n)).muli(3);
    return config.instantiate(state, true);
  }

  static GradientUpdater<?> create(IUpdater config, long n) {
    return create(config, n, DataType.FLOAT);
  }

  static INDArray state(GradientUpdater<?> updater) {
    return updater.getState().get(LowBitUpdater.STATE);
  }

  /** Applies the updater to a copy of the gradient and returns the update. */
  static float[] step(GradientUpdater<?> updater, float[] gradient, int iteration, DataType type) {
    INDArray g = Nd4j.createFromArray(gradient).castTo(type);
    updater.applyUpdater(g, iteration, 0);
    return g.castTo(DataType.FLOAT).toFloatVector();
  }

  static float[] step(GradientUpdater<?> updater, float[] gradient, int iteration) {
    return step(updater, gradient, iteration, DataType.FLOAT);
  }

  /** Normal deviates. */
  static float[] normal(Random random, int n, double sigma) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) (sigma * random.nextGaussian());
    }
    return x;
  }

  static float absMax(float[] x) {
    return Codebook.absMax(x, x.length);
  }

  /** Euclidean norm of the difference, relative to that of the expected. */
  static double relativeError(double[] actual, double[] expected) {
    double error = 0;
    double norm = 0;
    for (int i = 0; i < actual.length; i++) {
      error += (actual[i] - expected[i]) * (actual[i] - expected[i]);
      norm += expected[i] * expected[i];
    }
    return Math.sqrt(error / norm);
  }

  static double[] toDoubles(float[] x) {
    double[] d = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      d[i] = x[i];
    }
    return d;
  }
}
