package org.lowbit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/** What is told of files. */
class InspectTest {

  @TempDir Path folder;

  /** Written by "lowbit4j inspect", and looked at. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "multilayer-managed.zip",
        "graph-clipped.zip",
        "multilayer-half.zip",
        "multilayer-double.zip",
        "samediff.fb"
      })
  void tablesAreThoseOfTheTranscripts(String name) throws IOException {
    Run run = Run.of("inspect", Run.network(name));
    assertThat(run.status).as(run.toString()).isZero();
    assertThat(run.out.replace(Run.NETWORKS + "/", "").replace(Run.NETWORKS + "\\", ""))
        .isEqualToNormalizingNewlines(transcript(name + ".txt"));
    assertThat(run.err).isEmpty();
  }

  private static String transcript(String name) throws IOException {
    return new String(
        InspectTest.class.getResourceAsStream(name).readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void jsonHasWhatTheTableHas() throws IOException {
    Run run = Run.of("inspect", "--json", Run.network("graph-clipped.zip"));
    JsonNode root = new ObjectMapper().readTree(run.out);
    assertThat(root.get("kind").asText()).isEqualTo("ComputationGraph");
    assertThat(root.get("parameters").asLong()).isEqualTo(5954);
    assertThat(root.get("stateBytes").asLong()).isEqualTo(13384);
    JsonNode block = root.get("blocks").get(1);
    assertThat(block.get("updater").asText()).isEqualTo("Nesterovs8bit");
    assertThat(block.get("layers").get("b").get(0).asText()).isEqualTo("W");
    assertThat(block.get("bits").asInt()).isEqualTo(8);
    assertThat(block.get("blockSize").asInt()).isEqualTo(64);
    assertThat(block.get("gradientNorms").asInt()).isEqualTo(100);
    assertThat(block.get("moments").get(0).get("rms").asDouble()).isBetween(1e-5, 1e-3);
    assertThat(block.get("moments").get(0).get("saturated").asDouble()).isBetween(0.015, 0.03);
  }

  @Test
  void aFileWithoutStateSaysSo() throws IOException {
    Archive archive = Archive.read(Run.network("multilayer.zip"));
    archive.parts.remove("updaterState.bin");
    Run run = Run.of("inspect", archive.write(folder.resolve("plain.zip")));
    assertThat(run.status).isZero();
    assertThat(run.out).contains("No updater state");
  }

  @Test
  void freshStateIsFresh() throws IOException {
    Archive archive = Archive.read(Run.network("multilayer.zip"));
    byte[] state = archive.state();
    java.util.Arrays.fill(state, StateOffset.of(state), state.length, (byte) 0);
    Run run = Run.of("inspect", archive.write(folder.resolve("fresh.zip")));
    assertThat(run.status).as(run.toString()).isZero();
    assertThat(run.out).contains("fresh").doesNotContain("NaN");
  }

  @Test
  void whatIsNoNetworkIsRefusedInOneLine() throws IOException {
    Path text = Files.writeString(folder.resolve("a.txt"), "PK, but no archive");
    Path empty = Files.createFile(folder.resolve("empty.zip"));
    Path noise = Files.write(folder.resolve("noise.fb"), new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
    Path absent = folder.resolve("absent.zip");
    Path truncated =
        Files.write(
            folder.resolve("half.zip"),
            java.util.Arrays.copyOf(Files.readAllBytes(Run.network("multilayer.zip")), 20_000));
    Archive other = new Archive();
    other.parts.put("readme.txt", new byte[10]);
    Archive garbled = Archive.read(Run.network("multilayer.zip"));
    garbled.parts.put("configuration.json", "{\"confs\": 3".getBytes(StandardCharsets.UTF_8));
    for (Path file :
        new Path[] {
          text,
          empty,
          noise,
          absent,
          truncated,
          folder,
          other.write(folder.resolve("other.zip")),
          garbled.write(folder.resolve("garbled.zip"))
        }) {
      for (String command : new String[] {"inspect", "verify"}) {
        Run run = Run.of(command, file);
        assertThat(run.status).as(file + " " + run).isEqualTo(2);
        assertThat(run.err).as(file.toString()).startsWith("lowbit4j: ").hasLineCount(1);
        assertThat(run.err).contains(file.getFileName().toString());
      }
    }
  }

  @Test
  void debugTellsWhere() {
    Run run = Run.of("inspect", "--debug", folder.resolve("absent.zip"));
    assertThat(run.err).contains("\tat org.lowbit4j.cli.");
  }
}
