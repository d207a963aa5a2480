package org.lowbit4j.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Quantizes arrays block by block, with one codebook and block size: the same bits whatever does
 * it.
 *
 * <p>Arrays are FLOAT, DOUBLE or HALF, codes INT8 with as many elements, scales a FLOAT vector with
 * one element per block; the elements of all lie one after the other in 'c' order.
 */
public interface ArrayQuantizer {

  /**
   * Finds codes and scales.
   *
   * @param array finite, and non-negative if the codebook has no sign
   * @return the norm of the difference to the array of what codes and scales stand for, relative to
   *     the array's norm; 0 for an array of zeros
   * @throws IllegalArgumentException if elements have no code; codes and scales are then undefined
   */
  double quantize(INDArray array, INDArray codes, INDArray scales);

  /**
   * Computes what codes and scales stand for.
   *
   * @param array receives the numbers, rounded to its data type
   */
  void dequantize(INDArray codes, INDArray scales, INDArray array);
}
