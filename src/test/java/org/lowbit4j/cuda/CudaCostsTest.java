package org.lowbit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lowbit4j.CudaRules;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.UpdateRule;

/**
 * What the kernels do, counted while their PTX runs: facts about the code, not about the speed of
 * any GPU. Bytes are those that threads ask for: a scale, which all threads of a block read, counts
 * for each of them.
 */
@Tag("slow")
class CudaCostsTest {

  private static final int BLOCK = 256;

  /** As many as the emulated device runs at a time. */
  private static final int THREAD_BLOCKS = 32;

  private static final String FORMAT = "%-26s %4s %12s %10s %11s %11s %11s %9s %14s%n";

  @BeforeAll
  static void requireEmulation() {
    assumeTrue(Emulation.missing() == null, Emulation.missing());
  }

  @Test
  void perElementAndPerThread() throws IOException {
    System.out.println("Of a step, blocks of 256, FLOAT: per element, and per thread whatever n.");
    System.out.printf(
        FORMAT,
        "rule",
        "bits",
        "instructions",
        "bytes read",
        "written",
        "from table",
        "shared",
        "shuffles",
        "per thread");
    for (UpdateRule rule : CudaRules.all()) {
      for (int bits : new int[] {4, 8, 32}) {
        Emulation.launches();
        double[] once = counts(rule, bits, 1);
        double[] twice = counts(rule, bits, 2);
        Object[] row = new Object[9];
        row[0] = rule.name();
        row[1] = bits;
        double[] each = new double[6];
        for (int i = 0; i < 6; i++) {
          each[i] = (twice[i] - once[i]) / (THREAD_BLOCKS * BLOCK);
          row[2 + i] = String.format("%.2f", each[i]);
        }
        double perThread = (2 * once[0] - twice[0]) / (THREAD_BLOCKS * BLOCK / 4);
        row[8] = String.format("%.0f", perThread);
        System.out.printf(FORMAT, row);
        // Gradient, and state with scales, which all threads read.
        int moments = rule.moments().size();
        double state = moments * (bits / 8.0 + (bits < 32 ? 64 * 4 / 256.0 : 0));
        assertThat(each[1]).as("bytes read by %s", rule.name()).isBetween(4 + state, 4.1 + state);
        assertThat(each[0]).as("instructions of %s", rule.name()).isLessThan(410);
        assertThat(perThread).as("per thread of %s", rule.name()).isLessThan(400);
      }
    }
  }

  /** Of a step in which each thread block does so many quantization blocks. */
  private static double[] counts(UpdateRule rule, int bits, int rounds) throws IOException {
    Emulation.use(Emulation.Kind.PTX, rule);
    StepSetup setup = new StepSetup(rule, rounds * THREAD_BLOCKS * BLOCK, WordType.FLOAT);
    setup.bits = bits;
    setup.steps = 2;
    setup.runCuda();
    List<String> launches = Emulation.launches();
    String last = launches.get(launches.size() - 1);
    assertThat(launches).as("launches of two steps").hasSize(2);
    return Arrays.stream(last.split(" ")).skip(3).mapToDouble(Double::parseDouble).toArray();
  }
}
