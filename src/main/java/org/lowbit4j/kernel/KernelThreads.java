package org.lowbit4j.kernel;

import org.nd4j.linalg.factory.Nd4j;

/** How many threads a kernel has. */
final class KernelThreads {

  private static final int MOST = 256;

  private KernelThreads() {}

  /**
   * Reads the system property.
   *
   * @param property its value or null
   * @return 1 or more, or 0 for as many as ND4J has
   * @throws IllegalArgumentException if it is no such number
   */
  static int parse(String property) {
    if (property == null) {
      return 0;
    }
    if (property.matches("[1-9]\\d{0,2}") && Integer.parseInt(property) <= MOST) {
      return Integer.parseInt(property);
    }
    throw new IllegalArgumentException(
        String.format(
            "%s is %s; it must be a whole number of threads, 1 to %d.",
            Kernels.THREADS_PROPERTY, property, MOST));
  }

  /** ND4J's: OpenMP's, as OMP_NUM_THREADS has it, or what was set since. */
  static int ofNd4j() {
    return Math.max(1, Math.min(MOST, Nd4j.getEnvironment().maxMasterThreads()));
  }
}
