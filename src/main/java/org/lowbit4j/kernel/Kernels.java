package org.lowbit4j.kernel;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.SquaredNorm;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.UpdateRule;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses the kernel: the native one where its library loads, gives the Java kernel's bits in a
 * test of some milliseconds, and is faster; else the Java one.
 *
 * <p>System properties, read once, when the first updater is made; all kernels give the same bits
 * with any number of threads:
 *
 * <ul>
 *   <li>{@value #KERNEL_PROPERTY}, {@code native} or {@code java}, forces a kernel.
 *   <li>{@value #ISA_PROPERTY}, {@code generic}, {@code avx2}, {@code avx512}, {@code avx512-vbmi}
 *       or {@code neon}, forces the native one to use that instruction set.
 *   <li>{@value #THREADS_PROPERTY} is the number of threads for large arrays, 1 for none but the
 *       caller's. Without it both kernels have as many as ND4J, which follows {@code
 *       OMP_NUM_THREADS}.
 * </ul>
 */
public final class Kernels {

  /** The system property that forces a kernel. */
  public static final String KERNEL_PROPERTY = "lowbit4j.kernel";

  /** The system property that forces an instruction set. */
  public static final String ISA_PROPERTY = "lowbit4j.isa";

  /** The system property that sets the number of threads. */
  public static final String THREADS_PROPERTY = "lowbit4j.threads";

  /**
   * Whether the Java kernel is preferred where the native one has no better instruction set than
   * {@link InstructionSet#GENERIC}. Measured on Zen 4, one thread, Adam in 8 bits: native 19.8 ns
   * per parameter, Java 7.8; multiplying and adding without the instruction takes most of it, by
   * the C library's {@code fma} then, by one of its own now, with which it was no faster.
   */
  private static final boolean JAVA_IS_FASTER_THAN_GENERIC = true;

  /** Below so many elements one thread does the work of a Java kernel. */
  private static final long JAVA_PARALLEL_FROM = 1 << 15;

  private static final Logger LOG = LoggerFactory.getLogger(Kernels.class);

  /** What was said of the choice. */
  private static volatile String reason = "";

  private Kernels() {}

  /**
   * Makes a kernel.
   *
   * @param rule the update rule
   * @param codebooks one per moment of the rule
   * @param blockSize elements of the largest quantization blocks
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
        : SquaredNorm.of(array, javaThreads(array.length()));
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
      Axpy.apply(a, x, scale, y, javaThreads(y.length()));
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
    int threads = javaThreads(y.length());
    Axpy.apply(a, x, 1, y, threads);
    return SquaredNorm.of(y, threads);
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
    return BlockSteps.isSlow(rule, moment, coefficients);
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
   * Why this kernel, and none that is faster.
   *
   * @return words, without a period
   */
  public static String reason() {
    Chosen.isa();
    return reason;
  }

  /**
   * How many threads a Java loop over so many elements is worth.
   *
   * @param elements 0 or more
   * @return 1 or more
   */
  public static int javaThreads(long elements) {
    return elements < JAVA_PARALLEL_FROM ? 1 : threads();
  }

  /** How many threads there are for large arrays. */
  static int threads() {
    int chosen = Chosen.threads();
    return chosen > 0 ? chosen : KernelThreads.ofNd4j();
  }

  /**
   * The instruction set of the native kernel, or null for the Java kernel.
   *
   * @param kernel value of {@link #KERNEL_PROPERTY} or null
   * @param isa value of {@link #ISA_PROPERTY} or null
   * @param library loads the library, and tells the best instruction set of this CPU
   * @param test throws an exception if the library's results are not right
   */
  static InstructionSet choose(
      String kernel, String isa, Supplier<InstructionSet> library, Consumer<InstructionSet> test) {
    InstructionSet.requireName(isa);
    if ("java".equals(kernel)) {
      reason = "forced by " + KERNEL_PROPERTY;
      LOG.info("Kernel: java, forced by {}.", KERNEL_PROPERTY);
      return null;
    }
    boolean forced = "native".equals(kernel);
    if (kernel != null && !forced) {
      throw new IllegalArgumentException(
          KERNEL_PROPERTY + " is " + kernel + "; it can be native or java.");
    }
    InstructionSet best;
    try {
      best = library.get();
    } catch (LinkageError | RuntimeException e) {
      // RuntimeException: JavaCPP where another class loader has it than lowbit4j.
      return withoutLibrary(forced, e);
    }
    InstructionSet set = InstructionSet.choose(isa, best);
    if (isJavaFaster(best) && isa == null && !forced) {
      reason = "faster than the native one: this CPU has no vector instructions that it knows";
      LOG.info(
          "Kernel: java, faster than the native one on this CPU, which has no vector instructions that it knows.");
      return null;
    }
    try {
      test.accept(set);
    } catch (LinkageError | RuntimeException e) {
      return withoutLibrary(forced, e);
    }
    reason =
        set == best
            ? "the best of those that this CPU has the instructions for"
            : "forced by " + ISA_PROPERTY;
    LOG.info("Kernel: native {}{}.", set.id(), set == best ? "" : ", forced by " + ISA_PROPERTY);
    return set;
  }

  private static boolean isJavaFaster(InstructionSet best) {
    return best == InstructionSet.GENERIC && JAVA_IS_FASTER_THAN_GENERIC;
  }

  private static InstructionSet withoutLibrary(boolean forced, Throwable cause) {
    if (forced) {
      throw new IllegalStateException(
          String.format(
              "The native kernel is forced by %s but cannot be used: %s. Mend that (see docs/troubleshooting.md), or"
                  + " leave the property out.",
              KERNEL_PROPERTY, words(cause)),
          cause);
    }
    reason = "native: " + words(cause);
    LOG.warn(
        "The native kernel is not used: {}. The Java kernel gives the same results and takes several times as long;"
            + " {}=java silences this.",
        words(cause),
        KERNEL_PROPERTY);
    return null;
  }

  /** Exceptions of initializers have none of their own. */
  private static String words(Throwable e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  /** Chosen when first asked for; what is wrong with a property is said every time. */
  private static final class Chosen {

    private static final InstructionSet SET;
    private static final int THREADS;
    private static final RuntimeException FAILURE;

    static {
      InstructionSet set = null;
      int threads = 0;
      RuntimeException failure = null;
      try {
        threads = KernelThreads.parse(System.getProperty(THREADS_PROPERTY));
        set =
            choose(
                System.getProperty(KERNEL_PROPERTY),
                System.getProperty(ISA_PROPERTY),
                NativeOps::best,
                NativeSelfTest::run);
      } catch (RuntimeException e) {
        failure = e;
      }
      SET = set;
      THREADS = threads;
      FAILURE = failure;
    }

    /** Null for the Java kernel. */
    static InstructionSet isa() {
      requireSuccess();
      return SET;
    }

    /** 0 for ND4J's number. */
    static int threads() {
      requireSuccess();
      return THREADS;
    }

    private static void requireSuccess() {
      if (FAILURE != null) {
        throw FAILURE;
      }
    }
  }
}
