package org.lowbit4j.kernel;

import java.util.Map;
import java.util.WeakHashMap;
import org.bytedeco.javacpp.FloatPointer;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.kernel.NativeOps.NativeCodebook;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.BlockRange;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateMemory;

/**
 * The C++ kernel of {@code nd4j-ops}. Gradients that are not contiguous, which DL4J never hands to
 * an updater, are left to the Java kernel.
 */
final class NativeKernel implements Kernel {

  /**
   * Below so many elements one thread does the step: waking others takes longer, much longer where
   * other processes want the cores.
   */
  static final long PARALLEL_FROM = 1 << 20;

  /** Native codebooks are made once. Codebooks are few and live as long as the class. */
  private static final Map<Codebook, NativeCodebook> CODEBOOKS = new WeakHashMap<>();

  private final UpdateRule rule;
  private final Kernel java;
  private final int threads;

  /** Not the present PointerScope's to free, if a caller has one open; nor are the codebooks. */
  private final NativeOps.Step step = new NativeOps.Step().retainReference();

  private final FloatPointer coefficients = step.coefficients();

  /** Keeps them from being freed. */
  private final NativeCodebook[] codebooks;

  private long skipped;
  private long damaged;

  /**
   * Makes a kernel.
   *
   * @param rule the update rule, one that {@link #supports}
   * @param codebooks one per moment of the rule
   * @param isa instruction set, one that this CPU has
   */
  NativeKernel(UpdateRule rule, Codebook[] codebooks, int blockSize, InstructionSet isa) {
    this(rule, codebooks, blockSize, isa, 0);
  }

  /** With a number of threads, whatever the size, or 0 for as many as it is worth. */
  NativeKernel(
      UpdateRule rule, Codebook[] codebooks, int blockSize, InstructionSet isa, int threads) {
    this.rule = rule;
    this.java = new JavaKernel(rule, codebooks, blockSize);
    this.threads = threads;
    this.codebooks = new NativeCodebook[codebooks.length];
    for (int k = 0; k < codebooks.length; k++) {
      this.codebooks[k] = nativeCodebook(codebooks[k]);
      NativeOps.setCodebook(step, k, this.codebooks[k]);
    }
    step.rule(rule.id()).isa(isa.ordinal());
  }

  /** Whether the library has this rule. */
  static boolean supports(UpdateRule rule) {
    return NativeOps.hasRule(rule.id(), rule.moments().size(), rule.coefficientCount());
  }

  @Override
  public long skipped() {
    return skipped + java.skipped();
  }

  @Override
  public long damaged() {
    return damaged + java.damaged();
  }

  @Override
  public long step(
      StateMemory state,
      GradientView gradients,
      float[] coefficients,
      float gradientScale,
      int iteration,
      BlockRange blocks) {
    if (!gradients.isContiguous()) {
      return java.step(state, gradients, coefficients, gradientScale, iteration, blocks);
    }
    long checksum =
        step(
            state.layout(),
            state.address(),
            gradients.words(),
            gradients.address(),
            coefficients,
            gradientScale,
            iteration,
            blocks);
    gradients.keepAlive();
    state.keepAlive();
    return checksum;
  }

  /** The same on memory at these addresses. */
  long step(
      StateLayout layout,
      long state,
      WordType gradientWords,
      long gradient,
      float[] coefficients,
      float gradientScale,
      int iteration,
      BlockRange blocks) {
    step.bits(layout.bits()).blockSize(layout.blockSize()).elements(layout.elements());
    step.stateWords(layout.wordType().id()).gradientWords(gradientWords.id());
    step.iteration(iteration)
        .gradientScale(gradientScale)
        .threads(threads > 0 ? threads : threads(blocks.count() * layout.blockSize()));
    step.firstBlock(blocks.first()).endBlock(blocks.end());
    this.coefficients.put(coefficients);
    for (int k = 0; k < layout.moments(); k++) {
      step.scaleOffsets(k, layout.scaleOffset(k, 0)).valueOffsets(k, layout.valueOffset(k, 0));
      step.slow(k, BlockSteps.isSlow(rule, k, coefficients));
    }
    NativeOps.run(step, state, gradient);
    skipped += step.skipped();
    damaged += step.damaged();
    return step.checksum();
  }

  @Override
  public void decode(StateMemory state, int k, float[] out, BlockRange blocks) {
    java.decode(state, k, out, blocks);
  }

  /** The sum of squares of a contiguous array, on an instruction set that this CPU has. */
  static double squaredNorm(GradientView array, InstructionSet isa, int threads) {
    double sum =
        NativeOps.sumOfSquares(
            array.address(), array.words().id(), array.length(), isa.ordinal(), threads);
    array.keepAlive();
    return sum;
  }

  /** {@link Kernels#axpy} on contiguous arrays. */
  static void axpy(
      float a, GradientView x, float scale, GradientView y, InstructionSet isa, int threads) {
    NativeOps.axpy(a, x.address(), scale, y.address(), y.length(), isa.ordinal(), threads);
    x.keepAlive();
    y.keepAlive();
  }

  /** {@link Kernels#axpyNorm} on contiguous arrays. */
  static double axpyNorm(float a, GradientView x, GradientView y, InstructionSet isa, int threads) {
    double norm =
        NativeOps.axpyNorm(a, x.address(), y.address(), y.length(), isa.ordinal(), threads);
    x.keepAlive();
    y.keepAlive();
    return norm;
  }

  /** How many threads so many elements are worth. */
  static int threads(long elements) {
    return elements < PARALLEL_FROM ? 1 : Kernels.threads();
  }

  private static NativeCodebook nativeCodebook(Codebook codebook) {
    synchronized (CODEBOOKS) {
      return CODEBOOKS.computeIfAbsent(
          codebook,
          c -> {
            try (FloatPointer values = new FloatPointer(c.values())) {
              return new NativeCodebook(values, c.bits(), c.storesRoot(), c.top(), c.isSigned())
                  .retainReference();
            }
          });
    }
  }
}
