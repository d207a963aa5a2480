package org.lowbit4j.cuda;

/**
 * How many threads a kernel is launched with. Most kernels take any number of thread blocks, since
 * each does one piece of work after the other; a device is given as many as it runs at a time.
 */
final class LaunchSize {

  private static final int WARP = 32;
  private static final int GROUP = 4;
  private static final int THREADS_PER_MULTIPROCESSOR = 2048;

  /** Threads per thread block. */
  final int threads;

  /** Pieces of work, one or more. */
  final long blocks;

  /** Thread blocks per multiprocessor at most; 0 if each piece of work needs one of its own. */
  final int perMultiprocessor;

  private LaunchSize(int threads, long blocks, int perMultiprocessor) {
    this.threads = threads;
    this.blocks = blocks;
    this.perMultiprocessor = perMultiprocessor;
  }

  /**
   * For a kernel that goes through quantization blocks, four elements per thread.
   *
   * @param most threads per thread block
   */
  static LaunchSize ofBlocks(int blockSize, int most, long blocks) {
    int groups = (blockSize + GROUP - 1) / GROUP;
    int threads = Math.min(most, (groups + WARP - 1) / WARP * WARP);
    return new LaunchSize(threads, blocks, THREADS_PER_MULTIPROCESSOR / threads);
  }

  /** For a kernel that needs a thread block per piece of work. */
  static LaunchSize exactly(int threads, long blocks) {
    return new LaunchSize(threads, blocks, 0);
  }

  /** Thread blocks on a device. */
  int grid(int multiprocessors) {
    long most = perMultiprocessor == 0 ? blocks : (long) multiprocessors * perMultiprocessor;
    return Math.toIntExact(Math.min(Math.max(1, most), blocks));
  }
}
