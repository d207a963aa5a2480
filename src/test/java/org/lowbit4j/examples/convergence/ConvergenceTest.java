package org.lowbit4j.examples.convergence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The comparison of trainings: what it trains, and how it counts. */
class ConvergenceTest {

  @Test
  void aShortRunTrainsAllAndEndsInATable() throws Exception {
    CommandLine line = ConvergenceOptions.commandLine();
    line.parseArgs("--seeds", "2", "--steps", "3", "--test", "40");
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    List<Outcome> outcomes =
        Convergence.compare(
            ConvergenceOptions.checked(line),
            new PrintStream(printed, true, StandardCharsets.UTF_8));

    assertThat(outcomes).hasSize(4 * 2 * 4); // networks, seeds, optimizers in this order
    for (int i = 0; i < outcomes.size(); i += 4) {
      Outcome adam = outcomes.get(i);
      Outcome bits32 = outcomes.get(i + 1);
      Outcome bits8 = outcomes.get(i + 2);
      assertThat(bits32.loss()).isCloseTo(adam.loss(), within(1e-4));
      assertThat(bits8.loss()).isCloseTo(adam.loss(), within(0.05)).isNotEqualTo(bits32.loss());
      assertThat(bits8.stateBytes()).isLessThan(adam.stateBytes() / 3);
      Outcome bits4 = outcomes.get(i + 3);
      assertThat(bits4.loss()).isCloseTo(adam.loss(), within(0.1)).isNotEqualTo(bits8.loss());
      assertThat(bits4.stateBytes()).isLessThan(adam.stateBytes() / 4);
    }
    assertThat(outcomes.get(0).loss()).as("another seed").isNotEqualTo(outcomes.get(4).loss());
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains(
            "| image | Adam8bit |",
            "| recurrent | 8 bits - 32 bits |",
            "| dense | 4 bits - 32 bits |");
  }

  @Test
  void differencesArePairedBySeed() {
    List<Outcome> outcomes =
        List.of(
            outcome(Optimizer.ADAM, 1, 1.0, 0.50, 800),
            outcome(Optimizer.BITS32, 1, 1.0, 0.50, 801),
            outcome(Optimizer.BITS8, 1, 1.1, 0.49, 200),
            outcome(Optimizer.BITS4, 1, 1.2, 0.50, 100),
            outcome(Optimizer.ADAM, 2, 3.0, 0.70, 800),
            outcome(Optimizer.BITS32, 2, 3.0, 0.70, 801),
            outcome(Optimizer.BITS8, 2, 3.3, 0.70, 200),
            outcome(Optimizer.BITS4, 2, 3.2, 0.70, 100));
    assertThat(new MarkdownReport(outcomes).lines())
        .contains(
            "| text | Adam (ND4J) | 2.0000 ± 1.4142 | 60.00% ± 14.14 | 800 |",
            "| text | Adam8bit | 2.2000 ± 1.5556 | 59.50% ± 14.85 | 200 |",
            "| text | 8 bits - 32 bits | +0.2000 ± 0.1000 | -0.50 ± 0.50 |",
            "| text | 4 bits - 32 bits | +0.2000 ± 0.0000 | +0.00 ± 0.00 |",
            "| text | 32 bits - ND4J | +0.0000 ± 0.0000 | +0.00 ± 0.00 |");
  }

  @Test
  void digitsDependOnTheSeedAlone() {
    float[] seven = Digits.draw(7, new Random(3));
    assertThat(Digits.draw(7, new Random(3))).isEqualTo(seven);
    assertThat(Digits.draw(7, new Random(4))).isNotEqualTo(seven);
    assertThat(Digits.draw(1, new Random(3))).isNotEqualTo(seven);
  }

  @Test
  void wrongOptionsAreRefused() {
    assertThat(Convergence.run("--seeds", "1")).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(Convergence.run("--networks", "text,text")).isEqualTo(CommandLine.ExitCode.USAGE);
  }

  private static Outcome outcome(
      Optimizer optimizer, long seed, double loss, double accuracy, long stateBytes) {
    return new Outcome(Network.TEXT, optimizer, seed, loss, accuracy, stateBytes);
  }
}
