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
import org.lowbit4j.memory.SquaredNorm;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateHeader;
import org.lowbit4j.state.StateLayout;

/**
 * The steps of one updater on one device: launches, on a stream of the caller's. Nothing is read
 * back but by {@link #skipped} and {@link #checksum}, which wait for the stream.
 *
 * <p>A step is {@link #update}, with {@link #clip} before it if gradients are clipped: one launch
 * each. Unless the state's header is the one that was written last, or that of fresh state where
 * that is expected, a step leaves the state alone and its update is 0, and so do those after it
 * until one whose state the host has verified.
 */
final class CudaStep {

  private static final int ANSWERS_BYTES = 48;
  private static final int UPDATE_BYTES = 432;
  private static final int CLIP_BYTES = 280;
  private static final int STATUS_BYTES = 16;
  private static final int HEADER_BYTES = 192;
  private static final int MOST_MOMENTS = 3;
  private static final int MOST_COEFFICIENTS = 16;
  private static final int WARP = 32;
  private static final int GROUP = 4;
  private static final int NORM_LANES = 8;
  private static final int NORM_THREADS = 256;
  private static final int THREADS_PER_MULTIPROCESSOR = 2048;

  private final UpdateRule rule;
  private final Codebook[] codebooks;
  private final CUfunc_st update8;
  private final CUfunc_st update32;
  private final CUfunc_st clipGradient;
  private final Arguments updateArguments = new Arguments(UPDATE_BYTES);
  private final Arguments clipArguments = new Arguments(CLIP_BYTES);
  private final BytePointer answersHere = new BytePointer(ANSWERS_BYTES);
  private final int multiprocessors;
  private final DeviceMemory memory;
  private final long answers;
  private final long statusThere;
  private final ByteBuffer statusHere;
  private final byte[] header = new byte[HEADER_BYTES];
  private long squares;
  private long squaresBytes;

  /**
   * Prepares an updater's steps on the calling thread's device.
   *
   * @param codebooks one per moment of the rule
   * @throws CudaException if the driver does not accept the kernels
   */
  CudaStep(UpdateRule rule, Codebook[] codebooks) {
    this.rule = rule;
    this.codebooks = codebooks.clone();
    CudaSource steps = CudaSource.of(rule);
    update8 = CudaModules.function(steps, "update8");
    update32 = CudaModules.function(steps, "update32");
    clipGradient = CudaModules.function(CudaSource.clip(), "clipGradient");
    multiprocessors = Driver.multiprocessors();
    memory = new DeviceMemory(this);
    answers = memory.allocate(ANSWERS_BYTES);
    Driver.zero(answers, ANSWERS_BYTES);
    Pointer status = memory.allocateHere(STATUS_BYTES);
    Pointer.memset(status, 0, STATUS_BYTES);
    statusThere = Driver.onDevice(status);
    statusHere = status.asByteBuffer().order(ByteOrder.nativeOrder());
  }

  /**
   * Turns a gradient into the update and advances the state, its header included.
   *
   * @param gradientScale what the gradient is multiplied by, NaN for what {@link #clip} found
   * @param steps done with the state before this one
   */
  void update(CUstream_st stream, StepOperands on, float[] c, float gradientScale, int steps) {
    if (on.header.adopted) {
      // What steps before this one found wrong is settled; they have ended.
      statusHere.putLong(0, 0);
    }
    StateLayout layout = on.layout;
    boolean clipped = Float.isNaN(gradientScale);
    Arguments a = updateArguments.start();
    a.put(on.gradient).put(on.state).put(answers).put(statusThere).put(layout.elements());
    putMoments(a, layout, c);
    a.put(layout.blockSize()).put(layout.wordType().id()).put(on.gradientWords.id());
    a.put(steps).put(clipped ? 1 : 0).put(clipped ? 1f : gradientScale);
    for (int i = 0; i < MOST_COEFFICIENTS; i++) {
      a.put(i < c.length ? c[i] : 0f);
    }
    putHeader(a, on.header, steps);
    int threads = Math.max(WARP, layout.blockSize() / GROUP);
    int most = Math.max(1, multiprocessors * (THREADS_PER_MULTIPROCESSOR / threads));
    int grid = (int) Math.min(most, layout.blocks());
    Driver.launch(layout.bits() == 8 ? update8 : update32, grid, threads, stream, a.pointers());
  }

  /**
   * Notes the gradient's norm in the state and finds what the gradient is multiplied by: percentile
   * clipping.
   *
   * @param percentile 0 to 100
   * @param steps done with the state before this one
   */
  void clip(CUstream_st stream, StepOperands on, int percentile, int steps) {
    StateLayout layout = on.layout;
    if (layout.norms() != PercentileClipping.HISTORY) {
      throw new IllegalArgumentException("The state has room for " + layout.norms() + " norms.");
    }
    long blocks = (layout.elements() + SquaredNorm.BLOCK - 1) / SquaredNorm.BLOCK;
    reserve(stream, blocks * Double.BYTES);
    Arguments a = clipArguments.start();
    a.put(on.gradient).put(on.state).put(answers).put(squares).put(layout.elements());
    a.put(layout.normsOffset()).put(on.gradientWords.id()).put(layout.wordType().id());
    a.put(SquaredNorm.BLOCK).put(codebooks.length).put(steps).put(percentile);
    putHeader(a, on.header, steps);
    int grid = Math.toIntExact((blocks * NORM_LANES + NORM_THREADS - 1) / NORM_THREADS);
    Driver.launch(clipGradient, grid, NORM_THREADS, stream, a.pointers());
  }

  private void putMoments(Arguments a, StateLayout layout, float[] c) {
    int moments = codebooks.length;
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
  }

  private void putHeader(Arguments a, ExpectedHeader expected, int steps) {
    byte[] words = expected.words;
    System.arraycopy(words, 0, header, 0, words.length);
    a.put(words.length).put(expected.adopted ? 1 : 0).put(expected.fresh ? 1 : 0);
    a.put(StateHeader.storedSteps(steps + 1)).put(header);
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

  /** What {@link #clip} found last. */
  float gradientScale(CUstream_st stream) {
    return Float.intBitsToFloat((int) answer(stream, 5));
  }

  /** Gradient elements that were not finite, so far. */
  long skipped(CUstream_st stream) {
    return answer(stream, 1);
  }

  /** Frees the device memory at once, after the last step. */
  void free() {
    memory.free();
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
        memory.free(squares);
      }
      squares = memory.allocate(bytes);
      squaresBytes = bytes;
    }
  }
}
