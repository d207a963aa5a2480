package org.lowbit4j.kernel;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What the native kernel is compiled for; by ordinal those of the C++ ({@code variants.h}). A CPU
 * has a best one and those that it extends; sets of different architectures have no order.
 */
enum InstructionSet {
  /** Whatever the compiler targets by default. */
  GENERIC(null),
  /** AVX2 and FMA. */
  AVX2(GENERIC),
  /** AVX-512 F, BW, DQ and VL. */
  AVX512(AVX2),
  /** The same with VBMI. */
  AVX512_VBMI(AVX512),
  /** Of AArch64. */
  NEON(GENERIC);

  /** The set that each CPU with this one has, too. */
  private final InstructionSet extended;

  InstructionSet(InstructionSet extended) {
    this.extended = extended;
  }

  /** As it is written in system properties. */
  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether each CPU with this set has the other, too. */
  boolean includes(InstructionSet other) {
    return this == other || (extended != null && extended.includes(other));
  }

  /**
   * Refuses what is the name of no set, whether or not one is to be chosen.
   *
   * @param forced an id or null
   * @throws IllegalArgumentException if there is no such set
   */
  static void requireName(String forced) {
    if (forced != null && Arrays.stream(values()).noneMatch(set -> set.id().equals(forced))) {
      throw new IllegalArgumentException(
          String.format("%s is %s; it can be %s.", Kernels.ISA_PROPERTY, forced, names()));
    }
  }

  private static String names() {
    return Arrays.stream(values()).map(InstructionSet::id).collect(Collectors.joining(", "));
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
      if (set.id().equals(forced) && best.includes(set)) {
        return set;
      }
    }
    throw new IllegalArgumentException(
        String.format(
            "%s is %s; this CPU has those up to %s of: %s.",
            Kernels.ISA_PROPERTY, forced, best.id(), names()));
  }
}
