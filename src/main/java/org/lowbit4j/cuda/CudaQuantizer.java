package org.lowbit4j.cuda;

import org.bytedeco.cuda.cudart.CUstream_st;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.kernel.ArrayQuantizer;
import org.lowbit4j.kernel.QuantizationSums;
import org.lowbit4j.memory.WordType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Quantizes in device memory, or on the host where the kernels cannot be used: they are tested at
 * first use, see {@link CudaUpdates}.
 */
public class CudaQuantizer implements ArrayQuantizer {

  private final CudaArrays arrays;
  private final ArrayQuantizer onHost;
  private final Codebook codebook;
  private final boolean signed;
  private final int blockSize;

  /** With arrays of a test's. */
  CudaQuantizer(
      CudaArrays arrays, ArrayQuantizer onHost, Codebook codebook, boolean signed, int blockSize) {
    this.arrays = arrays;
    this.onHost = onHost;
    this.codebook = codebook;
    this.signed = signed;
    this.blockSize = blockSize;
  }

  /**
   * Chooses what quantizes.
   *
   * @param signed whether it has negative values
   * @param blockSize elements per scale, 1 to 2^22
   * @return the first argument unless ND4J's backend is CUDA
   */
  public static ArrayQuantizer orElse(
      ArrayQuantizer onHost, Codebook codebook, boolean signed, int blockSize) {
    CudaArrays arrays = CudaArrays.ofBackend();
    return arrays == null ? onHost : new CudaQuantizer(arrays, onHost, codebook, signed, blockSize);
  }

  @Override
  public double quantize(INDArray array, INDArray codes, INDArray scales) {
    if (isUsable()) {
      return launchQuantize(array, codes, scales).relativeError();
    }
    toHost(array, codes, scales);
    double error = onHost.quantize(array, codes, scales);
    arrays.hostWritten(codes);
    arrays.hostWritten(scales);
    return error;
  }

  @Override
  public void dequantize(INDArray codes, INDArray scales, INDArray array) {
    if (isUsable()) {
      launchDequantize(codes, scales, array);
      return;
    }
    toHost(array, codes, scales);
    onHost.dequantize(codes, scales, array);
    arrays.hostWritten(array);
  }

  /** Waits for the device. */
  QuantizationSums launchQuantize(INDArray array, INDArray codes, INDArray scales) {
    INDArray perBlock = Nd4j.createUninitialized(DataType.FLOAT, 2 * scales.length());
    INDArray refused = Nd4j.zeros(DataType.INT64, 2);
    arrays.run(
        (stream, at) -> {
          QuantizerArguments all = arguments();
          WordType words = WordType.of(array.dataType(), "array");
          long n = array.length();
          try (Arguments a = all.quantize(at[4], words, n, at[0], at[1], at[2], at[3])) {
            launch("quantizeBlockwise", all.size(n), stream, a);
          }
        },
        4,
        codes,
        scales,
        perBlock,
        refused,
        array);
    float[] s = scales.toFloatVector();
    float[] p = perBlock.toFloatVector();
    QuantizationSums sums = new QuantizationSums();
    for (int block = 0; block < s.length; block++) {
      sums.add(s[block], p[2 * block], p[2 * block + 1]);
    }
    sums.refuse(refused.getLong(0), refused.getLong(1));
    return sums;
  }

  void launchDequantize(INDArray codes, INDArray scales, INDArray array) {
    arrays.run(
        (stream, at) -> {
          QuantizerArguments all = arguments();
          WordType words = WordType.of(array.dataType(), "array");
          long n = array.length();
          try (Arguments a = all.dequantize(at[0], words, n, at[1], at[2])) {
            launch("dequantizeBlockwise", all.size(n), stream, a);
          }
        },
        1,
        array,
        codes,
        scales);
  }

  private QuantizerArguments arguments() {
    return new QuantizerArguments(DeviceTables.address(codebook), signed, blockSize);
  }

  private static void launch(String kernel, LaunchSize size, CUstream_st stream, Arguments a) {
    Driver.launch(
        CudaModules.function(CudaSource.quantize(), kernel),
        size.grid(Driver.multiprocessors()),
        size.threads,
        stream,
        a.pointers());
  }

  boolean isUsable() {
    return Verdicts.ofQuantizer(arrays.device(), arrays).isEmpty();
  }

  private void toHost(INDArray... all) {
    for (INDArray array : all) {
      arrays.toHost(array);
    }
  }
}
