package org.lowbit4j;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.kernel.Kernel;
import org.lowbit4j.kernel.KernelVariants;
import org.lowbit4j.kernel.Kernels;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.HalfFloat;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateMemory;
import org.lowbit4j.updater.Internals;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Steps of the Java kernel as a text, for programs that compare other kernels where there is no
 * JVM: {@code nd4j-ops/src/test/cpp/vectors_check.cpp} reads it. Its lines, of words separated by
 * blanks, numbers decimal, floats and hashes as hexadecimal bits:
 *
 * <pre>
 * codebook bits storesRoot top signed 256 values
 * case rule bits words blockSize elements stateBytes gradientScale moments coefficients steps
 * moment codebook scaleOffset valueOffset slow          one line per moment; the number of the codebook's line, from 0
 * coefficients c0 c1 ..
 * step iteration checksum skipped updateHash stateHash  one line per step
 * </pre>
 *
 * State begins with zeros. What a gradient is, {@link #gradient} tells; hashes are FNV-1a in 64
 * bits over the bytes in memory, little-endian.
 */
public final class StepVectors {

  static final String RESOURCE = "/vectors/steps.txt";

  private static final int ELEMENTS = 5 * 256 + 77;
  private static final int STEPS = 4;
  private static final int FIRST_ITERATION = 1000;
  private static final long FNV_OFFSET = 0xCBF29CE484222325L;
  private static final long FNV_PRIME = 0x100000001B3L;

  private final Map<String, Integer> codebooks = new LinkedHashMap<>();
  private final List<String> cases = new ArrayList<>();

  private StepVectors() {}

  /** Writes the text to a file. */
  public static void main(String[] args) throws IOException {
    Files.write(Path.of(args[0]), lines());
  }

  /** All rules, in 4, 8 and 32 bits, of all words, by all codebooks. */
  static List<String> lines() {
    StepVectors vectors = new StepVectors();
    Map<Integer, Optimizers> byRule = new TreeMap<>();
    for (Optimizers optimizer : Optimizers.values()) {
      byRule.putIfAbsent(Internals.rule(optimizer.config()).id(), optimizer);
    }
    for (Optimizers optimizer : byRule.values()) {
      for (WordType words : WordType.values()) {
        vectors.add(optimizer, words, 8, QuantMap.POWER, 256);
        vectors.add(optimizer, words, 8, QuantMap.DYNAMIC, 64);
        vectors.add(optimizer, words, 4, QuantMap.POWER, 128);
        vectors.add(optimizer, words, 32, QuantMap.POWER, 256);
      }
    }
    List<String> lines = new ArrayList<>();
    lines.add("# Written by StepVectors, which says what it means");
    lines.addAll(vectors.codebooks.keySet());
    lines.addAll(vectors.cases);
    return lines;
  }

  private void add(Optimizers optimizer, WordType words, int bits, QuantMap map, int blockSize) {
    UpdateRule rule = Internals.rule(optimizer.config());
    int moments = rule.moments().size();
    Codebook[] books = map.codebooks(rule.moments(), words == WordType.HALF, bits);
    StateLayout layout = new StateLayout(moments, bits, blockSize, ELEMENTS, words);
    StateMemory state = new StateMemory(Nd4j.zeros(words.dataType(), layout.words()));
    state.layout(layout);
    float[] c = new float[rule.coefficientCount()];
    Internals.coefficients(
        (LowBitUpdater<?>) Updaters.create(optimizer.config(), 64, DataType.FLOAT), c, 1e-3, 10);
    float gradientScale = words == WordType.HALF ? 0.3712f : 1;
    cases.add(
        String.format(
            "case %d %d %d %d %d %d %08x %d %d %d",
            rule.id(),
            bits,
            words.id(),
            blockSize,
            ELEMENTS,
            state.bytes(),
            Float.floatToRawIntBits(gradientScale),
            moments,
            c.length,
            STEPS));
    for (int k = 0; k < moments; k++) {
      cases.add(
          String.format(
              "moment %d %d %d %d",
              number(books[k]),
              layout.isQuantized() ? layout.scaleOffset(k, 0) : 0,
              layout.valueOffset(k, 0),
              Kernels.isSlow(rule, k, c) ? 1 : 0));
    }
    cases.add("coefficients" + hex(c));
    Kernel kernel = KernelVariants.java(rule, books, blockSize);
    int[] random = {1};
    long skipped = 0;
    for (int i = 0; i < STEPS; i++) {
      INDArray gradient = gradient(words, i, random);
      long checksum =
          kernel.step(state, new GradientView(gradient), c, gradientScale, FIRST_ITERATION + i);
      cases.add(
          String.format(
              "step %d %016x %d %016x %016x",
              FIRST_ITERATION + i,
              checksum,
              kernel.skipped() - skipped,
              hash(gradient, ELEMENTS * words.bytes()),
              hash(state.view(), (int) state.bytes())));
      skipped = kernel.skipped();
    }
  }

  /**
   * Element i is a random whole number of 32 bits with sign, from x = 1664525 x + 1013904223,
   * beginning with x = 1 and going on from step to step, as float32, times 2^-31, times a unit. The
   * unit is 2^-7, but goes by (i / 64 + step) modulo 8: 0 where that is 1, 2^-66 where 2, 2^66
   * where 3; where it is 4 each i that 50 divides is NaN; where 5 all but those that 8 divides are
   * -0. HALF has NaN, 0x7E00, for magnitudes from 32768 on.
   */
  private static INDArray gradient(WordType words, int step, int[] random) {
    ByteBuffer b = ByteBuffer.allocate(ELEMENTS * words.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < ELEMENTS; i++) {
      random[0] = random[0] * 1664525 + 1013904223;
      int kind = (i / 64 + step) % 8;
      float unit = kind == 1 ? 0 : kind == 2 ? 0x1p-66f : kind == 3 ? 0x1p66f : 0x1p-7f;
      float g = random[0] * 0x1p-31f * unit;
      g = kind == 4 && i % 50 == 0 ? Float.NaN : kind == 5 && i % 8 != 0 ? -0.0f : g;
      switch (words) {
        case DOUBLE:
          b.putDouble(g);
          break;
        case HALF:
          b.putShort(Math.abs(g) < 32768 ? HalfFloat.fromFloat(g) : (short) 0x7E00);
          break;
        default:
          b.putFloat(g);
          break;
      }
    }
    INDArray array = Nd4j.zeros(words.dataType(), ELEMENTS);
    new RawMemory(array, b.capacity()).at(0).put(b.array());
    return array;
  }

  private int number(Codebook book) {
    String line =
        String.format(
            "codebook %d %d %d %d%s",
            book.bits(),
            book.storesRoot() ? 1 : 0,
            book.top(),
            book.isSigned() ? 1 : 0,
            hex(book.values()));
    return codebooks.computeIfAbsent(line, l -> codebooks.size());
  }

  private static String hex(float[] values) {
    StringBuilder all = new StringBuilder();
    for (float value : values) {
      all.append(String.format(" %08x", Float.floatToIntBits(value)));
    }
    return all.toString();
  }

  private static long hash(INDArray array, int bytes) {
    long hash = FNV_OFFSET;
    for (byte b : RawMemory.copyOf(array, bytes)) {
      hash = (hash ^ (b & 0xFF)) * FNV_PRIME;
    }
    return hash;
  }
}
