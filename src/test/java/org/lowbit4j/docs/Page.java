package org.lowbit4j.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page of the documentation.
 *
 * @param path where it is
 * @param text what it says
 */
record Page(Path path, String text) {

  private static final Pattern BLOCK =
      Pattern.compile("(?m)(?:^<!-- (not \\w+): [^>]+-->\n)?^```(\\w+)\n((?s:.*?))^```$");

  /**
   * A block of code.
   *
   * @param page where it stands
   * @param language what follows the back-ticks
   * @param code the lines
   * @param exception {@code not run} or {@code not compiled} where a comment before it says so
   */
  record Block(Page page, String language, String code, String exception) {

    @Override
    public String toString() {
      return page.path() + ": " + code.lines().findFirst().orElse("");
    }
  }

  static Page read(Path path) throws IOException {
    return new Page(path, Files.readString(path));
  }

  /** README, CONTRIBUTING and docs. */
  static List<Page> all() throws IOException {
    List<Page> pages = new ArrayList<>();
    pages.add(read(Path.of("README.md")));
    pages.add(read(Path.of("CONTRIBUTING.md")));
    try (Stream<Path> files = Files.list(Path.of("docs"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".md")).sorted().toList()) {
        pages.add(read(file));
      }
    }
    return pages;
  }

  List<Block> blocks(String language) {
    List<Block> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(text);
    while (matcher.find()) {
      String exception = matcher.group(1) == null ? "" : matcher.group(1);
      blocks.add(new Block(this, matcher.group(2), matcher.group(3), exception));
    }
    return blocks.stream().filter(block -> block.language().equals(language)).toList();
  }

  /** The text without its blocks of code. */
  String prose() {
    return BLOCK.matcher(text).replaceAll("");
  }
}
