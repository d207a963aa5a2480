package org.lowbit4j.examples.wordnet;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * An endless stream of batches: batch {@code step} is always the same for the same glosses and
 * seed, so that several networks can train on it, and one can resume in its middle.
 */
public final class GlossBatches {

  private final int[][] words;
  private final int[] categories;
  private final BatchOrder order;
  private final DataType type;

  /**
   * Encodes glosses.
   *
   * @param glosses what to go through
   * @param vocabulary numbers their words
   * @param size glosses per batch
   * @param type data type of labels and masks
   * @param seed decides the order
   */
  public GlossBatches(
      List<Gloss> glosses, Vocabulary vocabulary, int size, DataType type, long seed) {
    this.words = glosses.stream().map(vocabulary::encode).toArray(int[][]::new);
    this.categories = glosses.stream().mapToInt(Gloss::category).toArray();
    this.order = new BatchOrder(words.length, size, seed);
    this.type = type;
  }

  /**
   * Batches per epoch.
   *
   * @return a count; the last batch of an epoch may be smaller than the others
   */
  public int perEpoch() {
    return order.perEpoch();
  }

  /**
   * Makes one batch.
   *
   * @param step number of the batch, 0 or more, counted on through all epochs
   * @return features [n, 20] of word ids, features mask [n, 20] with 0 after the last word, labels
   *     [n, 45]
   */
  public DataSet batch(long step) {
    int[] members = order.members(step);
    int n = members.length;
    int[] ids = new int[n * Gloss.MAX_WORDS];
    float[] mask = new float[n * Gloss.MAX_WORDS];
    float[] labels = new float[n * WordNetGlosses.CATEGORIES];
    for (int i = 0; i < n; i++) {
      int[] gloss = words[members[i]];
      System.arraycopy(gloss, 0, ids, i * Gloss.MAX_WORDS, gloss.length);
      Arrays.fill(mask, i * Gloss.MAX_WORDS, i * Gloss.MAX_WORDS + gloss.length, 1f);
      labels[i * WordNetGlosses.CATEGORIES + categories[members[i]]] = 1f;
    }
    return new DataSet(
        Nd4j.createFromArray(ids).reshape(n, Gloss.MAX_WORDS),
        Nd4j.createFromArray(labels).reshape(n, WordNetGlosses.CATEGORIES).castTo(type),
        Nd4j.createFromArray(mask).reshape(n, Gloss.MAX_WORDS).castTo(type),
        null);
  }

  /**
   * The categories of one batch.
   *
   * @param step number of the batch
   * @return one category per gloss
   */
  public int[] categories(long step) {
    return IntStream.of(order.members(step)).map(i -> categories[i]).toArray();
  }
}
