package org.lowbit4j.benchmarks;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Namespace;
import org.bytedeco.javacpp.annotation.Platform;

/** Hand-written rivals in C++, see {@code rival.h}. */
@Platform(include = "rival.h")
@Namespace("rival")
final class RivalOps {

  private RivalOps() {}

  static void load() {
    Loader.load(RivalOps.class);
  }

  static native void adam(
      FloatPointer g,
      FloatPointer m,
      FloatPointer v,
      @Cast("int64_t") long n,
      float alpha,
      int threads);

  static native void negate(FloatPointer g, @Cast("int64_t") long n, int threads);
}
