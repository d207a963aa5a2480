package org.lowbit4j.cuda;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Access to the host's memory of any backend's arrays. With the CUDA backend an array may have been
 * written last on the device; on the CPU there is nothing to do.
 */
public final class HostAccess {

  /** Null unless ND4J's backend is CUDA. */
  private static final CudaArrays CUDA = CudaArrays.ofBackend();

  private HostAccess() {}

  /**
   * Whether arrays lie in the host's memory only.
   *
   * @return false with the CUDA backend
   */
  public static boolean isDirect() {
    return CUDA == null;
  }

  /** Makes an array valid on the host; call it before reading or writing the host's memory. */
  public static void begin(INDArray array) {
    if (CUDA != null) {
      CUDA.toHost(array);
    }
  }

  /** Notes that an array was written on the host. */
  public static void written(INDArray array) {
    if (CUDA != null) {
      CUDA.hostWritten(array);
    }
  }
}
