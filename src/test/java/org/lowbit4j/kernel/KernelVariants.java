package org.lowbit4j.kernel;

import java.util.ArrayList;
import java.util.List;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.rule.UpdateRule;

/** The kernels and instruction sets that this machine has, for tests elsewhere. */
public final class KernelVariants {

  private KernelVariants() {}

  /** The oracle. */
  public static Kernel java(UpdateRule rule, Codebook[] codebooks, int blockSize) {
    return new JavaKernel(rule, codebooks, blockSize);
  }

  /** The oracle with threads, however small the steps. */
  public static Kernel java(UpdateRule rule, Codebook[] codebooks, int blockSize, int threads) {
    return new JavaKernel(rule, codebooks, blockSize, threads);
  }

  /** Whether the native library was built and loads. */
  public static boolean isNative() {
    return loadFailure() == null;
  }

  /** Why the native library does not load, as the warning says it; null if it does. */
  public static String loadFailure() {
    try {
      NativeOps.load();
      return null;
    } catch (UnsatisfiedLinkError e) {
      return e.toString();
    }
  }

  /** Ids of the instruction sets of this machine, none without the native library. */
  public static List<String> instructionSets() {
    List<String> ids = new ArrayList<>();
    if (isNative()) {
      for (InstructionSet set : InstructionSet.values()) {
        if (set.ordinal() <= NativeOps.bestIsa()) {
          ids.add(set.id());
        }
      }
    }
    return ids;
  }

  /** A native kernel that shares even the smallest steps among threads. */
  public static Kernel nativeKernel(
      UpdateRule rule, Codebook[] codebooks, int blockSize, String instructionSet, int threads) {
    InstructionSet best = InstructionSet.values()[NativeOps.bestIsa()];
    InstructionSet isa = InstructionSet.choose(instructionSet, best);
    return new NativeKernel(rule, codebooks, blockSize, isa, threads);
  }

  /** Whether the native library has a rule. */
  public static boolean supports(UpdateRule rule) {
    return NativeKernel.supports(rule);
  }
}
