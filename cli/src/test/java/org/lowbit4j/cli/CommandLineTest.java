package org.lowbit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.cuda.CudaReport;

/** The program around its commands. */
class CommandLineTest {

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"inspect", "verify", "convert", "strip", "doctor"})
  void everyCommandTeachesWithExamples(String command) {
    Run run = Run.of(command, "--help");
    assertThat(run.status).isZero();
    assertThat(run.out).contains("Examples:", "  lowbit4j " + command, "Exit status: 0", "--debug");
    assertThat(Run.of("--help").out).contains(command);
  }

  @Test
  void completionCompletes() {
    assertThat(Run.of("generate-completion").out).contains("_complete_lowbit4j", "--quant-map");
  }

  @Test
  void mistakesNameTheHelp() {
    Run run = Run.of("inspect");
    assertThat(run.status).isEqualTo(2);
    assertThat(run.err).contains("FILE", "lowbit4j inspect --help").hasLineCount(1);
    assertThat(Run.of("inspekt").status).isEqualTo(2);
    assertThat(Run.of().status).isEqualTo(2);
  }

  @Test
  void doctorTellsWhatRuns() {
    Run run = Run.of("doctor", "--seconds", 1, "--elements", 10000);
    assertThat(run.status).as(run.toString()).isZero();
    assertThat(run.out)
        .contains("ND4J backend", "Kernel", "why not faster", "GPUs", "Adam8bit at 32 bits");
  }

  @ParameterizedTest
  @CsvSource({"--elements, 0", "--elements, -5", "--seconds, -1"})
  void doctorRefusesBadNumbersBeforeAnythingElse(String option, int value) {
    Run run = Run.of("doctor", option, value);
    assertThat(run.status).isEqualTo(2);
    assertThat(run.out).isEmpty();
    assertThat(run.err).contains(option + " is " + value).hasLineCount(1);
  }

  @Test
  void doctorTellsTheVerdictOnEachCudaKernel() {
    Map<String, String> verdicts = new TreeMap<>();
    verdicts.put("adam", CudaReport.PASSED);
    verdicts.put("lion", "not used: it gave other bits");
    assertThat(DoctorCommand.cuda(verdicts, true))
        .hasSize(2)
        .element(0, InstanceOfAssertFactories.STRING)
        .startsWith("adam ")
        .endsWith(" " + CudaReport.PASSED);
    assertThat(DoctorCommand.cuda(verdicts, false).get(1)).endsWith("not used: it gave other bits");
    assertThat(DoctorCommand.cuda(Map.of(), true))
        .hasSize(1)
        .first()
        .asString()
        .contains("nd4j-cuda");
    assertThat(DoctorCommand.cuda(Map.of(), false)).isEmpty();
  }

  @Test
  void aBarShowsWhatTakesLonger() throws InterruptedException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Progress bar = new Progress("copy", 200, new PrintStream(bytes, true))) {
      bar.add(50);
      assertThat(bytes.size()).isZero();
      Thread.sleep(1050);
      bar.add(50);
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8)).contains("copy [####", "] 50%");
  }

  /** What has only a file and --json does without the parser of arguments, and prints the same. */
  @Test
  void thePlainInspectionPrintsWhatTheParsedOneDoes() throws IOException, InterruptedException {
    assertThat(Lowbit4j.plain("inspect", "a.zip")).isEqualTo(new File("a.zip"));
    assertThat(Lowbit4j.plain("inspect", "--json", "a.zip")).isEqualTo(new File("a.zip"));
    for (String other : List.of("inspect", "inspect --help", "inspect a --json", "verify a", "")) {
      assertThat(Lowbit4j.plain(other.split(" "))).as(other).isNull();
    }
    assertThat(Lowbit4j.plain("inspect", "@a")).isNull();
    Archive damaged = Archive.read(Run.network("multilayer-managed.zip"));
    damaged.state()[5000] ^= 1;
    Path file = damaged.write(folder.resolve("damaged.zip"));
    for (Object[] args :
        new Object[][] {
          {"inspect", Run.network("multilayer-managed.zip")},
          {"inspect", "--json", Run.network("graph-clipped.zip")},
          {"inspect", Run.network("samediff.fb")},
          {"inspect", file},
          {"inspect", "--json", file},
          {"inspect", folder.resolve("absent.zip")},
        }) {
      Run parsed = Run.of(args);
      String[] words = Arrays.stream(args).map(Object::toString).toArray(String[]::new);
      assertThat(child(words))
          .isEqualToNormalizingNewlines(parsed.out + parsed.err + "exit " + parsed.status);
    }
    assertThat(Run.of("inspect", file).status).isEqualTo(1);
  }

  /** With the thin jar's class path, on a machine that has none of ND4J's backends. */
  @Test
  void filesNeedNoBackend() throws IOException, InterruptedException {
    String network = Run.network("multilayer-managed.zip").toString();
    String deploy = folder.resolve("deploy.zip").toString();
    assertThat(child("inspect", network)).contains("MultiLayerNetwork", "exit 0");
    assertThat(child("verify", network, Run.network("samediff.fb").toString()))
        .contains("whole", "exit 0");
    assertThat(child("strip", Run.network("multilayer.zip").toString(), "-o", deploy))
        .contains("exit 0");
    assertThat(child("doctor")).contains("No backend of ND4J works here", "exit 2");
  }

  /** Also what the library logs about its choices. */
  @Test
  void theReportOfDoctorIsOnItsOutput() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                command(System.getProperty("java.class.path"), "doctor", "--seconds", "0"))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    assertThat(text).contains("Kernel  ", "INFO Kernels - Kernel: ");
  }

  private static List<String> command(String path, String... args) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                path,
                Lowbit4j.class.getName()));
    command.addAll(Arrays.asList(args));
    return command;
  }

  private static String child(String... args) throws IOException, InterruptedException {
    String path =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(
                p ->
                    !new File(p)
                        .getName()
                        .matches(
                            "(nd4j-native-1|nd4j-native-preset|openblas|javacpp.*linux|nd4j-cuda).*"))
            .collect(Collectors.joining(File.pathSeparator));
    Process process = new ProcessBuilder(command(path, args)).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return text + "exit " + process.waitFor();
  }
}
