package org.lowbit4j.examples.wordnet;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The most frequent words of a text, numbered from 1 by falling frequency; 0 is any other word. */
public final class Vocabulary {

  private final Map<String, Integer> ids = new HashMap<>();

  /**
   * Counts words.
   *
   * @param glosses the training glosses
   * @param size number of ids, the 0 included; 2 or more
   */
  public Vocabulary(List<Gloss> glosses, int size) {
    Map<String, Integer> counts = new HashMap<>();
    for (Gloss gloss : glosses) {
      gloss.words().forEach(word -> counts.merge(word, 1, Integer::sum));
    }
    counts.entrySet().stream()
        .sorted(
            Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(size - 1L)
        .forEach(entry -> ids.put(entry.getKey(), ids.size() + 1));
  }

  /**
   * Numbers the words of a gloss.
   *
   * @param gloss any gloss
   * @return one id per word
   */
  public int[] encode(Gloss gloss) {
    return gloss.words().stream().mapToInt(word -> ids.getOrDefault(word, 0)).toArray();
  }
}
