package org.lowbit4j.examples.wordnet;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * An endless stream of batches: batch {@code step} is always the same for the same glosses and
 * seed, so that several networks can train on it, and one can resume in its middle.
 *
 * <p>Every epoch goes through all glosses once, in an order of its own.
 */
public final class GlossBatches {

  private final int[][] words;
  private final int[] categories;
  private final int size;
  private final DataType type;
  private final long seed;

  private long orderedEpoch = -1;
  private int[] order;

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
    this.size = size;
    this.type = type;
    this.seed = seed;
  }

  /**
   * Batches per epoch.
   *
   * @return a count; the last batch of an epoch may be smaller than the others
   */
  public int perEpoch() {
    return (words.length + size - 1) / size;
  }

  /**
   * Makes one batch.
   *
   * @param step number of the batch, 0 or more, counted on through all epochs
   * @return features [n, 20] of word ids, features mask [n, 20] with 0 after the last word, labels
   *     [n, 45]
   */
  public DataSet batch(long step) {
    int[] members = members(step);
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
    return IntStream.of(members(step)).map(i -> categories[i]).toArray();
  }

  private int[] members(long step) {
    shuffle(step / perEpoch());
    int from = (int) (step % perEpoch()) * size;
    return Arrays.copyOfRange(order, from, Math.min(from + size, order.length));
  }

  private void shuffle(long epoch) {
    if (epoch == orderedEpoch) {
      return;
    }
    order = IntStream.range(0, words.length).toArray();
    Random random = new Random(seed * 1_000_003 + epoch);
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int other = order[j];
      order[j] = order[i];
      order[i] = other;
    }
    orderedEpoch = epoch;
  }
}
