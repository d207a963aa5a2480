package org.lowbit4j.kernel;

import java.util.Locale;

/** What the native kernel is compiled for, in the order of preference; the order is the C++'s. */
enum InstructionSet {
  /** Whatever the compiler targets by default. */
  GENERIC,
  /** AVX2 and FMA. */
  AVX2,
  /** AVX-512 F, BW, DQ and VL. */
  AVX512,
  /** The same with VBMI. */
  AVX512_VBMI;

  /** As it is written in system properties. */
  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The set to use.
   *
   * @param forced its id, or null for the best one
   * @param best of this CPU
   * @throws IllegalArgumentException if there is no such set, or this CPU lacks it
   */
  static InstructionSet choose(String forced, InstructionSet best) {
    if (forced == null) {
      return best;
    }
    for (InstructionSet set : values()) {
      if (set.id().equals(forced) && set.compareTo(best) <= 0) {
        return set;
      }
    }
    throw new IllegalArgumentException(
        Kernels.ISA_PROPERTY
            + " is "
            + forced
            + "; this CPU has generic and all up to "
            + best.id()
            + " of: generic, avx2, avx512, avx512-vbmi.");
  }
}
