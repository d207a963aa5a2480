package org.lowbit4j.examples.wordnet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job: what it claims of 8-bit state must come out of it. */
class WordNetClassifierTest {

  @Test
  void aSmallRunTrainsSavesResumesAndReports(@TempDir Path folder) throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    WordNetOptions options =
        WordNetOptions.parse("--limit", "6000", "--epochs", "3", "--out", folder.toString());
    Comparison comparison =
        WordNetClassifier.compare(options, new PrintStream(printed, true, StandardCharsets.UTF_8));

    RunResult adam = comparison.runs().get(0);
    RunResult adam8bit = comparison.runs().get(1);
    assertThat(adam8bit.stateShare()).isLessThanOrEqualTo(0.26);
    assertThat(adam8bit.checkpointBytes()).isLessThan(adam.checkpointBytes());
    for (RunResult run : comparison.runs()) {
      assertThat(run.losses()).hasSize(3);
      assertThat(run.losses().get(2)).isLessThan(run.losses().get(0));
      assertThat(run.accuracy()).isGreaterThan(0.2);
    }
    for (RunResult run : comparison.runs().subList(0, 3)) { // the last is another network
      assertThat(run.losses().get(2))
          .isBetween(0.97 * adam.losses().get(2), 1.03 * adam.losses().get(2));
      assertThat(run.accuracy()).isBetween(adam.accuracy() - 0.03, adam.accuracy() + 0.03);
    }
    assertThat(comparison.resumed().orElseThrow().identical()).isTrue();
    assertThat(comparison.resumed().orElseThrow().stateBytes()).isEqualTo(adam8bit.stateBytes());
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains("Adam8bit", "Resume check: identical");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(f -> f.getFileName().toString())).contains("report.html");
    }
    assertThat(Files.readString(folder.resolve("report.html"))).contains("data:image", "Adam8bit");
  }

  /**
   * Takes about 15 minutes: mvn test -Dtest=WordNetClassifierTest -Dgroups=slow -DexcludedGroups=
   */
  @Test
  @Tag("slow")
  void overThreeSeedsAccuracyIsThatOfNd4jsAdam(@TempDir Path folder) throws Exception {
    List<Double> adam = new ArrayList<>();
    List<Double> adam8bit = new ArrayList<>();
    for (String seed : new String[] {"1", "2", "3"}) {
      WordNetOptions options =
          WordNetOptions.parse("--seed", seed, "--out", folder.resolve(seed).toString());
      Comparison comparison = WordNetClassifier.compare(options, System.out);
      adam.add(comparison.runs().get(0).accuracy());
      adam8bit.add(comparison.runs().get(1).accuracy());
      assertThat(comparison.runs().get(1).stateShare()).isLessThanOrEqualTo(0.26);
      assertThat(comparison.resumed().orElseThrow().identical()).isTrue();
    }
    assertThat(mean(adam8bit))
        .as("ND4J's Adam %s, Adam8bit %s", adam, adam8bit)
        .isBetween(mean(adam) - 0.003, mean(adam) + 0.003);
  }

  private static double mean(List<Double> x) {
    return x.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }
}
