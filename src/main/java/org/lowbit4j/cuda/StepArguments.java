package org.lowbit4j.cuda;

import java.util.function.ToLongFunction;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.kernel.Kernels;
import org.lowbit4j.kernel.PercentileClipping;
import org.lowbit4j.memory.SquaredNorm;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateHeader;
import org.lowbit4j.state.StateLayout;

/**
 * What the kernels of a step are told, and how many threads they need: the structures of {@code
 * cuda/arguments.h}. Knows addresses, but touches no memory and no driver.
 */
final class StepArguments {

  /** Bytes of what kernels leave to each other and to the next step; zeros at first. */
  static final int ANSWERS_BYTES = 48;

  /** Bytes, in the host's memory, of what kernels tell the host; zeros at first. */
  static final int STATUS_BYTES = 16;

  private static final int UPDATE_BYTES = 432;
  private static final int CLIP_BYTES = 280;
  private static final int HEADER_BYTES = 192;
  private static final int MOST_MOMENTS = 3;
  private static final int MOST_COEFFICIENTS = 16;
  private static final int MOST_THREADS = 1024;
  private static final int NORM_LANES = 8;
  private static final int NORM_THREADS = 256;

  private final UpdateRule rule;
  private final Codebook[] codebooks;
  private final ToLongFunction<Codebook> tables;
  private final long answers;
  private final long status;
  private final Arguments updateArguments = new Arguments(UPDATE_BYTES);
  private final Arguments clipArguments = new Arguments(CLIP_BYTES);
  private final byte[] header = new byte[HEADER_BYTES];

  /**
   * Of an updater.
   *
   * @param codebooks one per moment of the rule
   * @param tables where a codebook's table lies
   * @param answers where there are {@value #ANSWERS_BYTES} bytes
   * @param status where there are {@value #STATUS_BYTES} bytes of the host's memory
   */
  StepArguments(
      UpdateRule rule,
      Codebook[] codebooks,
      ToLongFunction<Codebook> tables,
      long answers,
      long status) {
    this.rule = rule;
    this.codebooks = codebooks;
    this.tables = tables;
    this.answers = answers;
    this.status = status;
  }

  /** The kernel that does a step. */
  static String updateKernel(StateLayout layout) {
    return "update" + layout.bits();
  }

  /** The threads of an update. */
  static LaunchSize updateSize(StateLayout layout) {
    return LaunchSize.ofBlocks(layout.blockSize(), MOST_THREADS, layout.blocks());
  }

  /** The threads of percentile clipping, eight per block of the norm. */
  static LaunchSize clipSize(StateLayout layout) {
    long threads = normBlocks(layout) * NORM_LANES;
    return LaunchSize.exactly(NORM_THREADS, (threads + NORM_THREADS - 1) / NORM_THREADS);
  }

  /** Bytes that percentile clipping needs for its sums of squares. */
  static long squaresBytes(StateLayout layout) {
    return normBlocks(layout) * Double.BYTES;
  }

  private static long normBlocks(StateLayout layout) {
    return (layout.elements() + SquaredNorm.BLOCK - 1) / SquaredNorm.BLOCK;
  }

  /**
   * Of an update.
   *
   * @param gradientScale what the gradient is multiplied by, NaN for what percentile clipping found
   * @param steps done with the state before this one
   */
  Arguments update(StepOperands on, float[] c, float gradientScale, int steps) {
    StateLayout layout = on.layout;
    boolean clipped = Float.isNaN(gradientScale);
    Arguments a = updateArguments.start();
    a.put(on.gradient).put(on.state).put(answers).put(status).put(layout.elements());
    putMoments(a, layout, c);
    a.put(layout.blockSize()).put(layout.wordType().id()).put(on.gradientWords.id());
    a.put(steps).put(clipped ? 1 : 0).put(clipped ? 1f : gradientScale);
    for (int i = 0; i < MOST_COEFFICIENTS; i++) {
      a.put(i < c.length ? c[i] : 0f);
    }
    putHeader(a, on.header, steps);
    return a;
  }

  /**
   * Of percentile clipping, before the update.
   *
   * @param squares where there is room for {@link #squaresBytes}
   * @param percentile 0 to 100
   * @param steps done with the state before this one
   */
  Arguments clip(StepOperands on, long squares, int percentile, int steps) {
    StateLayout layout = on.layout;
    if (layout.norms() != PercentileClipping.HISTORY) {
      throw new IllegalArgumentException("The state has room for " + layout.norms() + " norms.");
    }
    Arguments a = clipArguments.start();
    a.put(on.gradient).put(on.state).put(answers).put(squares).put(layout.elements());
    a.put(layout.normsOffset()).put(on.gradientWords.id()).put(layout.wordType().id());
    a.put(SquaredNorm.BLOCK).put(codebooks.length).put(steps).put(percentile);
    putHeader(a, on.header, steps);
    return a;
  }

  private void putMoments(Arguments a, StateLayout layout, float[] c) {
    int moments = codebooks.length;
    for (int k = 0; k < MOST_MOMENTS; k++) {
      a.put(k < moments && layout.isQuantized() ? layout.scaleOffset(k, 0) : 0);
    }
    for (int k = 0; k < MOST_MOMENTS; k++) {
      a.put(k < moments ? layout.valueOffset(k, 0) : 0);
    }
    for (int k = 0; k < MOST_MOMENTS; k++) {
      a.put(k < moments ? tables.applyAsLong(codebooks[k]) : 0L);
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
}
