package org.lowbit4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lowbit4j.paging.PageFile;

/** The example, killed in the middle of training and started again. */
class LargeStateTest {

  private static final int STEPS = 50;

  /** Not the system's temporary folder, which may be in memory. */
  private Path folder;

  @BeforeEach
  void makeFolder() throws IOException {
    try {
      PageFile.load();
    } catch (UnsupportedOperationException e) {
      assumeTrue(false, "SKIPPED, paging is not tested: " + e.getMessage());
    }
    folder = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "killed");
  }

  private static Process start(Path folder, Path output) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx512m",
            "-cp",
            System.getProperty("java.class.path"),
            LargeState.class.getName(),
            folder.toString(),
            Integer.toString(STEPS))
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void killedAndStartedAgainItEndsAsIfNothingHadHappened() throws Exception {
    Path output = folder.resolveSibling(folder.getFileName() + ".log");
    Process killed = start(folder, output);
    try {
      for (int i = 0; i < 600 && killed.isAlive() && !printed(output).contains("Step 20"); i++) {
        Thread.sleep(100);
      }
      assertThat(killed.isAlive()).as(printed(output)).isTrue();
      assertThat(Files.readString(Path.of("/proc/" + killed.pid() + "/maps")))
          .as("a scratch file without a name is mapped")
          .contains(folder + "/", "(deleted)");
    } finally {
      killed.destroyForcibly().waitFor(); // SIGKILL
    }
    assertThat(printed(output)).doesNotContain("Step " + STEPS);
    assertThat(names(folder)).contains("network.zip").isSubsetOf("network.zip", "unfinished.zip");

    Process restarted = start(folder, output);
    try {
      assertThat(restarted.waitFor(120, TimeUnit.SECONDS)).as(printed(output)).isTrue();
    } finally {
      restarted.destroyForcibly();
    }
    assertThat(restarted.exitValue()).as(printed(output)).isZero();
    assertThat(printed(output)).contains("Resumed at step ", "Step " + STEPS, "bytes paged in");
    assertThat(names(folder)).containsExactly("network.zip");

    ByteArrayOutputStream log = new ByteArrayOutputStream();
    Path uninterrupted =
        LargeState.train(folder.resolve("uninterrupted"), STEPS, new PrintStream(log, true));
    MultiLayerNetwork expected = ModelSerializer.restoreMultiLayerNetwork(uninterrupted.toFile());
    MultiLayerNetwork actual =
        ModelSerializer.restoreMultiLayerNetwork(folder.resolve("network.zip").toFile());
    assertThat(actual.params().toFloatVector()).isEqualTo(expected.params().toFloatVector());
    assertThat(actual.getUpdater().getStateViewArray().toFloatVector())
        .isEqualTo(expected.getUpdater().getStateViewArray().toFloatVector());
    assertThat(log.toString()).contains("Step 10 of 50", "checkpoint written");
  }

  private static String printed(Path output) throws IOException {
    return Files.exists(output) ? Files.readString(output) : "";
  }
}
