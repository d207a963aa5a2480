package org.lowbit4j.kernel;

import java.util.Arrays;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.rule.Moment;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateChecksum;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateMemory;

/**
 * One step of an optimizer on blocks of state, by one thread: load the gradient, decode, apply the
 * rule in float32, encode, store.
 *
 * <p>Buffers hold one block and are made once; the whole state is never decoded at a time. Not
 * thread-safe.
 */
final class BlockSteps {

  /**
   * Outside these magnitudes squares leave float32's range, or lose precision; blocks there are
   * rescaled.
   */
  private static final float LARGE = 0x1p60f;

  private static final float SMALL = 0x1p-40f;

  /** Signed moments that decay more slowly than this are dithered whatever their size. */
  private static final float SLOW = 0.95f;

  private final UpdateRule rule;
  private final Codebook[] codebooks;
  private final int momentCount;
  private final float[] gradient;
  private final float[][] moments;
  private final float[] scales;
  private final byte[][] codes;
  private final float[] rescaledCoefficients;
  private final int[] skippedAt;
  private final float[][] kept;
  private final boolean dithers;

  /** The moment that relative ones are divided by; -1 if there are none. */
  private final int divisor;

  /** What is stored of it. */
  private final float[] roots;

  private final float[] fromMiddle;
  private final float[] work;
  private long skipped;
  private long damaged;

  /**
   * Makes buffers.
   *
   * @param codebooks one per moment of the rule
   */
  BlockSteps(UpdateRule rule, Codebook[] codebooks, int blockSize) {
    this.rule = rule;
    this.codebooks = codebooks.clone();
    this.momentCount = rule.moments().size();
    this.gradient = new float[blockSize];
    this.moments = new float[momentCount][blockSize];
    this.scales = new float[momentCount];
    this.codes = new byte[momentCount][blockSize];
    this.rescaledCoefficients = new float[rule.coefficientCount()];
    this.skippedAt = new int[blockSize];
    this.kept = new float[momentCount][blockSize];
    this.dithers = Arrays.stream(codebooks).anyMatch(c -> c.top() > 0);
    boolean relates = Arrays.stream(codebooks).anyMatch(Codebook::isRelative);
    this.divisor = relates ? Moment.divisor(rule.moments()) : -1;
    this.roots = new float[relates ? blockSize : 0];
    this.fromMiddle = new float[blockSize];
    this.work = new float[blockSize];
  }

  /** Whether a moment at this step is dithered whatever its size. */
  static boolean isSlow(UpdateRule rule, int k, float[] coefficients) {
    return rule.decay(k, coefficients) > SLOW;
  }

  long skipped() {
    return skipped;
  }

  long damaged() {
    return damaged;
  }

  /** {@link Kernel#step} on blocks up to an end. */
  long step(
      StateMemory state,
      GradientView gradients,
      float[] coefficients,
      float gradientScale,
      int iteration,
      long from,
      long end) {
    StateLayout layout = state.layout();
    float floor = rule.floor(coefficients);
    long checksum = 0;
    for (long block = from; block < end; block++) {
      int n = layout.blockLength(block);
      long first = block * layout.blockSize();
      gradients.load(first, n, gradient);
      float magnitude = Codebook.absMax(gradient, n);
      int skippedHere = 0;
      if (!Float.isFinite(magnitude)) {
        skippedHere = zeroNonFinite(n);
        magnitude = Codebook.absMax(gradient, n);
      }
      if (gradientScale != 1) {
        multiplyAll(gradient, n, gradientScale, 1);
        magnitude *= gradientScale;
      }
      magnitude = Math.max(magnitude, load(state, block, n));
      if (isDamaged(state, n)) {
        damaged++;
        Arrays.fill(gradient, 0, n, 0);
      } else if (skippedHere < n) {
        float factor = factor(Math.max(magnitude, floor), relativeBound(layout.isQuantized()));
        decode(layout.isQuantized(), n, factor);
        keepSkipped(skippedHere);
        float[] c = rescaled(coefficients, factor);
        rule.step(gradient, moments, n, c);
        if (factor != 1 && rule.updateDegree() != 0) {
          multiplyAll(gradient, n, 1 / factor, rule.updateDegree());
        }
        restoreSkipped(skippedHere);
        if (dithers && layout.isQuantized()) {
          Codebook.dither(first, iteration, n, fromMiddle);
        }
        store(state, block, n, 1 / factor, c);
      }
      checksum += checksum(layout, block, n);
      gradients.store(first, n, gradient);
      skipped += skippedHere;
    }
    return checksum;
  }

  /** {@link Kernel#decode} of blocks up to an end. */
  void decode(StateMemory state, int k, float[] out, long from, long end) {
    StateLayout layout = state.layout();
    for (long block = from; block < end; block++) {
      int n = layout.blockLength(block);
      load(state, block, n);
      decode(layout.isQuantized(), n, 1);
      System.arraycopy(moments[k], 0, out, (int) (block * layout.blockSize()), n);
    }
  }

  /** Replaces elements that are not finite by 0 and notes where they are. */
  private int zeroNonFinite(int n) {
    int count = 0;
    for (int i = 0; i < n; i++) {
      if (!Float.isFinite(gradient[i])) {
        gradient[i] = 0;
        skippedAt[count++] = i;
      }
    }
    return count;
  }

  private void keepSkipped(int count) {
    for (int j = 0; j < count; j++) {
      for (int k = 0; k < momentCount; k++) {
        kept[k][j] = moments[k][skippedAt[j]];
      }
    }
  }

  private void restoreSkipped(int count) {
    for (int j = 0; j < count; j++) {
      for (int k = 0; k < momentCount; k++) {
        moments[k][skippedAt[j]] = kept[k][j];
      }
      gradient[skippedAt[j]] = 0;
    }
  }

  /** Reads a block of state as it is stored; returns its magnitude in units of the gradient. */
  private float load(StateMemory state, long block, int n) {
    float magnitude = 0;
    for (int k = 0; k < momentCount; k++) {
      if (state.layout().isQuantized()) {
        scales[k] = state.scale(k, block);
        state.readCodes(k, block, codes[k]);
      } else {
        state.readValues(k, block, moments[k]);
        scales[k] = Codebook.absMax(moments[k], n);
      }
      int degree = storedDegree(state.layout().isQuantized(), k);
      if (degree > 0) {
        magnitude = Math.max(magnitude, degree == 2 ? (float) Math.sqrt(scales[k]) : scales[k]);
      }
    }
    return magnitude;
  }

  /**
   * What no {@linkplain Codebook#isRelative relative} moment of the block that {@link #load} read
   * is larger than; may be infinite.
   */
  private float relativeBound(boolean quantized) {
    float bound = 0;
    for (int k = 0; quantized && divisor >= 0 && k < momentCount; k++) {
      bound = codebooks[k].isRelative() ? Math.max(bound, scales[k] * scales[divisor]) : bound;
    }
    return bound;
  }

  /** Whether what {@link #load} read is what no step writes, and would ruin parameters. */
  private boolean isDamaged(StateMemory state, int n) {
    boolean bad = false;
    for (int k = 0; k < momentCount; k++) {
      bad |= !(scales[k] >= 0 && scales[k] <= Float.MAX_VALUE);
      if (state.layout().isQuantized()) {
        bad |= state.hasReserved(codes[k], n);
      } else if (!rule.moments().get(k).kind().isSigned()) {
        bad |= hasNegative(moments[k], n);
      }
    }
    return bad;
  }

  private static boolean hasNegative(float[] x, int n) {
    boolean negative = false;
    for (int i = 0; i < n; i++) {
      negative |= x[i] < 0;
    }
    return negative;
  }

  /** The power of the gradient that what is stored of a moment grows with. */
  private int storedDegree(boolean quantized, int k) {
    int degree = rule.moments().get(k).kind().degree();
    if (!quantized) {
      return degree;
    }
    return codebooks[k].isRelative() ? 0 : codebooks[k].storesRoot() ? degree / 2 : degree;
  }

  /**
   * Turns what {@link #load} read into moments in float32, multiplied by the factor to their
   * degree.
   */
  private void decode(boolean quantized, int n, float factor) {
    for (int k = 0; k < momentCount; k++) {
      if (quantized) {
        float scale = multiply(scales[k], factor, storedDegree(true, k));
        if (codebooks[k].isRelative() && factor != 1) {
          scale = Math.min(scale, LARGE / (scales[divisor] * factor));
        }
        codebooks[k].decodeStored(codes[k], n, scale, moments[k]);
      } else if (factor != 1) {
        multiplyAll(moments[k], n, factor, storedDegree(false, k));
      }
    }
    if (quantized) {
      finishDecoding(n);
    }
    if (factor != 1) {
      multiplyAll(gradient, n, factor, 1);
    }
  }

  private void finishDecoding(int n) {
    if (divisor >= 0) {
      System.arraycopy(moments[divisor], 0, roots, 0, n);
    }
    for (int k = 0; k < momentCount; k++) {
      codebooks[k].finish(n, roots, moments[k]);
    }
  }

  private void divideRelative(int n) {
    if (divisor >= 0) {
      codebooks[divisor].roots(moments[divisor], n, roots);
      for (int k = 0; k < momentCount; k++) {
        if (codebooks[k].isRelative()) {
          Codebook.divide(moments[k], n, roots);
        }
      }
    }
  }

  /** Encodes and writes the moments of a block, undoing the factor. */
  private void store(StateMemory state, long block, int n, float inverse, float[] c) {
    boolean quantized = state.layout().isQuantized();
    if (quantized) {
      divideRelative(n);
    }
    for (int k = 0; k < momentCount; k++) {
      if (quantized) {
        boolean compensates = k == 0 && rule.compensates();
        if (compensates) {
          System.arraycopy(moments[k], 0, kept[k], 0, n);
        }
        float scale =
            codebooks[k].encode(moments[k], n, isSlow(rule, k, c), fromMiddle, codes[k], work);
        if (compensates) {
          codebooks[k].decode(codes[k], n, scale, moments[k]);
          rule.compensate(kept[k], moments[k], moments, n, c);
        }
        scales[k] = state.scale(k, block, multiply(scale, inverse, storedDegree(true, k)));
        state.writeCodes(k, block, codes[k]);
      } else {
        if (inverse != 1) {
          multiplyAll(moments[k], n, inverse, storedDegree(false, k));
        }
        state.writeValues(k, block, moments[k]);
      }
    }
  }

  private long checksum(StateLayout layout, long block, int n) {
    long sum = 0;
    for (int k = 0; k < momentCount; k++) {
      sum +=
          layout.isQuantized()
              ? StateChecksum.ofCodes(k, block, scales[k], codes[k], n, layout.bits())
              : StateChecksum.ofValues(k, block, moments[k], n);
    }
    return sum;
  }

  private float[] rescaled(float[] coefficients, float factor) {
    if (factor == 1) {
      return coefficients;
    }
    System.arraycopy(coefficients, 0, rescaledCoefficients, 0, rescaledCoefficients.length);
    rule.rescale(rescaledCoefficients, factor);
    return rescaledCoefficients;
  }

  /**
   * The {@linkplain #factor(float) factor} for a magnitude, or a smaller one that brings the bound
   * of relative moments below the range's end.
   */
  private static float factor(float magnitude, float bound) {
    float factor = factor(magnitude);
    if (!(bound * factor >= LARGE)) {
      return factor;
    }
    int exponent = Math.getExponent(Math.min(bound, Float.MAX_VALUE));
    return Math.scalb(1f, Math.getExponent(LARGE) - 1 - exponent);
  }

  /**
   * A power of two that brings a block's magnitude near 1, or into the upper end of the range where
   * float32 has room enough: not further, so that the squares of its smaller neighbours do not
   * underflow. 1 within that range.
   */
  private static float factor(float magnitude) {
    if (magnitude == 0 || magnitude >= SMALL && magnitude < LARGE) {
      return 1;
    }
    int exponent = Math.max(Float.MIN_EXPONENT, Math.getExponent(magnitude));
    return Math.scalb(1f, magnitude < SMALL ? -exponent : Math.getExponent(LARGE) - 1 - exponent);
  }

  private static void multiplyAll(float[] x, int n, float factor, int degree) {
    for (int i = 0; i < n; i++) {
      x[i] = multiply(x[i], factor, degree);
    }
  }

  /** Multiplies by a factor, degree times, saturating at float32's largest value. */
  private static float multiply(float x, float factor, int degree) {
    return Codebook.saturate(degree == 0 ? x : degree == 1 ? x * factor : x * factor * factor);
  }
}
