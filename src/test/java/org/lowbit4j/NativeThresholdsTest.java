package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.kernel.Kernel;
import org.lowbit4j.kernel.KernelVariants;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateMemory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Moments at the thresholds between codes, and those that overflow, get the Java kernel's codes.
 */
class NativeThresholdsTest {

  private static final int BLOCK_SIZE = 256;
  private static final int BLOCKS = 400;

  /** With no decay, moments of AdaMax after one step are the gradient and its magnitude. */
  private static final UpdateRule RULE = new AdaMax8bit(1e-3).rule();

  private static final float[] COEFFICIENTS = {1e-8f, 1e-3f, 0, 1, 0};

  @ParameterizedTest
  @EnumSource
  void everyInstructionSet(QuantMap map) {
    Codebook[] codebooks = codebooks(map);
    compare(codebooks, gradient(codebooks, new Random(map.id())), COEFFICIENTS);
  }

  @Test
  void dynamicCodesOfMomentsThatOverflow() {
    float[] coefficients = COEFFICIENTS.clone();
    coefficients[3] = 3e38f;
    Random random = new Random(1);
    float[] gradient = new float[4 * BLOCK_SIZE];
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] = (float) random.nextGaussian() * (i < 2 * BLOCK_SIZE ? 1e10f : 1e-3f);
    }
    compare(codebooks(QuantMap.DYNAMIC), gradient, coefficients);
  }

  private static Codebook[] codebooks(QuantMap map) {
    return map.codebooks(RULE.moments(), false, 8);
  }

  private static void compare(Codebook[] codebooks, float[] gradient, float[] coefficients) {
    assumeTrue(KernelVariants.isNative(), "no native library");
    byte[] expected = run(KernelVariants.java(RULE, codebooks, BLOCK_SIZE), gradient, coefficients);
    for (String isa : KernelVariants.instructionSets()) {
      Kernel kernel = KernelVariants.nativeKernel(RULE, codebooks, BLOCK_SIZE, isa, 1);
      byte[] actual = run(kernel, gradient, coefficients);
      assertThat(Arrays.mismatch(actual, expected)).as(isa).isEqualTo(-1);
    }
  }

  /** The state after one step. */
  private static byte[] run(Kernel kernel, float[] gradient, float[] coefficients) {
    StateLayout layout =
        new StateLayout(RULE.moments().size(), 8, BLOCK_SIZE, gradient.length, WordType.FLOAT);
    StateMemory state = new StateMemory(Nd4j.zeros(DataType.FLOAT, layout.words()));
    state.layout(layout);
    INDArray g = Nd4j.createFromArray(gradient);
    kernel.step(state, new GradientView(g), coefficients, 1, 0);
    return RawMemory.copyOf(state.view(), (int) state.bytes());
  }

  /** Midpoints between values of the codebooks, values, and numbers up to two units from them. */
  private static float[] gradient(Codebook[] codebooks, Random random) {
    float[] x = new float[BLOCKS * BLOCK_SIZE];
    for (int i = 0; i < x.length; i++) {
      float[] values = sortedMagnitudes(codebooks[random.nextInt(codebooks.length)]);
      int k = random.nextInt(values.length - 1);
      float at = random.nextInt(4) == 0 ? values[k] : 0.5f * (values[k] + values[k + 1]);
      int bits = Float.floatToRawIntBits(at) + random.nextInt(5) - (at > 0 ? 2 : 0);
      float number = Math.min(1, Float.intBitsToFloat(bits));
      x[i] = random.nextBoolean() ? number : -number;
    }
    for (int block = 0; block < BLOCKS; block++) {
      // The block's largest, which others are compared with; half of the blocks have other scales.
      x[block * BLOCK_SIZE + random.nextInt(BLOCK_SIZE)] = random.nextBoolean() ? 1 : -1;
      float scale = block % 2 == 0 ? 1 : (float) Math.exp(3 * random.nextGaussian());
      for (int i = block * BLOCK_SIZE; i < (block + 1) * BLOCK_SIZE; i++) {
        x[i] *= scale;
      }
    }
    return x;
  }

  private static float[] sortedMagnitudes(Codebook codebook) {
    float[] values = codebook.values();
    int n = 0;
    for (float value : values) {
      if (value >= 0) {
        values[n++] = value;
      }
    }
    Arrays.sort(values, 0, n);
    return Arrays.copyOf(values, n);
  }
}
