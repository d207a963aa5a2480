package org.lowbit4j.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Every message that the library can throw or log is in docs/troubleshooting.md or
 * docs/troubleshooting-machine.md, with its cause.
 */
class TroubleshootingTest {

  private static final List<Path> SOURCES =
      List.of(Path.of("src/main/java"), Path.of("spark/src/main/java"));

  private static final int LEAST_WORDS = 4;
  private static final int MOST_WORDS = 8;

  @Test
  void everyMessageIsThereByItsFirstWords() throws IOException {
    List<String> messages =
        SOURCES.stream()
            .flatMap(folder -> found(folder).messages().stream())
            .map(message -> message.replace(Messages.HOLE, "...").trim())
            .filter(message -> Character.isLetter(message.charAt(0)) || message.startsWith("..."))
            .toList();
    String page = page();
    assertThat(messages).hasSizeGreaterThan(100);
    assertThat(messages.stream().map(m -> firstWords(m, messages)).filter(w -> !page.contains(w)))
        .as("add to docs/troubleshooting.md, with cause and remedy")
        .isEmpty();
  }

  @Test
  void everyCheckedPropertyIsThere() throws IOException {
    String page = page();
    assertThat(SOURCES.stream().flatMap(folder -> found(folder).checkedProperties().stream()))
        .filteredOn(property -> !property.contains(Messages.HOLE))
        .hasSizeGreaterThan(10)
        .allMatch(page::contains, "is in docs/troubleshooting.md");
  }

  private static Messages.Found found(Path sources) {
    try {
      return Messages.in(sources);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As many as tell the message from the others. */
  private static String firstWords(String message, List<String> all) {
    int words = LEAST_WORDS;
    while (words < MOST_WORDS && isAmbiguous(prefix(message, words), message, all)) {
      words++;
    }
    return prefix(message, words);
  }

  private static boolean isAmbiguous(String prefix, String message, List<String> all) {
    return all.stream().anyMatch(other -> !other.equals(message) && other.startsWith(prefix));
  }

  private static String prefix(String message, int words) {
    return Arrays.stream(message.split("\\s+"))
        .limit(words)
        .collect(Collectors.joining(" "))
        .replaceFirst("[.,:;]+$", "");
  }

  private static String page() throws IOException {
    String both =
        Page.read(Path.of("docs/troubleshooting.md")).text()
            + Page.read(Path.of("docs/troubleshooting-machine.md")).text();
    return both.replaceAll("\\s+", " ");
  }
}
