package org.lowbit4j.kernel;

import org.lowbit4j.codec.Codebook;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.SquaredNorm;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.UpdateRule;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses the kernel: the native one where its library loads, else the Java one.
 *
 * <p>The system property {@value #KERNEL_PROPERTY}, {@code native} or {@code java}, forces one;
 * {@value #ISA_PROPERTY}, {@code generic}, {@code avx2}, {@code avx512} or {@code avx512-vbmi},
 * keeps the native one from using a better instruction set. All give the same bits. Both are read
 * once, when the first updater is made.
 */
public final class Kernels {

  /** The system property that forces a kernel. */
  public static final String KERNEL_PROPERTY = "lowbit4j.kernel";

  /** The system property that forces an instruction set. */
  public static final String ISA_PROPERTY = "lowbit4j.isa";

  private static final Logger LOG = LoggerFactory.getLogger(Kernels.class);

  private Kernels() {}

  /**
   * Makes a kernel.
   *
   * @param rule the update rule
   * @param codebooks one per moment of the rule
   * @param blockSize elements per quantization block
   * @return the kernel chosen
   * @throws IllegalStateException if the native kernel is forced and its library does not load
   * @throws IllegalArgumentException if a system property has no such value
   */
  public static Kernel create(UpdateRule rule, Codebook[] codebooks, int blockSize) {
    InstructionSet isa = Chosen.isa();
    return isa != null && NativeKernel.supports(rule)
        ? new NativeKernel(rule, codebooks, blockSize, isa)
        : new JavaKernel(rule, codebooks, blockSize);
  }

  /**
   * Makes a Java kernel: the oracle that others are compared with.
   *
   * @param rule the update rule
   * @param codebooks one per moment of the rule
   * @param blockSize elements per quantization block
   * @return a kernel
   */
  public static Kernel reference(UpdateRule rule, Codebook[] codebooks, int blockSize) {
    return new JavaKernel(rule, codebooks, blockSize);
  }

  /**
   * The sum of squares of an array's elements, by the kernel chosen: the bits of {@link
   * SquaredNorm}.
   *
   * @param array FLOAT, DOUBLE or HALF, of any shape and strides
   * @return 0 or more, finite; elements that are not finite count as 0
   * @throws IllegalStateException if the native kernel is forced and its library does not load
   * @throws IllegalArgumentException if a system property has no such value
   */
  public static double squaredNorm(GradientView array) {
    InstructionSet isa = Chosen.isa();
    return isa != null && array.isContiguous()
        ? NativeKernel.squaredNorm(array, isa, NativeKernel.threads(array.length()))
        : SquaredNorm.of(array);
  }

  /**
   * {@code y = (y + a*x)*scale} in place, a*x + y rounded once; the same bits by every kernel.
   *
   * @param a factor of x
   * @param x FLOAT, as long as y
   * @param scale factor of the sum
   * @param y FLOAT
   * @throws IllegalStateException if the native kernel is forced and its library does not load
   * @throws IllegalArgumentException if an array has another data type or length, or a system
   *     property no such value
   */
  public static void axpy(float a, GradientView x, float scale, GradientView y) {
    requireAlike(x, y);
    InstructionSet isa = Chosen.isa();
    if (isa != null && x.isContiguous() && y.isContiguous()) {
      NativeKernel.axpy(a, x, scale, y, isa, NativeKernel.threads(y.length()));
    } else {
      Axpy.apply(a, x, scale, y);
    }
  }

  /**
   * {@code y = y + a*x} in place, as {@link #axpy} does it, and the new y's {@link #squaredNorm} in
   * one pass over both.
   *
   * @param a factor of x
   * @param x FLOAT, as long as y
   * @param y FLOAT
   * @return 0 or more, finite; elements that are not finite count as 0
   * @throws IllegalStateException if the native kernel is forced and its library does not load
   * @throws IllegalArgumentException if an array has another data type or length, or a system
   *     property no such value
   */
  public static double axpyNorm(float a, GradientView x, GradientView y) {
    requireAlike(x, y);
    InstructionSet isa = Chosen.isa();
    if (isa != null && x.isContiguous() && y.isContiguous()) {
      return NativeKernel.axpyNorm(a, x, y, isa, NativeKernel.threads(y.length()));
    }
    Axpy.apply(a, x, 1, y);
    return SquaredNorm.of(y);
  }

  /** What native code does not look at. */
  private static void requireAlike(GradientView x, GradientView y) {
    if (x.words() != WordType.FLOAT || y.words() != WordType.FLOAT || x.length() != y.length()) {
      throw new IllegalArgumentException(
          String.format(
              "The arrays have %d elements of type %s and %d of type %s; both must be FLOAT and equally long.",
              x.length(), x.words(), y.length(), y.words()));
    }
  }

  /**
   * Whether a moment is dithered whatever its size.
   *
   * @param rule the update rule
   * @param moment index of the moment
   * @param coefficients of the rule at this step
   * @return true for moments that decay slowly
   */
  public static boolean isSlow(UpdateRule rule, int moment, float[] coefficients) {
    return JavaKernel.isSlow(rule, moment, coefficients);
  }

  /**
   * The kernel in use.
   *
   * @return {@code java}, or {@code native} with its instruction set, such as {@code native avx2}
   */
  public static String description() {
    return Chosen.isa() == null ? "java" : "native " + Chosen.isa().id();
  }

  /**
   * The instruction set of the native kernel, or null for the Java kernel.
   *
   * @param kernel value of {@link #KERNEL_PROPERTY} or null
   * @param isa value of {@link #ISA_PROPERTY} or null
   * @param library loads the library
   */
  static InstructionSet choose(String kernel, String isa, Runnable library) {
    if ("java".equals(kernel)) {
      LOG.info("Kernel: java, forced by {}.", KERNEL_PROPERTY);
      return null;
    }
    boolean forced = "native".equals(kernel);
    if (kernel != null && !forced) {
      throw new IllegalArgumentException(
          KERNEL_PROPERTY + " is " + kernel + "; it can be native or java.");
    }
    try {
      library.run();
    } catch (LinkageError | RuntimeException e) {
      // RuntimeException: JavaCPP where another class loader has it than lowbit4j.
      if (forced) {
        throw new IllegalStateException(
            "The native kernel is forced by "
                + KERNEL_PROPERTY
                + " but does not load on this platform. Build lowbit4j where a C++ compiler is (see"
                + " nd4j-ops/README.md), or leave the property out.",
            e);
      }
      LOG.warn(
          "The native kernel does not load ({}); the Java kernel gives the same results and takes several times as long.",
          e.toString());
      return null;
    }
    InstructionSet best = InstructionSet.values()[NativeOps.bestIsa()];
    InstructionSet set = InstructionSet.choose(isa, best);
    LOG.info("Kernel: native {}{}.", set.id(), set == best ? "" : ", forced by " + ISA_PROPERTY);
    return set;
  }

  /** Chosen when first asked for; what is wrong with a property is said every time. */
  private static final class Chosen {

    private static final InstructionSet SET;
    private static final RuntimeException FAILURE;

    static {
      InstructionSet set = null;
      RuntimeException failure = null;
      try {
        set =
            choose(
                System.getProperty(KERNEL_PROPERTY),
                System.getProperty(ISA_PROPERTY),
                NativeOps::load);
      } catch (RuntimeException e) {
        failure = e;
      }
      SET = set;
      FAILURE = failure;
    }

    /** Null for the Java kernel. */
    static InstructionSet isa() {
      if (FAILURE != null) {
        throw FAILURE;
      }
      return SET;
    }
  }
}
