package org.lowbit4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.rule.LionRule;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Which kernel serves, and what forces one. */
class KernelsTest {

  private static final Supplier<InstructionSet> MISSING =
      () -> {
        throw new UnsatisfiedLinkError("no jniNativeOps in java.library.path");
      };

  private static final Consumer<InstructionSet> GOOD = set -> {};

  private static final Consumer<InstructionSet> WRONG =
      set -> {
        throw new IllegalStateException("its self-test on " + set + " found other bits");
      };

  @Test
  void withoutTheLibraryTheJavaKernelServes() {
    assertThat(Kernels.choose(null, null, MISSING, GOOD)).isNull();
  }

  @Test
  void javaIsForcedWithoutLoadingTheLibrary() {
    assertThat(Kernels.choose("java", "avx2", MISSING, GOOD)).isNull();
  }

  @Test
  void nativeForcedWithoutTheLibrarySaysWhatToDo() {
    assertThatThrownBy(() -> Kernels.choose("native", null, MISSING, GOOD))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("lowbit4j.kernel")
        .hasMessageContaining("no jniNativeOps in java.library.path")
        .hasCauseInstanceOf(UnsatisfiedLinkError.class);
  }

  @Test
  void whatFailsItsSelfTestDoesNotServe() {
    assertThat(Kernels.choose(null, null, () -> InstructionSet.AVX2, WRONG)).isNull();
    assertThatThrownBy(() -> Kernels.choose("native", null, () -> InstructionSet.AVX2, WRONG))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("self-test on AVX2 found other bits")
        .hasCauseInstanceOf(IllegalStateException.class);
  }

  /** It is faster there; whoever asks for the native one gets it. */
  @Test
  void withoutVectorInstructionsTheJavaKernelServesUnlessOneIsForced() {
    Supplier<InstructionSet> old = () -> InstructionSet.GENERIC;
    assertThat(Kernels.choose(null, null, old, GOOD)).isNull();
    assertThat(Kernels.choose("native", null, old, GOOD)).isEqualTo(InstructionSet.GENERIC);
    assertThat(Kernels.choose(null, "generic", old, GOOD)).isEqualTo(InstructionSet.GENERIC);
    assertThat(Kernels.choose(null, "generic", () -> InstructionSet.AVX2, GOOD))
        .isEqualTo(InstructionSet.GENERIC);
  }

  @Test
  void threadsAreSetByAWholeNumber() {
    assertThat(KernelThreads.parse(null)).isZero();
    assertThat(KernelThreads.parse("1")).isEqualTo(1);
    assertThat(KernelThreads.parse("256")).isEqualTo(256);
    for (String bad : new String[] {"0", "-1", "257", "two", "", "1.5"}) {
      assertThatThrownBy(() -> KernelThreads.parse(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("lowbit4j.threads is " + bad);
    }
  }

  @Test
  void anUnknownKernelIsRefused() {
    assertThatThrownBy(() -> Kernels.choose("cuda", null, MISSING, GOOD))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lowbit4j.kernel is cuda; it can be native or java");
  }

  /** A typing error is not found years later, on a machine that has the library. */
  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"java", "native"})
  void anUnknownInstructionSetIsRefusedWhateverServes(String kernel) {
    assertThatThrownBy(() -> Kernels.choose(kernel, "AVX2", MISSING, GOOD))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lowbit4j.isa is AVX2; it can be generic, avx2");
  }

  @ParameterizedTest
  @EnumSource
  void anInstructionSetOfTheMachineIsForced(InstructionSet set) {
    assumeTrue(KernelVariants.instructionSets().contains(set.id()), "not on this machine");
    assertThat(Kernels.choose(null, set.id(), NativeOps::best, NativeSelfTest::run)).isEqualTo(set);
  }

  @Test
  void theBestInstructionSetIsTheDefault() {
    assumeTrue(KernelVariants.isNative(), "no native library");
    assertThat(Kernels.choose("native", null, NativeOps::best, NativeSelfTest::run).ordinal())
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
  void setsOfAnotherArchitectureAreNotIncluded() {
    assertThat(InstructionSet.NEON.includes(InstructionSet.AVX2)).isFalse();
    assertThat(InstructionSet.AVX512_VBMI.includes(InstructionSet.NEON)).isFalse();
    assertThat(InstructionSet.AVX512_VBMI.includes(InstructionSet.AVX2)).isTrue();
    for (InstructionSet best : InstructionSet.values()) {
      assertThat(InstructionSet.choose("generic", best)).isEqualTo(InstructionSet.GENERIC);
    }
    assertThatThrownBy(() -> InstructionSet.choose("avx2", InstructionSet.NEON))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lowbit4j.isa is avx2")
        .hasMessageContaining("up to neon");
  }

  @Test
  void instructionSetsAreThoseOfTheNativeKernel() {
    assumeTrue(KernelVariants.isNative(), "no native library");
    InstructionSet[] sets = InstructionSet.values();
    for (InstructionSet set : sets) {
      assertThat(NativeOps.isaName(set.ordinal())).isEqualTo(set.name());
    }
    assertThat(NativeOps.isaName(sets.length)).isNull();
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
