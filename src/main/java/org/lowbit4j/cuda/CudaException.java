package org.lowbit4j.cuda;

/** CUDA did not do what was asked, or not as it should. */
public final class CudaException extends RuntimeException {

  /**
   * Makes one.
   *
   * @param message what failed, and the driver's words
   */
  CudaException(String message) {
    super(message);
  }
}
