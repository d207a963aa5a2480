package org.lowbit4j;

import java.util.Arrays;
import java.util.Locale;
import org.lowbit4j.codec.QuantMap;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;

/**
 * How far the updates of 8-bit Adam are from those of 32-bit Adam on the same gradients, state
 * being stored in 8 bits after every step.
 */
final class UpdateError {

  private final double rate;
  private final GradientUpdater<?> in32;
  private final GradientUpdater<?> in8;
  private final double[] stepErrors;
  private final double[] sum32;
  private final double[] sum8;
  private int steps;
  private double largest;
  private double size8;
  private double size32;

  UpdateError(QuantMap map, int n, int maxSteps) {
    this(new Adam8bit().quantMap(map), n, maxSteps);
  }

  UpdateError(Adam8bit config, int n, int maxSteps) {
    config.min8bitSize(0);
    this.rate = config.getLearningRate();
    this.in8 = Updaters.create(config, n);
    this.in32 = Updaters.create(config.clone().optimBits(32), n);
    this.stepErrors = new double[maxSteps];
    this.sum32 = new double[n];
    this.sum8 = new double[n];
  }

  /** One step of both with the same gradient. */
  void step(float[] gradient) {
    float[] u32 = apply(in32, gradient);
    float[] u8 = apply(in8, gradient);
    double error = 0;
    double norm = 0;
    size8 = 0;
    size32 = 0;
    for (int i = 0; i < gradient.length; i++) {
      size8 += Math.abs(u8[i]);
      size32 += Math.abs(u32[i]);
      double d = u8[i] - u32[i];
      error += d * d;
      norm += (double) u32[i] * u32[i];
      sum32[i] += u32[i];
      sum8[i] += u8[i];
      largest = Math.max(largest, Math.abs(u8[i]));
    }
    stepErrors[steps++] = norm == 0 ? 0 : Math.sqrt(error / norm);
  }

  private float[] apply(GradientUpdater<?> updater, float[] gradient) {
    INDArray g = Nd4j.createFromArray(gradient);
    updater.applyUpdater(g, steps, 0);
    return g.data().asFloat();
  }

  /** Median over the steps of |u8-u32| / |u32|. */
  double step() {
    double[] sorted = Arrays.copyOf(stepErrors, steps);
    Arrays.sort(sorted);
    return sorted[steps / 2];
  }

  /** |sum of u8 - sum of u32| / |sum of u32|. */
  double trajectory() {
    return Updaters.relativeError(sum8, sum32);
  }

  /** Largest update in units of the learning rate. */
  double largest() {
    return largest / rate;
  }

  /** Mean magnitude of the last step's updates in 8 bits over that in 32 bits. */
  double sizeRatio() {
    return size8 / size32;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%.4f / %.4f / %.1f", step(), trajectory(), largest());
  }
}
