package org.lowbit4j.examples.wordnet;

import java.util.List;

/**
 * The definition of one WordNet synset.
 *
 * @param partOfSpeech n, v, a or r
 * @param offset byte offset in the data file of its part of speech: together they name the synset
 * @param category number of the lexicographer file, 0 to 44: the label
 * @param words the first 20 words of the definition in lower case, at least one
 */
public record Gloss(char partOfSpeech, int offset, int category, List<String> words) {

  /** Words kept of a definition. */
  public static final int MAX_WORDS = 20;

  /**
   * A hash of the synset alone, the same in every run: it orders and splits the data.
   *
   * @return 64 well mixed bits
   */
  public long hash() {
    long z = partOfSpeech * 1_000_000_000L + offset + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /**
   * Whether this gloss is kept for testing; about one in ten is.
   *
   * @return true for testing, false for training
   */
  public boolean isTest() {
    return Long.remainderUnsigned(hash(), 10) == 0;
  }
}
