package org.lowbit4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every example runs and shows what it is for. */
class ExamplesTest {

  private static final Path FOLDER = Path.of("examples/src/main/java/org/lowbit4j/examples");

  /** What each must print, as a regular expression; LargeState has a test of its own. */
  private static final Map<String, String> PRINTED =
      Map.of(
          "QuickStart", "(?s).*570,510 parameters, 1,1\\d\\d,\\d{3} bytes.*has 4,564,080.*",
          "PerLayer", "(?s).*head +b .*AdamW8bit +32.*Loss 0\\..*",
          "Resume", "(?s).*parameters equal: true, state equal: true.*",
          "SameDiffTraining", "(?s).*Loss 0\\..*",
          "FineTuning", "(?s).*decoupled weight decay 0\\.01.*Loss 0\\..*",
          "WholeStep", "(?s).*Sgd +10\\d,.*Adam +10\\d,.*Adam8bit +10\\d,.*",
          "ConvertTraining", "(?s).*converted to Adam8bit +loss 1\\..*",
          "AveragingTime", "10,000 parameters, 3 workers: Adam .* times as long\\s+",
          "LargeState", "");

  private static final Map<String, String[]> ARGUMENTS =
      Map.of("WholeStep", new String[] {"1e5", "1"}, "AveragingTime", new String[] {"1e4", "3"});

  static Stream<String> names() {
    return PRINTED.keySet().stream().filter(name -> !name.equals("LargeState")).sorted();
  }

  @ParameterizedTest
  @MethodSource("names")
  void itRuns(String name) throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream console = System.out;
    System.setOut(new PrintStream(printed, true));
    try {
      Class.forName("org.lowbit4j.examples." + name)
          .getMethod("main", String[].class)
          .invoke(null, (Object) ARGUMENTS.getOrDefault(name, new String[0]));
    } catch (InvocationTargetException e) {
      throw new AssertionError(name + " threw.", e.getCause());
    } finally {
      System.setOut(console);
    }
    assertThat(printed.toString()).matches(PRINTED.get(name));
  }

  @Test
  void noneIsForgotten() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      assertThat(files.map(f -> f.getFileName().toString()).filter(f -> f.endsWith(".java")))
          .map(f -> f.replace(".java", ""))
          .filteredOn(f -> !f.equals("Patterns") && !f.equals("WholeStepProcess"))
          .containsExactlyInAnyOrderElementsOf(PRINTED.keySet());
    }
  }
}
