package org.lowbit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lowbit4j.CudaRules;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.UpdateRule;

/**
 * What the kernels do per element, counted while their PTX runs: facts about the code, not about
 * the speed of any GPU. Bytes are those that threads ask for: a scale, which all threads of a block
 * read, counts for each of them.
 */
class CudaCostsTest {

  private static final int N = 8 * 256;

  @BeforeAll
  static void requireEmulation() {
    assumeTrue(Emulation.missing() == null, Emulation.missing());
  }

  @Test
  void perElement() throws IOException {
    System.out.println("Per element of a step, blocks of 256, FLOAT:");
    String format = "%-26s %4s %12s %10s %11s %11s %11s %9s%n";
    System.out.printf(
        format,
        "rule",
        "bits",
        "instructions",
        "bytes read",
        "written",
        "from table",
        "shared",
        "shuffles");
    for (UpdateRule rule : CudaRules.all()) {
      for (int bits : new int[] {8, 32}) {
        double[] counts = counts(rule, bits);
        Object[] row = new Object[8];
        row[0] = rule.name();
        row[1] = bits;
        for (int i = 0; i < 6; i++) {
          row[2 + i] = String.format("%.2f", counts[i]);
        }
        System.out.printf(format, row);
        // Gradient; state with scales, which all threads read; and a word of the answers.
        int moments = rule.moments().size();
        double state = bits == 8 ? moments * (1 + 64 * 4 / 256.0) : moments * 4;
        assertThat(counts[1]).as("bytes read by %s", rule.name()).isBetween(4 + state, 5.1 + state);
        assertThat(counts[0]).as("instructions of %s", rule.name()).isLessThan(400);
      }
    }
  }

  private static double[] counts(UpdateRule rule, int bits) throws IOException {
    Emulation.use(Emulation.Kind.PTX, rule);
    StepSetup setup = new StepSetup(rule, N, WordType.FLOAT);
    setup.bits = bits;
    setup.steps = 2;
    setup.runCuda();
    Emulation.launches();
    setup.runCuda();
    List<String> launches = Emulation.launches();
    String last =
        launches.stream().filter(l -> l.startsWith("update")).reduce((a, b) -> b).orElseThrow();
    double[] counts =
        Arrays.stream(last.split(" ")).skip(3).mapToDouble(Double::parseDouble).toArray();
    return Arrays.stream(counts).map(count -> count / N).toArray();
  }
}
