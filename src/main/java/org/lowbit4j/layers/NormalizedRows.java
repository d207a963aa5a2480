package org.lowbit4j.layers;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;
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
    normalized = rows.subiColumnVector(ofRows("reduce_mean", rows));
    INDArray norms = ofRows("reduce_norm2", normalized);
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
    gainGradient.assign(sum(products));
    biasGradient.assign(sum(delta));
    INDArray correlations = ofRows("reduce_mean", products.muliRowVector(gain));
    delta.muliRowVector(gain);
    delta.subiColumnVector(ofRows("reduce_mean", delta));
    delta.subi(normalized.mulColumnVector(correlations));
    return delta.muliColumnVector(scales);
  }

  /** One number of every row, [m, 1]. */
  private static INDArray ofRows(String reduction, INDArray array) {
    return reduce(reduction, array, 1, true);
  }

  /** The sum of all rows, [k]. */
  private static INDArray sum(INDArray rows) {
    return reduce("reduce_sum", rows, 0, false);
  }

  /**
   * The operations behind {@code mean}, {@code norm2} and {@code sum} of {@link INDArray}, whose
   * dimensions are int in ND4J 1.0.0-M2.1 and long in the release that follows.
   */
  private static INDArray reduce(
      String operation, INDArray array, long dimension, boolean keepDimension) {
    return Nd4j.exec(
        DynamicCustomOp.builder(operation)
            .addInputs(array)
            .addIntegerArguments(dimension)
            .addBooleanArguments(keepDimension)
            .build())[0];
  }
}
