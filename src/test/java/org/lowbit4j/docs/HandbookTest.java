package org.lowbit4j.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** README and docs: their size, and that what they link to, name and tell to run exists. */
class HandbookTest {

  private static final int WIDTH = 120;

  /** Inline, or a definition of a reference. */
  private static final Pattern LINK = Pattern.compile("(?m)(?:\\]\\(|^\\[[^]]+\\]: )([^)\\s]+)");

  private static final Pattern FILE =
      Pattern.compile("`([\\w.-]+(?:/[\\w.-]+)*/?[\\w-]+\\.(?:java|md|xml|sh|cpp|h|csv|txt))`");

  private static final Pattern TEST = Pattern.compile("\\b([A-Z]\\w+Test)\\b");

  static Stream<Page> pages() throws IOException {
    return Page.all().stream();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void pagesAreShort(Page page) {
    assumeFalse(page.path().equals(Path.of("CONTRIBUTING.md")));
    int longest = page.path().equals(Path.of("README.md")) ? 150 : 200;
    assertThat(page.text().lines()).hasSizeLessThanOrEqualTo(longest);
    assertThat(page.text().lines().filter(line -> line.length() > WIDTH)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void linksLeadSomewhere(Page page) throws IOException {
    for (String link : found(LINK, page.text(), 1)) {
      if (!link.startsWith("https://")) {
        String[] parts = link.split("#", 2);
        Path target =
            parts[0].isEmpty() ? page.path() : page.path().resolveSibling(parts[0]).normalize();
        assertThat(target).as("link %s of %s", link, page.path()).exists();
        if (parts.length == 2) {
          assertThat(anchors(Page.read(target))).as("link %s", link).contains(parts[1]);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void namedFilesAndTestsExist(Page page) throws IOException {
    List<String> sources = new ArrayList<>();
    for (String folder :
        List.of("src", "examples/src", "nd4j-ops/src", "benchmarks/src", "spark/src")) {
      try (Stream<Path> files = Files.walk(Path.of(folder))) {
        files.forEach(file -> sources.add(file.toString()));
      }
    }
    for (String name : found(FILE, page.prose(), 1)) {
      boolean example = name.matches(".*(X8bit|XRule|X8bitUpdater|First)\\.java"); // of a reader's
      assertThat(
              example
                  || Files.exists(Path.of(name))
                  || Files.exists(Path.of("docs", name))
                  || sources.stream().anyMatch(file -> file.endsWith("/" + name)))
          .as("%s, named in %s", name, page.path())
          .isTrue();
    }
    assertThat(found(TEST, page.text(), 1))
        .filteredOn(test -> sources.stream().noneMatch(f -> f.endsWith("/" + test + ".java")))
        .as("tests named in %s that are not there", page.path())
        .isEmpty();
  }

  @Test
  void commandsAreThoseOfCi() throws IOException {
    String ci = Files.readString(Path.of(".ci", "run"));
    ci = ci.replaceAll("\\s(-B|-q|--no-transfer-progress)", "");
    List<String> commands = new ArrayList<>();
    for (Page page : Page.all()) {
      for (Page.Block block : page.blocks("bash")) {
        block.code().lines().filter(line -> line.startsWith("mvn")).forEach(commands::add);
      }
    }
    assertThat(commands).hasSizeGreaterThanOrEqualTo(5);
    for (String command : commands) {
      // CI makes output quieter and runs smaller; goals, profiles and programs are the same.
      String same = command.replaceAll("\\s(-q|-Dargs=\"[^\"]*\")", "");
      assertThat(ci).contains(same);
    }
  }

  @Test
  void versionsAreThoseOfTheBuild() throws IOException {
    String build = Files.readString(Path.of("pom.xml"));
    String version = element(build, "version");
    String host = element(build, "dl4j.version");
    for (Page page : Page.all()) {
      for (Page.Block block : page.blocks("xml")) {
        assertThat(block.code()).contains("<artifactId>lowbit4j</artifactId>").contains(version);
        assertThat(block.code()).contains(host);
      }
    }
  }

  private static String element(String xml, String name) {
    return found(Pattern.compile("<" + name + ">([^<]+)</"), xml, 1).get(0);
  }

  private static List<String> found(Pattern pattern, String text, int group) {
    return pattern.matcher(text).results().map((MatchResult m) -> m.group(group)).toList();
  }

  /** As GitHub makes them of headings. */
  private static List<String> anchors(Page page) {
    return page.prose()
        .lines()
        .filter(line -> line.startsWith("#"))
        .map(line -> line.replaceFirst("^#+ ", "").toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\w -]", "").replace(' ', '-'))
        .toList();
  }
}
