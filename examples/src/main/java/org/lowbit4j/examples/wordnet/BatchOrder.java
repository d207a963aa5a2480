package org.lowbit4j.examples.wordnet;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Which examples make up a batch: batch {@code step} is always the same for the same seed.
 *
 * <p>Every epoch goes through all examples once, in an order of its own.
 */
public final class BatchOrder {

  private final int examples;
  private final int size;
  private final long seed;

  private long orderedEpoch = -1;
  private int[] order;

  /**
   * Chooses an order.
   *
   * @param examples number of examples, 1 or more
   * @param size examples per batch, 1 or more
   * @param seed decides the order
   */
  public BatchOrder(int examples, int size, long seed) {
    this.examples = examples;
    this.size = size;
    this.seed = seed;
  }

  /**
   * Batches per epoch.
   *
   * @return a count; the last batch of an epoch may be smaller than the others
   */
  public int perEpoch() {
    return (examples + size - 1) / size;
  }

  /**
   * The examples of one batch.
   *
   * @param step number of the batch, 0 or more, counted on through all epochs
   * @return numbers from 0 to the number of examples - 1
   */
  public int[] members(long step) {
    shuffle(step / perEpoch());
    int from = (int) (step % perEpoch()) * size;
    return Arrays.copyOfRange(order, from, Math.min(from + size, order.length));
  }

  private void shuffle(long epoch) {
    if (epoch == orderedEpoch) {
      return;
    }
    order = IntStream.range(0, examples).toArray();
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
