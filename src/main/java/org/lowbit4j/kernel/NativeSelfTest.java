package org.lowbit4j.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.AdamRule;
import org.lowbit4j.rule.Moment;
import org.lowbit4j.rule.Rules;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.BlockRange;
import org.lowbit4j.state.StateLayout;

/**
 * Has the native library prove itself before it is used: steps of all rules on small states, and
 * sums, whose bits must be those that the Java kernel has.
 *
 * <p>The latter are recorded here: without them being compiled yet, Java's steps would take many
 * times as long. {@code NativeSelfTestTest} computes them.
 */
final class NativeSelfTest {

  static final int BLOCK_SIZE = 256;

  /** Two blocks and a short one, or four in 4 bits. */
  static final int ELEMENTS = 2 * BLOCK_SIZE + 101;

  private static final int STEPS = 2;

  /** What the Java kernel has: of {@link Rules#all}, then of the sums. */
  static final int[] RECORDED = {
    0x0b2e0ea4, 0xa8cd8264, 0xef58151d, 0x2c111fb9, 0x8e53f9ca, 0x592d85c7, 0x44b556e3, 0xb7261153,
    0x4b4ce9bd, 0xe6c26ba9, 0xba4f9eb7, 0xc62a0596, 0xacf368de, 0x57a7c034, 0xc82c8a70, 0x02a6a8f2
  };

  private final Candidate candidate;
  private final byte[][][] gradients = gradients();

  /** Tests what does steps. */
  NativeSelfTest(Candidate candidate) {
    this.candidate = candidate;
  }

  /** Does steps with one codebook per moment. */
  interface Steps {

    /**
     * Does a step on bytes in native order.
     *
     * @return checksum of the state written, plus the number of elements skipped so far
     */
    long step(StateLayout layout, byte[] state, byte[] gradient, float[] c, int iteration);
  }

  /** Makes what does steps. */
  interface Candidate {
    Steps steps(UpdateRule rule, Codebook[] codebooks);
  }

  /**
   * Tests the library.
   *
   * @throws IllegalStateException if a bit differs
   */
  static void run(InstructionSet isa) {
    List<String> wrong =
        new NativeSelfTest((rule, codebooks) -> new Native(rule, codebooks, isa))
            .differences(sums(isa));
    if (!wrong.isEmpty()) {
      throw new IllegalStateException(
          String.format(
              "its self-test on %s found other bits than the Java kernel's in %s. Please report it, with the CPU and the"
                  + " compiler if you built it",
              isa.id(), String.join(", ", wrong)));
    }
  }

  /** Names of what has other bits than are recorded. */
  List<String> differences(int sums) {
    List<String> wrong = new ArrayList<>();
    int i = 0;
    for (UpdateRule rule : Rules.all()) {
      if (signature(rule) != RECORDED[i++]) {
        wrong.add(rule.name());
      }
    }
    if (sums != RECORDED[i]) {
      wrong.add("sums");
    }
    return wrong;
  }

  /**
   * Stands for all bits that steps of a rule have. What does not depend on the rule, other types
   * and codebooks, is tested with one of them: making codebooks takes longer than the steps.
   */
  int signature(UpdateRule rule) {
    CRC32 crc = new CRC32();
    List<Moment> moments = rule.moments();
    Steps power = candidate.steps(rule, QuantMap.POWER.codebooks(moments, false, 8));
    steps(rule, power, WordType.FLOAT, 8, crc);
    steps(rule, power, WordType.FLOAT, 32, crc);
    Steps power4 = candidate.steps(rule, QuantMap.POWER.codebooks(moments, false, 4));
    steps(rule, power4, WordType.FLOAT, 4, crc);
    if (rule == AdamRule.INSTANCE) {
      steps(rule, power, WordType.DOUBLE, 8, crc);
      Steps half = candidate.steps(rule, QuantMap.POWER.codebooks(moments, true, 8));
      steps(rule, half, WordType.HALF, 8, crc);
      steps(rule, half, WordType.HALF, 32, crc);
      Steps half4 = candidate.steps(rule, QuantMap.POWER.codebooks(moments, true, 4));
      steps(rule, half4, WordType.HALF, 4, crc);
      Steps dynamic = candidate.steps(rule, QuantMap.DYNAMIC.codebooks(moments, false, 8));
      steps(rule, dynamic, WordType.FLOAT, 8, crc);
    }
    return (int) crc.getValue();
  }

  private void steps(UpdateRule rule, Steps steps, WordType words, int bits, CRC32 crc) {
    int blockSize = bits == 4 ? BLOCK_SIZE / 2 : BLOCK_SIZE;
    StateLayout layout = new StateLayout(rule.moments().size(), bits, blockSize, ELEMENTS, words);
    byte[] state = new byte[(int) layout.words() * words.bytes()];
    Numbers numbers = new Numbers();
    float[] c = new float[rule.coefficientCount()];
    byte[] gradient = new byte[ELEMENTS * words.bytes()];
    for (int iteration = 0; iteration < STEPS; iteration++) {
      for (int i = 0; i < c.length; i++) {
        // Plausible for any coefficient.
        c[i] = 0.5f + 0.45f * numbers.next();
      }
      System.arraycopy(gradients[words.ordinal()][iteration], 0, gradient, 0, gradient.length);
      long answer = steps.step(layout, state, gradient, c, iteration);
      crc.update(state);
      crc.update(gradient);
      crc.update(ByteBuffer.allocate(Long.BYTES).putLong(answer).array());
    }
  }

  /** By word type and step; the same for all rules, as making them takes longer than the steps. */
  private static byte[][][] gradients() {
    byte[][][] all = new byte[WordType.values().length][STEPS][];
    Numbers numbers = new Numbers();
    for (int iteration = 0; iteration < STEPS; iteration++) {
      float[] x = numbers.next(ELEMENTS);
      for (WordType words : WordType.values()) {
        all[words.ordinal()][iteration] = gradient(words, x);
      }
    }
    return all;
  }

  /** Mixed scales, some zeros, and elements that are not finite. */
  private static byte[] gradient(WordType words, float[] numbers) {
    byte[] gradient = new byte[ELEMENTS * words.bytes()];
    ByteBuffer b = ByteBuffer.wrap(gradient).order(ByteOrder.nativeOrder());
    for (int i = 0; i < ELEMENTS; i++) {
      words.put(b, i % 11 == 0 ? 0 : numbers[i] * (i % 7 == 0 ? 1 : 1e-2f));
    }
    if (words != WordType.HALF) {
      words.put(b.position(3 * words.bytes()), Float.NaN);
      words.put(b.position(300 * words.bytes()), Float.POSITIVE_INFINITY);
    }
    return gradient;
  }

  /** Numbers in [-1, 1), the same on every machine; their generator is Java's, of 1995. */
  static final class Numbers {

    private long seed = 42;

    float next() {
      seed = seed * 0x5DEECE66DL + 0xB & (1L << 48) - 1;
      return (int) (seed >>> 16) * 0x1p-31f;
    }

    float[] next(int n) {
      float[] x = new float[n];
      for (int i = 0; i < n; i++) {
        x[i] = next();
      }
      return x;
    }
  }

  /** Stands for the bits of sums of two arrays, which is how they are asked for. */
  static int sums(double norm, double normAfter, byte[] afterAxpy, byte[] afterNorm) {
    CRC32 crc = new CRC32();
    crc.update(ByteBuffer.allocate(2 * Double.BYTES).putDouble(norm).putDouble(normAfter).array());
    crc.update(afterAxpy);
    crc.update(afterNorm);
    return (int) crc.getValue();
  }

  private static int sums(InstructionSet isa) {
    Numbers numbers = new Numbers();
    try (FloatPointer x = new FloatPointer(numbers.next(ELEMENTS));
        FloatPointer y = new FloatPointer(numbers.next(ELEMENTS))) {
      double norm =
          NativeOps.sumOfSquares(x.address(), WordType.FLOAT.id(), ELEMENTS, isa.ordinal(), 1);
      NativeOps.axpy(0.3f, x.address(), 0.7f, y.address(), ELEMENTS, isa.ordinal(), 1);
      byte[] afterAxpy = bytes(y);
      double after = NativeOps.axpyNorm(0.3f, x.address(), y.address(), ELEMENTS, isa.ordinal(), 1);
      return sums(norm, after, afterAxpy, bytes(y));
    }
  }

  private static byte[] bytes(FloatPointer x) {
    byte[] bytes = new byte[ELEMENTS * Float.BYTES];
    new BytePointer(x).get(bytes);
    return bytes;
  }

  /**
   * The library's steps, in memory that no ND4J array has: on a GPU's backend it may be elsewhere.
   */
  private static final class Native implements Steps {

    private final NativeKernel kernel;

    Native(UpdateRule rule, Codebook[] codebooks, InstructionSet isa) {
      kernel = new NativeKernel(rule, codebooks, BLOCK_SIZE, isa, 1);
    }

    @Override
    public long step(StateLayout layout, byte[] state, byte[] gradient, float[] c, int iteration) {
      try (BytePointer stateThere = new BytePointer(state);
          BytePointer gradientThere = new BytePointer(gradient)) {
        long checksum =
            kernel.step(
                layout,
                stateThere.address(),
                layout.wordType(),
                gradientThere.address(),
                c,
                1,
                iteration,
                new BlockRange(0, layout.blocks()));
        stateThere.get(state);
        gradientThere.get(gradient);
        return checksum + kernel.skipped();
      }
    }
  }
}
