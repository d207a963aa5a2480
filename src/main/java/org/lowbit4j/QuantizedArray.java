package org.lowbit4j;

import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.rule.Moment;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Any array in 8 bits per element, block by block, as the optimizers keep their state: {@code
 * element = value[code] * scale}, the scale being the largest magnitude of its block.
 *
 * <pre>{@code
 * QuantizedArray q = QuantizedArray.of(gradients, QuantMap.DYNAMIC, 256);
 * q.codes();        // INT8, one per element
 * q.scales();       // FLOAT, one per block
 * q.dequantize();   // FLOAT, of the array's shape
 * q.error();        // what that differs by, relative to the array's norm
 * }</pre>
 *
 * <p>Elements are numbered in 'c' order whatever the array's strides. With {@link QuantMap#DYNAMIC}
 * they go to the nearest value; {@link QuantMap#POWER} dithers those below 2% of their block's
 * largest, as for first moments. The work is done on the host, whatever the ND4J backend. Immutable
 * but for the arrays it hands out.
 */
public final class QuantizedArray {

  private final Codebook codebook;
  private final int blockSize;
  private final long[] shape;
  private final byte[] codes;
  private final float[] scales;
  private final double error;

  private QuantizedArray(float[] values, long[] shape, Codebook codebook, int blockSize) {
    this.codebook = codebook;
    this.blockSize = blockSize;
    this.shape = shape.clone();
    this.codes = new byte[values.length];
    this.scales = new float[(values.length + blockSize - 1) / blockSize];
    for (int block = 0; block < scales.length; block++) {
      encode(values, block);
    }
    this.error = error(values, decode());
  }

  /**
   * Quantizes an array.
   *
   * @param array FLOAT, DOUBLE, HALF or BFLOAT16, finite
   * @param map the values that codes stand for
   * @param blockSize elements per scale, 1 or more
   * @return the array in 8 bits
   * @throws IllegalArgumentException if the array is of another data type or not finite, or the
   *     block size out of range
   */
  public static QuantizedArray of(INDArray array, QuantMap map, int blockSize) {
    if (!array.dataType().isFPType()) {
      throw new IllegalArgumentException(
          "The array is of data type "
              + array.dataType()
              + "; only numbers with a fraction are quantized.");
    }
    Check.that(blockSize >= 1, "blockSize", blockSize, "1 or more");
    Codebook codebook = map.codebook(Moment.Kind.FIRST, false);
    float[] values = array.dup('c').reshape(array.length()).castTo(DataType.FLOAT).toFloatVector();
    if (!Float.isFinite(Codebook.absMax(values, values.length))) {
      throw new IllegalArgumentException(
          "The array has elements that are not finite in float32; they have no code.");
    }
    return new QuantizedArray(values, array.shape(), codebook, blockSize);
  }

  /**
   * The codes.
   *
   * @return a new INT8 vector, one code per element
   */
  public INDArray codes() {
    return Nd4j.createFromArray(codes);
  }

  /**
   * The scales.
   *
   * @return a new FLOAT vector, one scale per block
   */
  public INDArray scales() {
    return Nd4j.createFromArray(scales);
  }

  /**
   * What the codes and scales stand for.
   *
   * @return a new FLOAT array of the original's shape
   */
  public INDArray dequantize() {
    return Nd4j.createFromArray(decode()).reshape(shape);
  }

  /**
   * The error that quantization introduced.
   *
   * @return the norm of the difference to the original, relative to the original's norm; 0 for an
   *     array of zeros
   */
  public double error() {
    return error;
  }

  private void encode(float[] values, int block) {
    int from = block * blockSize;
    int n = Math.min(blockSize, values.length - from);
    float[] x = new float[n];
    byte[] c = new byte[n];
    System.arraycopy(values, from, x, 0, n);
    scales[block] = codebook.encode(x, n, false, from, 0, c);
    System.arraycopy(c, 0, codes, from, n);
  }

  private float[] decode() {
    float[] values = new float[codes.length];
    byte[] c = new byte[blockSize];
    float[] x = new float[blockSize];
    for (int block = 0; block < scales.length; block++) {
      int from = block * blockSize;
      int n = Math.min(blockSize, codes.length - from);
      System.arraycopy(codes, from, c, 0, n);
      codebook.decode(c, n, scales[block], x);
      System.arraycopy(x, 0, values, from, n);
    }
    return values;
  }

  private static double error(float[] values, float[] decoded) {
    double difference = 0;
    double all = 0;
    for (int i = 0; i < values.length; i++) {
      double d = (double) values[i] - decoded[i];
      difference += d * d;
      all += (double) values[i] * values[i];
    }
    return all == 0 ? 0 : Math.sqrt(difference / all);
  }
}
