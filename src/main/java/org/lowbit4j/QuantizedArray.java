package org.lowbit4j;

import java.lang.ref.Reference;
import java.util.Arrays;
import org.lowbit4j.check.Check;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.cuda.CudaQuantizer;
import org.lowbit4j.cuda.HostAccess;
import org.lowbit4j.kernel.ArrayQuantizer;
import org.lowbit4j.kernel.JavaQuantizer;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.rule.Moment;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Any array in 8 bits per element, block by block, as the optimizers keep their state: {@code
 * element = value[code] * scale}, the scale being the largest magnitude of its block. What
 * bitsandbytes calls quantize_blockwise and dequantize_blockwise.
 *
 * <pre>{@code
 * QuantizedArray q = QuantizedArray.of(weights, QuantMap.DYNAMIC, 256);
 * q.codes();        // INT8, of the array's shape
 * q.scales();       // FLOAT, one per block
 * q.error();        // what is lost, relative to the array's norm
 * q.dequantize();   // FLOAT, of the array's shape
 *
 * // From what was stored:
 * QuantizedArray.fromCodes(codes, scales, QuantMap.DYNAMIC, true, 256).dequantize(DataType.HALF);
 * }</pre>
 *
 * <p>Elements are numbered in 'c' order whatever the array's strides. With {@link QuantMap#DYNAMIC}
 * they go to the nearest value; {@link QuantMap#POWER} dithers those below 2% of their block's
 * largest, and all that are unsigned, as for moments. Unsigned maps have no zero: in a block that
 * is not zero as a whole, zeros become the smallest value, as for second moments.
 *
 * <p>The array must not change while it is quantized: for parameters of a network that another
 * thread trains, or views of them, write {@code synchronized (net) { ... }}.
 *
 * <p>Not changed once made; threads may share it as long as no one writes to its arrays.
 *
 * <p>On ND4J's CUDA backend the work is done on the device, with the same bits; quantizing waits
 * for it. This is no ND4J operation: {@code Nd4j.exec} of 1.0.0-M2.1 runs only what libnd4j has.
 */
public final class QuantizedArray {

  /** Elements that one scale may be for. */
  private static final int LARGEST_BLOCK = 1 << 22;

  private final ArrayQuantizer quantizer;
  private final INDArray codes;
  private final INDArray scales;
  private final double error;

  private QuantizedArray(ArrayQuantizer quantizer, INDArray codes, INDArray scales, double error) {
    this.quantizer = quantizer;
    this.codes = codes;
    this.scales = scales;
    this.error = error;
  }

  /**
   * Quantizes an array with a signed map.
   *
   * @param array FLOAT, DOUBLE, HALF or BFLOAT16, finite in float32, not empty; unchanged
   * @param map the values that codes stand for
   * @param blockSize elements per scale, 1 to 4194304
   * @return the array in 8 bits
   * @throws IllegalArgumentException if the array is of another data type, empty or not finite, or
   *     the block size out of range
   */
  public static QuantizedArray of(INDArray array, QuantMap map, int blockSize) {
    return quantize(array, map, true, blockSize);
  }

  /**
   * Quantizes an array without negative elements with an unsigned map, which is twice as fine.
   *
   * @param array as for {@link #of}, and 0 or more
   * @param map the values that codes stand for
   * @param blockSize elements per scale, 1 to 4194304
   * @return the array in 8 bits
   * @throws IllegalArgumentException as for {@link #of}, and if elements are negative
   */
  public static QuantizedArray ofUnsigned(INDArray array, QuantMap map, int blockSize) {
    return quantize(array, map, false, blockSize);
  }

  /**
   * Takes codes and scales that were quantized before.
   *
   * @param codes INT8, of the array's shape; used, not copied, so that neither may be written to
   *     any more, by this thread or another: what is written later is not checked
   * @param scales FLOAT vector, one per block, finite and 0 or more; used, not copied
   * @param map the map that they were quantized with
   * @param signed whether it was signed, see {@link #of} and {@link #ofUnsigned}
   * @param blockSize elements per scale
   * @return the array in 8 bits, its error unknown
   * @throws IllegalArgumentException if data types or lengths are others, a scale is negative or
   *     not finite, or a code is none of the map's
   */
  public static QuantizedArray fromCodes(
      INDArray codes, INDArray scales, QuantMap map, boolean signed, int blockSize) {
    Check.notNull("codes", codes);
    Check.notNull("scales", scales);
    Check.notNull("map", map);
    checkBlockSize(blockSize);
    requireType(codes, DataType.INT8, "codes");
    requireType(scales, DataType.FLOAT, "scales");
    long blocks = blocks(codes.length(), blockSize);
    Check.that(
        scales.length() == blocks,
        "the number of scales",
        scales.length(),
        blocks + ", one per " + blockSize + " of " + codes.length() + " codes");
    QuantizedArray array =
        new QuantizedArray(
            quantizer(map, signed, blockSize), contiguous(codes), contiguous(scales), Double.NaN);
    requireScales(array.scales);
    requireCodes(array.codes, codebook(map, signed));
    return array;
  }

  private static void requireScales(INDArray scales) {
    HostAccess.begin(scales);
    RawMemory memory = new RawMemory(scales, scales.length() * Float.BYTES);
    for (long i = 0; i < scales.length(); i++) {
      float scale = memory.at(i * Float.BYTES).getFloat();
      if (!(scale >= 0 && scale <= Float.MAX_VALUE)) {
        throw new IllegalArgumentException(
            String.format("Scale %d is %s; it must be finite and 0 or more.", i, scale));
      }
    }
    Reference.reachabilityFence(scales);
  }

  private static void requireCodes(INDArray codes, Codebook codebook) {
    HostAccess.begin(codes);
    RawMemory memory = new RawMemory(codes, codes.length());
    float[] values = codebook.values();
    for (long i = 0; i < codes.length(); i++) {
      byte code = memory.at(i).get();
      if (Float.isNaN(values[code & 0xFF])) {
        throw new IllegalArgumentException(
            String.format(
                "Code %d is %d (0x%02X), which no quantizer with this map writes. The codes are damaged, or of another"
                    + " map.",
                i, code, code));
      }
    }
    Reference.reachabilityFence(codes);
  }

  private static QuantizedArray quantize(
      INDArray array, QuantMap map, boolean signed, int blockSize) {
    Check.notNull("array", array);
    Check.notNull("map", map);
    if (!array.dataType().isFPType()) {
      throw new IllegalArgumentException(
          String.format(
              "The array is of data type %s; only numbers with a fraction are quantized. Cast it.",
              array.dataType()));
    }
    checkBlockSize(blockSize);
    Check.that(array.length() > 0, "the array's length", array.length(), "1 or more");
    boolean known = array.dataType() != DataType.BFLOAT16;
    INDArray from = contiguous(known ? array : array.castTo(DataType.FLOAT));
    INDArray codes = Nd4j.createUninitialized(DataType.INT8, array.shape(), 'c');
    INDArray scales = Nd4j.createUninitialized(DataType.FLOAT, blocks(array.length(), blockSize));
    ArrayQuantizer quantizer = quantizer(map, signed, blockSize);
    double error = quantizer.quantize(from, codes, scales);
    return new QuantizedArray(quantizer, codes, scales, error);
  }

  /**
   * The codes.
   *
   * @return INT8, of the array's shape; no copy
   */
  public INDArray codes() {
    return codes;
  }

  /**
   * The scales.
   *
   * @return FLOAT vector, one scale per block; no copy
   */
  public INDArray scales() {
    return scales;
  }

  /**
   * What the codes and scales stand for.
   *
   * @return a new FLOAT array of the original's shape
   */
  public INDArray dequantize() {
    return dequantize(DataType.FLOAT);
  }

  /**
   * What the codes and scales stand for.
   *
   * @param type FLOAT, DOUBLE, HALF or BFLOAT16
   * @return a new array of the original's shape; HALF saturates at 65504
   * @throws IllegalArgumentException for other data types
   */
  public INDArray dequantize(DataType type) {
    Check.that(type.isFPType(), "type", type, "FLOAT, DOUBLE, HALF or BFLOAT16");
    boolean known = type != DataType.BFLOAT16;
    INDArray array = Nd4j.createUninitialized(known ? type : DataType.FLOAT, codes.shape(), 'c');
    quantizer.dequantize(codes, scales, array);
    return known ? array : array.castTo(type);
  }

  /**
   * The error that quantization introduced.
   *
   * @return the norm of the difference to the original, relative to the original's norm; 0 for an
   *     array of zeros
   * @throws IllegalStateException if this was made from codes
   */
  public double error() {
    if (Double.isNaN(error)) {
      throw new IllegalStateException(
          "The error is known to the QuantizedArray that was made from the original, not from codes.");
    }
    return error;
  }

  private static ArrayQuantizer quantizer(QuantMap map, boolean signed, int blockSize) {
    Codebook codebook = codebook(map, signed);
    ArrayQuantizer onHost = new JavaQuantizer(codebook, signed, blockSize);
    return CudaQuantizer.orElse(onHost, codebook, signed, blockSize);
  }

  private static Codebook codebook(QuantMap map, boolean signed) {
    return map.codebook(signed ? Moment.Kind.FIRST : Moment.Kind.NORM, false);
  }

  private static INDArray contiguous(INDArray array) {
    return GradientView.isContiguous(array) ? array : array.dup('c');
  }

  private static long blocks(long elements, int blockSize) {
    return (elements + blockSize - 1) / blockSize;
  }

  private static void checkBlockSize(int blockSize) {
    Check.that(
        blockSize >= 1 && blockSize <= LARGEST_BLOCK,
        "blockSize",
        blockSize,
        "1 to " + LARGEST_BLOCK);
  }

  private static void requireType(INDArray array, DataType type, String what) {
    if (array.dataType() != type) {
      throw new IllegalArgumentException(
          String.format(
              "The %s are of data type %s and shape %s; they must be %s.",
              what, array.dataType(), Arrays.toString(array.shape()), type));
    }
  }
}
