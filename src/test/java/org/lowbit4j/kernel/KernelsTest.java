package org.lowbit4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.rule.LionRule;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Which kernel serves, and what forces one. */
class KernelsTest {

  private static final Runnable MISSING =
      () -> {
        throw new UnsatisfiedLinkError("no jniNativeOps in java.library.path");
      };

  @Test
  void withoutTheLibraryTheJavaKernelServes() {
    assertThat(Kernels.choose(null, null, MISSING)).isNull();
  }

  @Test
  void javaIsForcedWithoutLoadingTheLibrary() {
    assertThat(Kernels.choose("java", "avx2", MISSING)).isNull();
  }

  @Test
  void nativeForcedWithoutTheLibrarySaysWhatToDo() {
    assertThatThrownBy(() -> Kernels.choose("native", null, MISSING))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("lowbit4j.kernel")
        .hasMessageContaining("C++ compiler")
        .hasCauseInstanceOf(UnsatisfiedLinkError.class);
  }

  @Test
  void anUnknownKernelIsRefused() {
    assertThatThrownBy(() -> Kernels.choose("cuda", null, MISSING))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lowbit4j.kernel is cuda; it can be native or java");
  }

  @ParameterizedTest
  @EnumSource
  void anInstructionSetOfTheMachineIsForced(InstructionSet set) {
    assumeTrue(KernelVariants.instructionSets().contains(set.id()), "not on this machine");
    assertThat(Kernels.choose(null, set.id(), NativeOps::load)).isEqualTo(set);
  }

  @Test
  void theBestInstructionSetIsTheDefault() {
    assumeTrue(KernelVariants.isNative(), "no native library");
    assertThat(Kernels.choose(null, null, NativeOps::load).ordinal())
        .isEqualTo(NativeOps.bestIsa());
  }

  @Test
  void anInstructionSetTheMachineLacksIsRefused() {
    assertThatThrownBy(() -> InstructionSet.choose("avx512", InstructionSet.AVX2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lowbit4j.isa is avx512")
        .hasMessageContaining("up to avx2");
    assertThatThrownBy(() -> InstructionSet.choose("sse", InstructionSet.AVX512))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theKernelMadeIsTheKernelDescribed() {
    Codebook[] codebooks = {
      QuantMap.POWER.codebook(LionRule.INSTANCE.moments().get(0).kind(), false)
    };
    Kernel kernel = Kernels.create(LionRule.INSTANCE, codebooks, 256);
    assertThat(kernel)
        .isInstanceOf(Kernels.description().equals("java") ? JavaKernel.class : NativeKernel.class);
  }

  /** Native code looks at neither. */
  @Test
  void sumsOfUnlikeArraysAreRefused() {
    GradientView ten = new GradientView(Nd4j.zeros(DataType.FLOAT, 10));
    for (INDArray x :
        new INDArray[] {
          Nd4j.ones(DataType.FLOAT, 9),
          Nd4j.ones(DataType.FLOAT, 11),
          Nd4j.ones(DataType.DOUBLE, 10)
        }) {
      GradientView other = new GradientView(x);
      assertThatThrownBy(() -> Kernels.axpy(1, other, 1, ten))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(other.length() + " elements of type " + other.words())
          .hasMessageContaining("both must be FLOAT and equally long");
      assertThatThrownBy(() -> Kernels.axpyNorm(1, other, ten))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
