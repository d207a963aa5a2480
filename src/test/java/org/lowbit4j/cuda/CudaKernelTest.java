package org.lowbit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.CudaRules;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.UpdateRule;

/**
 * CUDA kernels, launched as on a GPU through the driver's binding, give the Java kernel's bits:
 * updates, state, checksum, skipped elements. Their source under a random schedule of its threads.
 */
class CudaKernelTest {

  private static final int SIZES[] = {1, 3, 63, 65, 256, 257, 1111};
  private static final int SIZES_OF_4_BITS[] = {1, 2, 3, 127, 128, 1111};
  private static final int BLOCK_SIZES[] = {64, 128, 512, 1024, 2048, 4096};

  static List<UpdateRule> rules() {
    return CudaRules.all();
  }

  Emulation.Kind kind() {
    return Emulation.Kind.SOURCE;
  }

  @BeforeAll
  static void requireEmulation() {
    assumeTrue(Emulation.missing() == null, Emulation.missing());
  }

  @AfterAll
  static void forget() {
    CudaUpdates.forget();
  }

  @ParameterizedTest
  @MethodSource("rules")
  void everySize(UpdateRule rule) {
    for (int n : SIZES) {
      for (WordType words : WordType.values()) {
        compare(new StepSetup(rule, n, words));
      }
    }
    for (int n : SIZES_OF_4_BITS) {
      for (WordType words : WordType.values()) {
        compare(new StepSetup(rule, n, words).with4Bits());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("rules")
  void everyBlockSize(UpdateRule rule) {
    for (int blockSize : BLOCK_SIZES) {
      StepSetup setup = new StepSetup(rule, 4_099, WordType.FLOAT);
      setup.blockSize = blockSize;
      compare(setup);
      setup.bits = 4;
      compare(setup);
    }
  }

  @ParameterizedTest
  @MethodSource("rules")
  void dynamicCodes(UpdateRule rule) {
    for (WordType words : WordType.values()) {
      StepSetup setup = new StepSetup(rule, 1_111, words);
      setup.map = QuantMap.DYNAMIC;
      compare(setup);
    }
  }

  @ParameterizedTest
  @MethodSource("rules")
  void stateOf32Bits(UpdateRule rule) {
    for (WordType words : WordType.values()) {
      for (int shift = 0; shift < 2; shift++) {
        StepSetup setup = new StepSetup(rule, 1_111, words);
        setup.bits = 32;
        setup.shift = shift;
        compare(setup);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("rules")
  void misalignedViews(UpdateRule rule) {
    for (WordType words : WordType.values()) {
      for (int shift = 1; shift < 4; shift++) {
        StepSetup setup = new StepSetup(rule, 600, words);
        setup.shift = shift;
        compare(setup);
        compare(setup.with4Bits());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("rules")
  void scaledGradients(UpdateRule rule) {
    StepSetup setup = new StepSetup(rule, 1_111, WordType.FLOAT);
    setup.gradientScale = 0.3712f;
    compare(setup);
    compare(setup.with4Bits());
  }

  /** Moments, and squares of them, that would leave float32's range without a factor. */
  @ParameterizedTest
  @MethodSource("rules")
  void scalesOfAnyMagnitude(UpdateRule rule) {
    for (WordType words : WordType.values()) {
      StepSetup setup = new StepSetup(rule, 3_000, words);
      setup.anyScales = true;
      compare(setup);
      compare(setup.with4Bits());
    }
  }

  /** More quantization blocks than thread blocks. */
  @ParameterizedTest
  @MethodSource("rules")
  void manyBlocks(UpdateRule rule) {
    StepSetup setup = new StepSetup(rule, 12_003, WordType.FLOAT);
    setup.blockSize = 128;
    setup.steps = 2;
    compare(setup);
    setup.bits = 4;
    compare(setup);
  }

  private void compare(StepSetup setup) {
    Emulation.use(kind(), setup.rule);
    List<byte[]> expected = setup.runJava();
    List<byte[]> actual = setup.runCuda();
    for (int i = 0; i < expected.size(); i++) {
      int at = Arrays.mismatch(actual.get(i), expected.get(i));
      assertThat(at).as("%s %s, step %d, byte", kind(), setup, i).isEqualTo(-1);
    }
  }
}
