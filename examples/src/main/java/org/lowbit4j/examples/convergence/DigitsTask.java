package org.lowbit4j.examples.convergence;

import java.util.List;
import java.util.Random;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.lowbit4j.examples.wordnet.BatchOrder;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Tells digits drawn by {@link Digits}; networks differ. */
abstract class DigitsTask implements Task {

  private static final int BATCH = 32;
  private static final int TRAINING_IMAGES = 6_000;

  private final float[][] images;

  DigitsTask() {
    images = images(TRAINING_IMAGES, 1);
  }

  @Override
  public int steps() {
    return 400;
  }

  @Override
  public LongFunction<DataSet> batches(long seed) {
    BatchOrder order = new BatchOrder(images.length, BATCH, seed);
    return step -> batch(images, order.members(step));
  }

  @Override
  public List<DataSet> test(int examples) {
    return List.of(batch(images(examples, 2), IntStream.range(0, examples).toArray()));
  }

  /** Digits in turn: image i shows i modulo 10. */
  private static float[][] images(int count, long seed) {
    Random random = new Random(seed);
    return IntStream.range(0, count)
        .mapToObj(i -> Digits.draw(i % Digits.COUNT, random))
        .toArray(float[][]::new);
  }

  private static DataSet batch(float[][] images, int[] members) {
    float[][] features = new float[members.length][];
    float[][] labels = new float[members.length][Digits.COUNT];
    for (int i = 0; i < members.length; i++) {
      features[i] = images[members[i]];
      labels[i][members[i] % Digits.COUNT] = 1;
    }
    return new DataSet(Nd4j.createFromArray(features), Nd4j.createFromArray(labels));
  }
}
