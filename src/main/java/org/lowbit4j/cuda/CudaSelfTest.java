package org.lowbit4j.cuda;

import java.util.Arrays;
import java.util.Random;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.kernel.Kernel;
import org.lowbit4j.kernel.Kernels;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateHeader;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs a rule's kernels on the device at hand, on a small vector with a short last block,
 * misaligned, with a block of zeros and elements that are not finite, and compares all bits with
 * the Java kernel's.
 */
final class CudaSelfTest {

  private static final int BLOCK_SIZE = 64;
  private static final int ELEMENTS = 5 * BLOCK_SIZE + 37;
  private static final int STEPS = 2;
  private static final long SEED = 42;

  private final UpdateRule rule;
  private final CudaArrays arrays;
  private final WordType words;
  private final int bits;
  private final Codebook[] codebooks;
  private final StateLayout layout;

  private CudaSelfTest(UpdateRule rule, CudaArrays arrays, WordType words, int bits) {
    this.rule = rule;
    this.arrays = arrays;
    this.words = words;
    this.bits = bits;
    codebooks = QuantMap.POWER.codebooks(rule.moments(), words == WordType.HALF, bits);
    layout = new StateLayout(codebooks.length, bits, BLOCK_SIZE, ELEMENTS, words);
  }

  /**
   * Tests.
   *
   * @throws CudaException if a bit differs, or the driver fails
   */
  static void run(UpdateRule rule, CudaArrays arrays) {
    for (WordType words : WordType.values()) {
      for (int bits : new int[] {4, 8, 32}) {
        new CudaSelfTest(rule, arrays, words, bits).run();
      }
    }
  }

  private void run() {
    int stateBytes = (int) layout.words() * words.bytes();
    int gradientBytes = ELEMENTS * words.bytes();
    INDArray stateArray = arrays.create(words.dataType(), layout.words());
    INDArray gradientArray = arrays.create(words.dataType(), ELEMENTS);
    arrays.toHost(stateArray);
    arrays.toHost(gradientArray);
    new RawMemory(stateArray, stateBytes).at(0).put(new byte[stateBytes]);
    StateMemory state = new StateMemory(stateArray);
    state.layout(layout);
    Kernel oracle = Kernels.reference(rule, codebooks, BLOCK_SIZE);
    StateHeader header = new StateHeader(rule.id(), rule.name(), QuantMap.POWER.id());
    CUstream_st stream = arrays.stream();
    CudaStep cuda = new CudaStep(rule, codebooks);
    // Not aligned to more than a word.
    DeviceBytes stateThere = new DeviceBytes(stateBytes, words.bytes());
    DeviceBytes gradientThere = new DeviceBytes(gradientBytes, words.bytes());
    try {
      stateThere.put(new byte[stateBytes]);
      Random random = new Random(SEED);
      float[] c = new float[rule.coefficientCount()];
      for (int step = 0; step < STEPS; step++) {
        fill(c, random);
        GradientView gradient = new GradientView(gradientArray);
        gradient.store(0, ELEMENTS, gradient(random));
        gradientThere.put(RawMemory.copyOf(gradientArray, gradientBytes));
        header.write(state, oracle.step(state, gradient, c, 1, step), step + 1);
        cuda.update(
            stream,
            new StepOperands(
                layout,
                new ExpectedHeader(header.bytes(layout, step), step == 0, false),
                stateThere.address(),
                gradientThere.address(),
                words),
            c,
            1,
            step);
        Driver.synchronize(stream);
        require("update", RawMemory.copyOf(gradientArray, gradientBytes), gradientThere.get());
        require("state", RawMemory.copyOf(stateArray, stateBytes), stateThere.get());
        require("skipped elements", oracle.skipped(), cuda.skipped(stream));
      }
    } finally {
      stateThere.free();
      gradientThere.free();
      cuda.free();
    }
  }

  /** Plausible for any coefficient. */
  private static void fill(float[] c, Random random) {
    for (int i = 0; i < c.length; i++) {
      c[i] = 0.05f + 0.9f * random.nextFloat();
    }
  }

  private static float[] gradient(Random random) {
    float[] x = new float[ELEMENTS];
    for (int i = 0; i < x.length; i++) {
      boolean zeros = i >= 2 * BLOCK_SIZE && i < 3 * BLOCK_SIZE;
      x[i] = zeros ? 0 : (float) random.nextGaussian() * 1e-2f;
    }
    x[3] = Float.NaN;
    x[BLOCK_SIZE + 1] = Float.POSITIVE_INFINITY;
    x[ELEMENTS - 1] = Float.NEGATIVE_INFINITY;
    return x;
  }

  private void require(String what, byte[] expected, byte[] found) {
    int at = Arrays.mismatch(expected, found);
    if (at >= 0) {
      throw new CudaException(
          String.format(
              "the self-test of %s (%s, %d bits) found another byte %d of the %s than the Java kernel's",
              rule.name(), words, bits, at, what));
    }
  }

  private void require(String what, long expected, long found) {
    if (expected != found) {
      throw new CudaException(
          String.format(
              "the self-test of %s (%s, %d bits) found %d %s in place of %d",
              rule.name(), words, bits, found, what, expected));
    }
  }
}
