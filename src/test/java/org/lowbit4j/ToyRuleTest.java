package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.cuda.Emulation;
import org.lowbit4j.kernel.Kernel;
import org.lowbit4j.kernel.KernelVariants;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateMemory;
import org.lowbit4j.toy.SignMomentumRule;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * "Adding a rule" in nd4j-ops/README.md, followed: the C++ of a rule gives the bits of its Java.
 */
class ToyRuleTest {

  private static final Path SOURCES = Path.of("nd4j-ops/src/main/cpp");
  private static final Path OWN = Path.of("nd4j-ops/src/test/cpp").toAbsolutePath();

  private static final int N = 3_333;
  private static final int BLOCK_SIZE = 256;
  private static final int STEPS = 5;

  private final UpdateRule rule = SignMomentumRule.INSTANCE;
  private final Codebook codebook =
      QuantMap.POWER.codebook(rule.moments().get(0).kind(), /* half= */ false);

  @TempDir private Path folder;

  /** Compiles the sources with the new rule, for two instruction sets; nothing else is changed. */
  @Test
  void theNativeTwinGivesTheSameBits() throws Exception {
    assumeTrue(
        Emulation.compilerIsOnThePath() && System.getProperty("os.arch").equals("amd64"),
        "needs g++ on x86-64");
    Path sources = copyOfSources();
    addTo(sources.resolve("lowbit4j/rules.h"));
    Path program = folder.resolve("steps");
    execute(
        Emulation.COMPILER,
        "-std=c++17",
        "-O1",
        "-w",
        "-ffp-contract=off",
        "-pthread",
        "-DLB_RULE=SignMomentum",
        "-I" + sources,
        OWN.resolve("rule_steps.cpp").toString(),
        "-o",
        program.toString());
    for (int bits : new int[] {8, 32}) {
      byte[] expected = expected(bits);
      for (String isa : new String[] {"generic", "avx2"}) {
        Path output = folder.resolve(isa + bits);
        Path input = Files.write(folder.resolve("input"), input(bits));
        execute(program.toString(), isa, input.toString(), output.toString());
        byte[] actual = Files.readAllBytes(output);
        assertThat(actual).hasSameSizeAs(expected);
        assertThat(Arrays.mismatch(actual, expected)).as("%s, %d bits", isa, bits).isEqualTo(-1);
      }
    }
  }

  private Path copyOfSources() throws IOException {
    Path copy = folder.resolve("cpp");
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, copy.resolve(SOURCES.relativize(file).toString()));
      }
    }
    return copy;
  }

  /** The one file that a new rule is in, on the CPU and in CUDA: a struct, and its name. */
  private static void addTo(Path rules) throws IOException {
    String text = Files.readString(rules);
    String list = "// A list of rules, found by their numbers.";
    String last = "RMSpropCenteredMomentum>;";
    assertThat(text).containsOnlyOnce(list).containsOnlyOnce(last);
    String struct = Files.readString(OWN.resolve("sign_momentum.h"));
    Files.writeString(
        rules,
        text.replace(list, struct + "\n" + list)
            .replace(last, "RMSpropCenteredMomentum, SignMomentum>;"));
  }

  private static void execute(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as("%s%n%s", String.join(" ", command), said).isZero();
  }

  private StateLayout layout(int bits) {
    return new StateLayout(1, bits, BLOCK_SIZE, N, WordType.FLOAT);
  }

  private float[] coefficients() {
    float[] c = new float[rule.coefficientCount()];
    SignMomentumRule.coefficients(c, 1e-3, 0.9);
    return c;
  }

  private static List<float[]> gradients() {
    Random random = new Random(5);
    List<float[]> gradients = new ArrayList<>();
    for (int i = 0; i < STEPS; i++) {
      float[] g = Updaters.normal(random, N, 0.01);
      // Blocks for vectors, and two that need more care.
      g[300] = Float.NaN;
      Arrays.fill(g, 600, 800, 1e20f);
      gradients.add(g);
    }
    return gradients;
  }

  /** What rule_steps.cpp reads. */
  private byte[] input(int bits) {
    StateLayout layout = layout(bits);
    ByteBuffer in = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    for (long number :
        new long[] {
          rule.id(),
          bits,
          BLOCK_SIZE,
          N,
          STEPS,
          codebook.top(),
          layout.scaleOffset(0, 0),
          layout.valueOffset(0, 0),
          layout.words() * Float.BYTES
        }) {
      in.putLong(number);
    }
    float[] c = Arrays.copyOf(coefficients(), 16);
    for (float x : c) {
      in.putFloat(x);
    }
    for (float x : codebook.values()) {
      in.putFloat(x);
    }
    for (float[] g : gradients()) {
      for (float x : g) {
        in.putFloat(x);
      }
    }
    return Arrays.copyOf(in.array(), in.position());
  }

  /** Updates of all steps, the checksum of the last one, and the state. */
  private byte[] expected(int bits) {
    StateLayout layout = layout(bits);
    StateMemory state = new StateMemory(Nd4j.zeros(DataType.FLOAT, layout.words()));
    state.layout(layout);
    Kernel kernel = KernelVariants.java(rule, new Codebook[] {codebook}, BLOCK_SIZE);
    ByteBuffer out = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    long checksum = 0;
    int iteration = 0;
    for (float[] gradient : gradients()) {
      INDArray g = Nd4j.createFromArray(gradient);
      checksum = kernel.step(state, new GradientView(g), coefficients(), 1, iteration++);
      for (float x : g.toFloatVector()) {
        out.putFloat(x);
      }
    }
    out.putLong(checksum);
    out.put(RawMemory.copyOf(state.view(), (int) state.bytes()));
    return Arrays.copyOf(out.array(), out.position());
  }
}
