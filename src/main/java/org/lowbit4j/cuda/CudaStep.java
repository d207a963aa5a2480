package org.lowbit4j.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.kernel.Kernels;
import org.lowbit4j.kernel.PercentileClipping;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateLayout;

/**
 * The steps of one updater on one device: launches, on a stream of the caller's. Arrays are given
 * by their addresses in device memory, and nothing is read back but by {@link #skipped} and {@link
 * #checksum}, which wait for the stream.
 *
 * <p>A step is {@link #open}, {@link #clip} if gradients are clipped, {@link #update}, {@link
 * #close}. They only launch.
 */
final class CudaStep {

  private static final int ANSWERS_BYTES = 32;
  private static final int UPDATE_BYTES = 216;
  private static final int SQUARES_BYTES = 32;
  private static final int CLIP_BYTES = 56;
  private static final int HEADER_ARGUMENTS_BYTES = 232;
  private static final int STATUS_BYTES = 16;
  private static final int HEADER_BYTES = 192;
  private static final int MOST_MOMENTS = 3;
  private static final int MOST_COEFFICIENTS = 16;
  private static final int WARP = 32;
  private static final int GROUP = 4;
  private static final int NORM_BLOCK = 4096;
  private static final int NORM_LANES = 8;
  private static final int NORM_THREADS = 256;
  private static final int THREADS_PER_MULTIPROCESSOR = 2048;

  private final UpdateRule rule;
  private final Codebook[] codebooks;
  private final CUfunc_st update8;
  private final CUfunc_st update32;
  private final CUfunc_st sumSquares;
  private final CUfunc_st clipGradient;
  private final CUfunc_st openStep;
  private final CUfunc_st closeStep;
  private final Arguments updateArguments = new Arguments(UPDATE_BYTES);
  private final Arguments squaresArguments = new Arguments(SQUARES_BYTES);
  private final Arguments clipArguments = new Arguments(CLIP_BYTES);
  private final Arguments headerArguments = new Arguments(HEADER_ARGUMENTS_BYTES);
  private final BytePointer answersHere = new BytePointer(ANSWERS_BYTES);
  private final int multiprocessors;
  private final long answers;
  private final Pointer status;
  private final long statusThere;
  private final ByteBuffer statusHere;
  private final byte[] header = new byte[HEADER_BYTES];
  private long squares;
  private long squaresBytes;

  /**
   * Prepares an updater's steps on the calling thread's device.
   *
   * @param rule the update rule
   * @param codebooks one per moment of the rule
   * @throws CudaException if the driver does not accept the kernels
   */
  CudaStep(UpdateRule rule, Codebook[] codebooks) {
    this.rule = rule;
    this.codebooks = codebooks.clone();
    CudaSource steps = CudaSource.of(rule);
    CudaSource common = CudaSource.common();
    update8 = CudaModules.function(steps, "update8");
    update32 = CudaModules.function(steps, "update32");
    sumSquares = CudaModules.function(common, "sumSquares");
    clipGradient = CudaModules.function(common, "clipGradient");
    openStep = CudaModules.function(common, "openStep");
    closeStep = CudaModules.function(common, "closeStep");
    multiprocessors = Driver.multiprocessors();
    answers = Driver.allocate(ANSWERS_BYTES);
    Driver.zero(answers, ANSWERS_BYTES);
    status = Driver.allocateHere(STATUS_BYTES);
    Pointer.memset(status, 0, STATUS_BYTES);
    statusThere = Driver.onDevice(status);
    statusHere = status.asByteBuffer().order(ByteOrder.nativeOrder());
  }

  /**
   * Turns a gradient into the update and advances the state, but for its header.
   *
   * @param stream of the caller
   * @param layout of the state
   * @param state address
   * @param gradient address, its elements one after the other
   * @param words of the gradient
   * @param c coefficients of the rule at this iteration
   * @param gradientScale what the gradient is multiplied by, NaN for what {@link #clip} found
   * @param iteration steps done before this one
   */
  void update(
      CUstream_st stream,
      StateLayout layout,
      long state,
      long gradient,
      WordType words,
      float[] c,
      float gradientScale,
      int iteration) {
    boolean clipped = Float.isNaN(gradientScale);
    int moments = codebooks.length;
    Arguments a = updateArguments.start();
    a.put(gradient).put(state).put(answers).put(layout.elements());
    for (int k = 0; k < MOST_MOMENTS; k++) {
      a.put(k < moments && layout.bits() == 8 ? layout.scaleOffset(k, 0) : 0);
    }
    for (int k = 0; k < MOST_MOMENTS; k++) {
      a.put(k < moments ? layout.valueOffset(k, 0) : 0);
    }
    for (int k = 0; k < MOST_MOMENTS; k++) {
      a.put(k < moments ? DeviceTables.address(codebooks[k]) : 0L);
    }
    for (int k = 0; k < MOST_MOMENTS; k++) {
      a.put(k < moments && codebooks[k].storesRoot() ? 1 : 0);
    }
    for (int k = 0; k < MOST_MOMENTS; k++) {
      a.put(k < moments && Kernels.isSlow(rule, k, c) ? 1 : 0);
    }
    a.put(layout.blockSize()).put(layout.wordType().id()).put(words.id()).put(iteration);
    a.put(clipped ? 1 : 0).put(clipped ? 1f : gradientScale);
    for (int i = 0; i < MOST_COEFFICIENTS; i++) {
      a.put(i < c.length ? c[i] : 0f);
    }
    int threads = Math.max(WARP, layout.blockSize() / GROUP);
    int most = Math.max(1, multiprocessors * (THREADS_PER_MULTIPROCESSOR / threads));
    int grid = (int) Math.min(most, layout.blocks());
    Driver.launch(layout.bits() == 8 ? update8 : update32, grid, threads, stream, a.pointers());
  }

  /**
   * Notes the gradient's norm in the state and finds what the gradient is multiplied by: percentile
   * clipping.
   *
   * @param stream of the caller
   * @param layout of the state
   * @param state address
   * @param gradient address, its elements one after the other
   * @param words of the gradient
   * @param percentile 0 to 100
   * @param iteration steps done before this one
   */
  void clip(
      CUstream_st stream,
      StateLayout layout,
      long state,
      long gradient,
      WordType words,
      int percentile,
      int iteration) {
    if (layout.norms() != PercentileClipping.HISTORY) {
      throw new IllegalArgumentException("The state has room for " + layout.norms() + " norms.");
    }
    long blocks = (layout.elements() + NORM_BLOCK - 1) / NORM_BLOCK;
    reserve(stream, blocks * Double.BYTES);
    Arguments s = squaresArguments.start();
    s.put(gradient).put(squares).put(layout.elements()).put(words.id()).put(0);
    int grid = Math.toIntExact((blocks * NORM_LANES + NORM_THREADS - 1) / NORM_THREADS);
    Driver.launch(sumSquares, grid, NORM_THREADS, stream, s.pointers());
    Arguments a = clipArguments.start();
    a.put(squares).put(state).put(answers).put(blocks).put(layout.normsOffset());
    a.put(layout.wordType().id()).put(codebooks.length).put(iteration).put(percentile);
    Driver.launch(clipGradient, 1, 4 * WARP, stream, a.pointers());
  }

  /**
   * Begins a step: unless the state's header is the one that was written last, or that of fresh
   * state, nothing is done until the next call with {@code adopted}, and updates are 0.
   *
   * @param stream of the caller
   * @param layout of the state
   * @param state address
   * @param headerBytes the header, its checksum zero
   * @param adopted whether the state was verified just now, so that its checksum is right
   */
  void open(
      CUstream_st stream, StateLayout layout, long state, byte[] headerBytes, boolean adopted) {
    if (adopted) {
      statusHere.putLong(0, 0);
    }
    launch(openStep, stream, layout, state, headerBytes, adopted);
  }

  /**
   * Ends a step: writes the state's header.
   *
   * @param stream of the caller
   * @param layout of the state
   * @param state address
   * @param headerBytes the header, its checksum zero
   */
  void close(CUstream_st stream, StateLayout layout, long state, byte[] headerBytes) {
    launch(closeStep, stream, layout, state, headerBytes, false);
  }

  private void launch(
      CUfunc_st function,
      CUstream_st stream,
      StateLayout layout,
      long state,
      byte[] headerBytes,
      boolean adopted) {
    System.arraycopy(headerBytes, 0, header, 0, headerBytes.length);
    Arguments a = headerArguments.start();
    a.put(state).put(answers).put(statusThere).put(layout.wordType().id()).put(headerBytes.length);
    a.put(adopted ? 1 : 0).put(0).put(header);
    Driver.launch(function, 1, WARP, stream, a.pointers());
  }

  /** Whether some step so far found state that this updater did not write; does not wait. */
  boolean isForeign() {
    return statusHere.getLong(0) != 0;
  }

  /** Gradient elements that were not finite in the steps known to have ended; does not wait. */
  long skippedSoFar() {
    return statusHere.getLong(Long.BYTES);
  }

  /** The checksum that was written last. */
  long checksum(CUstream_st stream) {
    return answer(stream, 2);
  }

  /** Gradient elements that were not finite, so far. */
  long skipped(CUstream_st stream) {
    return answer(stream, 1);
  }

  /** Frees the device memory, after the last step. */
  void free() {
    Driver.free(answers);
    Driver.freeHere(status);
    if (squares != 0) {
      Driver.free(squares);
    }
  }

  private long answer(CUstream_st stream, int index) {
    Driver.synchronize(stream);
    Driver.toHost(answers, answersHere, ANSWERS_BYTES);
    return answersHere.asByteBuffer().order(ByteOrder.nativeOrder()).getLong(index * Long.BYTES);
  }

  private void reserve(CUstream_st stream, long bytes) {
    if (bytes > squaresBytes) {
      if (squares != 0) {
        Driver.synchronize(stream);
        Driver.free(squares);
      }
      squares = Driver.allocate(bytes);
      squaresBytes = bytes;
    }
  }
}
