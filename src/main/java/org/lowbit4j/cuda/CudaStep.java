package org.lowbit4j.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.rule.UpdateRule;

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

  private final CUfunc_st update4;
  private final CUfunc_st update8;
  private final CUfunc_st update32;
  private final CUfunc_st clipGradient;
  private final StepArguments arguments;
  private final BytePointer answersHere = new BytePointer(StepArguments.ANSWERS_BYTES);
  private final int multiprocessors;
  private final DeviceMemory memory;
  private final long answers;
  private final ByteBuffer statusHere;
  private long squares;
  private long squaresBytes;

  /**
   * Prepares an updater's steps on the calling thread's device.
   *
   * @param codebooks one per moment of the rule
   * @throws CudaException if the driver does not accept the kernels
   */
  CudaStep(UpdateRule rule, Codebook[] codebooks) {
    CudaSource steps = CudaSource.of(rule);
    update4 = CudaModules.function(steps, "update4");
    update8 = CudaModules.function(steps, "update8");
    update32 = CudaModules.function(steps, "update32");
    clipGradient = CudaModules.function(CudaSource.clip(), "clipGradient");
    multiprocessors = Driver.multiprocessors();
    memory = new DeviceMemory(this);
    answers = memory.allocate(StepArguments.ANSWERS_BYTES);
    Driver.zero(answers, StepArguments.ANSWERS_BYTES);
    Pointer status = memory.allocateHere(StepArguments.STATUS_BYTES);
    Pointer.memset(status, 0, StepArguments.STATUS_BYTES);
    statusHere = status.asByteBuffer().order(ByteOrder.nativeOrder());
    arguments =
        new StepArguments(
            rule, codebooks.clone(), DeviceTables::address, answers, Driver.onDevice(status));
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
    int bits = on.layout.bits();
    launch(
        bits == 4 ? update4 : bits == 8 ? update8 : update32,
        StepArguments.updateSize(on.layout),
        stream,
        arguments.update(on, c, gradientScale, steps));
  }

  /**
   * Notes the gradient's norm in the state and finds what the gradient is multiplied by: percentile
   * clipping.
   *
   * @param percentile 0 to 100
   * @param steps done with the state before this one
   */
  void clip(CUstream_st stream, StepOperands on, int percentile, int steps) {
    reserve(stream, StepArguments.squaresBytes(on.layout));
    launch(
        clipGradient,
        StepArguments.clipSize(on.layout),
        stream,
        arguments.clip(on, squares, percentile, steps));
  }

  private void launch(CUfunc_st function, LaunchSize size, CUstream_st stream, Arguments a) {
    Driver.launch(function, size.grid(multiprocessors), size.threads, stream, a.pointers());
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
    Driver.toHost(answers, answersHere, StepArguments.ANSWERS_BYTES);
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
