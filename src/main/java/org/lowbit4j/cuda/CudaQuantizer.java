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

  private static final int QUANTIZE_BYTES = 72;
  private static final int DEQUANTIZE_BYTES = 48;
  private static final int WARP = 32;
  private static final int GROUP = 4;
  private static final int MOST_THREADS = 256;
  private static final int THREADS_PER_MULTIPROCESSOR = 2048;

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
          try (Arguments a = new Arguments(QUANTIZE_BYTES)) {
            a.put(at[4]).put(at[0]).put(at[1]).put(at[2]).put(at[3]);
            a.put(DeviceTables.address(codebook)).put(array.length());
            a.put(WordType.of(array.dataType(), "array").id());
            a.put(blockSize).put(signed ? 1 : 0).put(0);
            launch("quantizeBlockwise", scales.length(), stream, a);
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
          try (Arguments a = new Arguments(DEQUANTIZE_BYTES)) {
            a.put(at[0]).put(at[1]).put(at[2]).put(DeviceTables.address(codebook));
            a.put(array.length()).put(WordType.of(array.dataType(), "array").id()).put(blockSize);
            launch("dequantizeBlockwise", scales.length(), stream, a);
          }
        },
        1,
        array,
        codes,
        scales);
  }

  private void launch(String kernel, long blocks, CUstream_st stream, Arguments a) {
    int groups = (blockSize + GROUP - 1) / GROUP;
    int threads = Math.min(MOST_THREADS, (groups + WARP - 1) / WARP * WARP);
    int most = Driver.multiprocessors() * (THREADS_PER_MULTIPROCESSOR / threads);
    int grid = (int) Math.min(most, blocks);
    Driver.launch(
        CudaModules.function(CudaSource.quantize(), kernel), grid, threads, stream, a.pointers());
  }

  boolean isUsable() {
    return Verdicts.of(arrays.device(), CudaSource.QUANTIZE, () -> QuantizerSelfTest.run(arrays))
        .isEmpty();
  }

  private void toHost(INDArray... all) {
    for (INDArray array : all) {
      arrays.toHost(array);
    }
  }
}
