package org.lowbit4j.kernel;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.annotation.ByRef;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Const;
import org.bytedeco.javacpp.annotation.MemberGetter;
import org.bytedeco.javacpp.annotation.MemberSetter;
import org.bytedeco.javacpp.annotation.Name;
import org.bytedeco.javacpp.annotation.Namespace;
import org.bytedeco.javacpp.annotation.Platform;
import org.lowbit4j.check.NativeLibrary;

/** The C++ of {@code nd4j-ops}, bound through JavaCPP. */
@Platform(include = "lowbit4j/binding.h")
@Namespace("lowbit4j")
final class NativeOps {

  /** Tells that a library has these methods: the same number is in {@code binding.h}. */
  static final int ABI = 0x70893855;

  private NativeOps() {}

  /**
   * Loads the library.
   *
   * @throws UnsatisfiedLinkError if it was not built for this platform, or is of another build than
   *     this class, or cannot be loaded
   */
  static void load() {
    NativeLibrary.load(NativeOps.class, ABI, NativeOps::abi);
  }

  /** Loads the library, and tells the best instruction set of this CPU. */
  static InstructionSet best() {
    load();
    return InstructionSet.values()[bestIsa()];
  }

  /** The library's {@link #ABI}. */
  static native int abi();

  /** The best instruction set of this CPU, an ordinal of {@link InstructionSet}. */
  static native int bestIsa();

  /** The C++'s name of an instruction set; null behind the last one. */
  static native @Const String isaName(int ordinal);

  static native @Cast("bool") boolean hasRule(int id, int moments, int coefficients);

  /** Sets a codebook, which must be kept from being freed. */
  static native void setCodebook(
      @ByRef Step step, int moment, @Const @ByRef NativeCodebook codebook);

  /** Does a step on a state and a gradient at these addresses. */
  static native @Cast("bool") boolean run(
      @ByRef Step step, @Cast("int64_t") long state, @Cast("int64_t") long gradient);

  /** The sum of squares of n words at this address, by that many threads; {@code isa} as above. */
  static native double sumOfSquares(
      @Cast("int64_t") long array, int words, @Cast("int64_t") long n, int isa, int threads);

  /** y = (y + a*x)*scale of n floats at these addresses. */
  static native void axpy(
      float a,
      @Cast("int64_t") long x,
      float scale,
      @Cast("int64_t") long y,
      @Cast("int64_t") long n,
      int isa,
      int threads);

  /** y = y + a*x likewise, and the sum of squares of the new y. */
  static native double axpyNorm(
      float a,
      @Cast("int64_t") long x,
      @Cast("int64_t") long y,
      @Cast("int64_t") long n,
      int isa,
      int threads);

  /** {@code lowbit4j::Codebook}. */
  @Name("Codebook")
  static final class NativeCodebook extends Pointer {

    NativeCodebook(FloatPointer values, int bits, boolean storesRoot, int top, boolean signed) {
      allocate(values, bits, storesRoot, top, signed);
    }

    private native void allocate(
        @Const FloatPointer values,
        int bits,
        @Cast("bool") boolean storesRoot,
        int top,
        @Cast("bool") boolean signed);
  }

  /** {@code lowbit4j::Step}: what a step is told, and what it answers. */
  static final class Step extends Pointer {

    Step() {
      allocate();
    }

    private native void allocate();

    @MemberSetter
    native Step rule(int id);

    @MemberSetter
    native Step bits(int bits);

    @MemberSetter
    native Step blockSize(int size);

    @MemberSetter
    native Step stateWords(int id);

    @MemberSetter
    native Step elements(@Cast("int64_t") long count);

    @MemberSetter
    native Step gradientWords(int id);

    @MemberSetter
    native Step scaleOffsets(int moment, @Cast("int64_t") long bytes);

    @MemberSetter
    native Step valueOffsets(int moment, @Cast("int64_t") long bytes);

    @MemberSetter
    native Step iteration(int iteration);

    @MemberSetter
    native Step gradientScale(float factor);

    @MemberGetter
    native FloatPointer coefficients();

    @MemberSetter
    native Step slow(int moment, @Cast("bool") boolean slow);

    @MemberSetter
    native Step firstBlock(@Cast("int64_t") long block);

    @MemberSetter
    native Step endBlock(@Cast("int64_t") long block);

    @MemberSetter
    native Step isa(int ordinal);

    @MemberSetter
    native Step threads(int count);

    @MemberGetter
    native @Cast("uint64_t") long checksum();

    @MemberGetter
    native @Cast("int64_t") long skipped();

    @MemberGetter
    native @Cast("int64_t") long damaged();
  }
}
