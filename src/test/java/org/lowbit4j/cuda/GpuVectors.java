package org.lowbit4j.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lowbit4j.CudaRules;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.UpdateRule;

/**
 * Writes what {@code nd4j-ops/src/gpu} needs to prove and time the CUDA kernels on a machine that
 * has a GPU and its driver, but no Java: the modules, the launches that the library does, and the
 * bits that the Java kernel gives.
 */
public final class GpuVectors {

  private static final Path PLAIN_ADAM = Path.of("nd4j-ops/src/gpu/plain_adam.ptx");

  private static final int STEPS = 20;
  private static final int LAUNCHES = 21;
  private static final long[] TIMED = {10_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000};
  private static final long TIMED_OFTEN = 100_000_000;

  private final VectorFile out;

  private GpuVectors(VectorFile out) {
    this.out = out;
  }

  /**
   * Writes the file, and with a second argument the emulated driver as well.
   *
   * @param args the file; a folder
   */
  public static void main(String[] args) throws IOException {
    Path file = Path.of(args[0]);
    try (VectorFile out = new VectorFile(file)) {
      new GpuVectors(out).write();
    }
    System.out.printf("%s: %d bytes%n", file, Files.size(file));
    if (args.length > 1) {
      Path folder = Path.of(args[1]);
      for (String name : PtxGenerator.modules().keySet()) {
        Emulation.export(name, CudaModules.committed(name), folder);
      }
      Emulation.export("plain-adam", Files.readString(PLAIN_ADAM), folder);
      exportChanged("clip", "add.rn.f64", "sub.rn.f64", folder);
      exportChanged("quantize", "mul.rn.f32(.*0f53800000)", "add.rn.f32$1", folder);
      exportChanged("sgd", "-1052792407", "1052792407", folder);
    }
  }

  /** Some instructions are others: what must be found. */
  private static void exportChanged(String name, String from, String to, Path folder)
      throws IOException {
    String ptx = CudaModules.committed(name);
    Emulation.export(name + "-changed", ptx.replaceAll(from, to), folder);
  }

  private void write() throws IOException {
    for (String name : PtxGenerator.modules().keySet()) {
      out.module(name, CudaModules.committed(name));
    }
    out.module("plain-adam", Files.readString(PLAIN_ADAM));
    for (UpdateRule rule : CudaRules.all()) {
      small(rule);
      clipped(rule, 4_500, WordType.FLOAT, STEPS);
      large(rule, 8, WordType.FLOAT);
    }
    UpdateRule first = CudaRules.all().get(0);
    for (WordType words : WordType.values()) {
      clipped(first, 9_001, words, STEPS);
      large(first, 32, words);
    }
    large(first, 8, WordType.HALF);
    large(first, 4, WordType.FLOAT);
    // Several thread blocks add up the norm.
    clipped(first, 40 * 4_096 + 77, WordType.FLOAT, 5);
    quantizer();
    timed(first);
  }

  private void small(UpdateRule rule) {
    for (WordType words : WordType.values()) {
      for (QuantMap map : QuantMap.values()) {
        for (boolean odd : new boolean[] {true, false}) {
          UpdateVectors vectors = odd ? odd(rule, words) : even(rule, words);
          vectors.setup.map = map;
          vectors.check();
        }
      }
      for (int bits : new int[] {4, 32}) {
        for (boolean odd : new boolean[] {true, false}) {
          UpdateVectors vectors = odd ? odd(rule, words) : even(rule, words);
          vectors.setup.bits = bits;
          vectors.check();
        }
      }
    }
  }

  /** A short last block, arrays that are aligned to a word only. */
  private UpdateVectors odd(UpdateRule rule, WordType words) {
    UpdateVectors vectors = vectors(rule, 5 * 64 + 37, words);
    vectors.setup.blockSize = 64;
    vectors.setup.shift = 1;
    return vectors;
  }

  private UpdateVectors even(UpdateRule rule, WordType words) {
    UpdateVectors vectors = vectors(rule, 512, words);
    vectors.setup.blockSize = 128;
    vectors.first = 1_000;
    return vectors;
  }

  private void clipped(UpdateRule rule, int n, WordType words, int steps) {
    UpdateVectors vectors = vectors(rule, n, words);
    vectors.clipped = true;
    vectors.setup.steps = steps;
    vectors.check();
  }

  /** Enough thread blocks to keep a device busy. */
  private void large(UpdateRule rule, int bits, WordType words) {
    UpdateVectors vectors = vectors(rule, 200_003, words);
    vectors.setup.bits = bits;
    vectors.setup.steps = 3;
    vectors.check();
  }

  private void quantizer() {
    for (WordType words : WordType.values()) {
      for (QuantMap map : QuantMap.values()) {
        for (int blockSize : new int[] {QuantizerVectors.REFUSING, 256, 1 << 20}) {
          for (boolean signed : new boolean[] {true, false}) {
            new QuantizerVectors(out, words, map, signed, blockSize).check(1_003);
          }
        }
      }
    }
  }

  private void timed(UpdateRule first) {
    for (long n : TIMED) {
      for (int bits : new int[] {4, 8, 32}) {
        time(first, bits, n);
      }
    }
    for (UpdateRule rule : CudaRules.all().subList(1, CudaRules.all().size())) {
      time(rule, 8, TIMED_OFTEN);
    }
    for (WordType words : new WordType[] {WordType.HALF, WordType.DOUBLE}) {
      vectors(first, 0, words).time(TIMED_OFTEN, LAUNCHES);
    }
    UpdateVectors dynamic = vectors(first, 0, WordType.FLOAT);
    dynamic.setup.map = QuantMap.DYNAMIC;
    dynamic.time(TIMED_OFTEN, LAUNCHES);
    UpdateVectors clipped = vectors(first, 0, WordType.FLOAT);
    clipped.clipped = true;
    clipped.time(TIMED_OFTEN, LAUNCHES);
    new QuantizerVectors(out, WordType.FLOAT, QuantMap.POWER, true, 256)
        .time(TIMED_OFTEN, LAUNCHES);
  }

  private void time(UpdateRule rule, int bits, long n) {
    UpdateVectors vectors = vectors(rule, 0, WordType.FLOAT);
    vectors.setup.bits = bits;
    vectors.setup.blockSize = bits == 4 ? 128 : 256;
    vectors.time(n, LAUNCHES);
  }

  private UpdateVectors vectors(UpdateRule rule, int n, WordType words) {
    StepSetup setup = new StepSetup(rule, n, words);
    setup.steps = STEPS;
    return new UpdateVectors(out, setup);
  }
}
