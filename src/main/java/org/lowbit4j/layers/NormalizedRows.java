package org.lowbit4j.layers;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Layer normalization of the rows of a matrix, forwards and backwards.
 *
 * <p>For a row x of k features: n = (x - mean(x)) / sqrt(var(x) + epsilon), with the mean of the
 * squared deviations as variance, and y = g * n + b.
 */
final class NormalizedRows {

  private final INDArray normalized;

  /** 1 / sqrt(var + epsilon) of every row. */
  private final INDArray scales;

  /**
   * Normalizes rows in place.
   *
   * @param rows [m, k], FLOAT or DOUBLE
   * @param epsilon positive
   */
  NormalizedRows(INDArray rows, double epsilon) {
    normalized = rows.subiColumnVector(rows.mean(true, 1));
    INDArray norms = normalized.norm2(true, 1);
    scales = Transforms.sqrt(norms.muli(norms).divi(rows.size(1)).addi(epsilon), false).rdivi(1);
    normalized.muliColumnVector(scales);
  }

  /** The normalized rows, the array given. */
  INDArray normalized() {
    return normalized;
  }

  /**
   * The gradient of the output to that of the parameters and, in place, that of the rows.
   *
   * <p>With d the gradient of y and h = g * d: that of g is the sum of d * n, that of b the sum of
   * d, that of x is (h - mean(h) - n * mean(h * n)) / sqrt(var + epsilon).
   *
   * @param delta gradient of the output [m, k]; overwritten
   * @param gain [k]
   * @param gainGradient [k], receives the gradient
   * @param biasGradient [k], receives the gradient
   * @return gradient of the rows [m, k], the array {@code delta}
   */
  INDArray backprop(INDArray delta, INDArray gain, INDArray gainGradient, INDArray biasGradient) {
    INDArray products = delta.mul(normalized);
    gainGradient.assign(products.sum(0));
    biasGradient.assign(delta.sum(0));
    INDArray correlations = products.muliRowVector(gain).mean(true, 1);
    delta.muliRowVector(gain);
    delta.subiColumnVector(delta.mean(true, 1));
    delta.subi(normalized.mulColumnVector(correlations));
    return delta.muliColumnVector(scales);
  }
}
