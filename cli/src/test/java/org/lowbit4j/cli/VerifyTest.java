package org.lowbit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Damage is found, and its place told. */
class VerifyTest {

  /** One block of 8 bits, FLOAT, two moments; the second of the network has 32 bits. */
  private static final String NETWORK = "multilayer.zip";

  @TempDir Path folder;

  static Stream<Path> networks() throws IOException {
    return Files.list(Run.NETWORKS)
        .filter(p -> p.toString().endsWith(".zip") || p.toString().endsWith(".fb"))
        .sorted();
  }

  @ParameterizedTest
  @MethodSource("networks")
  void savedNetworksAreWhole(Path file) {
    Run run = Run.of("verify", file);
    assertThat(run.status).as(run.toString()).isZero();
    assertThat(run.out).contains("whole, ", " with checksum");
  }

  /** Words of the first block's header, by what is put there. */
  @ParameterizedTest
  @CsvSource({
    "0, 1218, no lowbit4j header",
    "1, 0, no lowbit4j header",
    "2, 2, format version 2",
    "3, 2, was written in a DOUBLE network",
    "4, 2, written by rule 2 (amsgrad)",
    "5, 2, codebook 2",
    "6, 32, 32 bits",
    "7, 128, block size 128",
    "8, 3, header word 8",
    "9, 7, parameters",
    "13, 3000, header word",
    "14, -1, header word",
    "19, 1, canary",
    "20, 1, canary",
    "21, 100, gradient norms",
    "22, 0.5, header word 22"
  })
  void wrongHeaders(int word, float value, String what) throws IOException {
    Archive archive = Archive.read(Run.network(NETWORK));
    int at = StateOffset.of(archive.state()) + word * Float.BYTES;
    java.nio.ByteBuffer.wrap(archive.state()).putFloat(at, value);
    Run run = Run.of("verify", archive.write(folder.resolve("changed.zip")));
    assertThat(run.status).as(run.toString()).isEqualTo(1);
    assertThat(run.err)
        .contains("updater block 1 (", what)
        .doesNotContain("Nothing was changed", "getStateViewArray");
    int named = StateOffset.of(archive.state()) + firstWord(word) * Float.BYTES;
    assertThat(run.err).contains("byte " + named + " of updaterState.bin");
  }

  /** Of what stands over several words, or can only be told by all of them, the first is named. */
  private static int firstWord(int word) {
    return word < 2 ? 0 : word;
  }

  @ParameterizedTest
  @CsvSource({
    "0x7F, code 0x7F",
    "0xFF, code 0xFF",
  })
  void codesThatNoStepWrites(String code, String what) throws IOException {
    Archive archive = Archive.read(Run.network(NETWORK));
    int at = StateOffset.of(archive.state()) + lastCode();
    archive.state()[at] = (byte) Integer.decode(code).intValue();
    Run run = Run.of("verify", archive.write(folder.resolve("changed.zip")));
    assertThat(run.status).as(run.toString()).isEqualTo(1);
    int word = StateOffset.of(archive.state()) + lastCode() / 4 * 4;
    assertThat(run.err)
        .contains("updater block 1 (", "byte " + word + " of updaterState.bin", what)
        .contains("checksum");
  }

  /** Somewhere in the first block's codes. */
  private static int lastCode() {
    return 5000;
  }

  @Test
  void scalesThatAreNoNumbers() throws IOException {
    Archive archive = Archive.read(Run.network(NETWORK));
    int at = StateOffset.of(archive.state()) + (24 + 2) * Float.BYTES;
    java.nio.ByteBuffer.wrap(archive.state()).putFloat(at, -1);
    Run run = Run.of("verify", archive.write(folder.resolve("changed.zip")));
    assertThat(run.status).isEqualTo(1);
    assertThat(run.err)
        .contains("byte " + at + " of updaterState.bin")
        .contains("the scale of quantization block 2 of m is -1.0");
  }

  /** Any bit, but those of the number of steps, which no checksum has. */
  @ParameterizedTest
  @CsvSource({
    "multilayer.zip",
    "multilayer-half.zip",
    "multilayer-double.zip",
    "graph-clipped.zip",
    "multilayer-managed.zip"
  })
  void everyBitOfTheStateCounts(String name) throws IOException {
    Random random = new Random(7);
    Archive archive = Archive.read(Run.network(name));
    byte[] state = archive.state();
    int words = StateOffset.of(state);
    for (int i = 0; i < 40; i++) {
      int at = words + random.nextInt(state.length - words);
      int bit = 1 << random.nextInt(8);
      state[at] ^= (byte) bit;
      Run run = Run.of("verify", archive.write(folder.resolve("flipped.zip")));
      state[at] ^= (byte) bit;
      if (run.status == 0 && isInSteps(state, words, name, at)) {
        continue;
      }
      assertThat(run.status).as("byte " + at + ", bit " + bit + run).isEqualTo(1);
      assertThat(run.err).contains("updater block ", "byte ");
    }
  }

  /** Whether a byte is in words 22 and 23 of a header, which has a magic word in front. */
  private static boolean isInSteps(byte[] state, int words, String name, int at) {
    byte[] magic =
        name.contains("half")
            ? new byte[] {0x64, (byte) 0xC1}
            : name.contains("double")
                ? java.nio.ByteBuffer.allocate(8).putDouble(1217).array()
                : java.nio.ByteBuffer.allocate(4).putFloat(1217).array();
    for (int word = 22; word < 24; word++) {
      int from = words + ((at - words) / magic.length - word) * magic.length;
      if (from >= words
          && java.util.Arrays.equals(state, from, from + magic.length, magic, 0, magic.length)) {
        return true;
      }
    }
    return false;
  }

  @Test
  void archivesThatAreDamagedThemselves() throws IOException {
    byte[] bytes = Files.readAllBytes(Run.network(NETWORK));
    Random random = new Random(3);
    int found = 0;
    for (int i = 0; i < 40; i++) {
      byte[] copy = bytes.clone();
      copy[random.nextInt(copy.length)] ^= (byte) (1 << random.nextInt(8));
      Run run = Run.of("verify", Files.write(folder.resolve("flipped.zip"), copy));
      found += run.status > 0 ? 1 : 0;
      assertThat(run.status).isBetween(0, 2);
      assertThat(run.err).doesNotContain("Exception", "\tat ");
    }
    // The rest are dates, and what an archive has twice.
    assertThat(found).isGreaterThan(35);
  }

  @Test
  void stateAndConfigurationThatDisagree() throws IOException {
    Archive archive = Archive.read(Run.network(NETWORK));
    change(archive, "\"blockSize\" : 256", "\"blockSize\" : 512");
    Run run = Run.of("verify", archive.write(folder.resolve("other.zip")));
    assertThat(run.status).as(run.toString()).isEqualTo(1);
    assertThat(run.err)
        .containsAnyOf(
            "The optimizer state has block size 256; this updater has 512",
            "by configuration.json it is");
  }

  @Test
  void parametersOfAnotherNumber() throws IOException {
    Archive archive = Archive.read(Run.network(NETWORK));
    archive.parts.put(
        "coefficients.bin",
        Archive.read(Run.network("small-adam.zip")).parts.get("coefficients.bin"));
    Run run = Run.of("verify", archive.write(folder.resolve("other.zip")));
    assertThat(run.status).as(run.toString()).isEqualTo(1);
    assertThat(run.err)
        .contains("coefficients.bin", "parameters; the layers of configuration.json");
  }

  @Test
  void severalFilesHaveTheWorstStatus() throws IOException {
    Archive archive = Archive.read(Run.network(NETWORK));
    archive.state()[archive.state().length - 400] ^= 1;
    Path damaged = archive.write(folder.resolve("damaged.zip"));
    assertThat(Run.of("verify", Run.network(NETWORK), damaged).status).isEqualTo(1);
    Run all = Run.of("verify", folder.resolve("absent"), damaged, Run.network(NETWORK));
    assertThat(all.status).isEqualTo(2);
    assertThat(all.out).contains("multilayer.zip: whole");
  }

  @Test
  void bitsOfSameDiffFiles() throws IOException {
    byte[] bytes = Files.readAllBytes(Run.network("samediff.fb"));
    byte[] magic = {0x44, (byte) 0x98, 0x20, 0x00};
    int at = indexOf(bytes, magic);
    bytes[at + 5000] ^= 1;
    Run run = Run.of("verify", Files.write(folder.resolve("changed.fb"), bytes));
    assertThat(run.status).as(run.toString()).isEqualTo(1);
    assertThat(run.err).contains("updater block ", "of array LOWBIT_STATE", "checksum");
  }

  private static int indexOf(byte[] bytes, byte[] part) {
    String all = new String(bytes, StandardCharsets.ISO_8859_1);
    return all.indexOf(new String(part, StandardCharsets.ISO_8859_1));
  }

  private static void change(Archive archive, String from, String to) {
    String json = new String(archive.parts.get("configuration.json"), StandardCharsets.UTF_8);
    assertThat(json).contains(from);
    archive.parts.put(
        "configuration.json", json.replace(from, to).getBytes(StandardCharsets.UTF_8));
  }
}
