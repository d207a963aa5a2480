package org.lowbit4j.examples;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Data for the examples: ten patterns under noise, to be told apart. */
final class Patterns {

  static final int FEATURES = 64;
  static final int CLASSES = 10;
  private static final int BATCH = 32;

  private Patterns() {}

  /** One batch, the same one at the same step. */
  static DataSet batch(int step) {
    Nd4j.getRandom().setSeed(1);
    INDArray patterns = Nd4j.randn(DataType.FLOAT, CLASSES, FEATURES);
    Nd4j.getRandom().setSeed(1000 + step);
    INDArray features = Nd4j.randn(DataType.FLOAT, BATCH, FEATURES).muli(2);
    INDArray labels = Nd4j.zeros(DataType.FLOAT, BATCH, CLASSES);
    for (int i = 0; i < BATCH; i++) {
      int pattern = (step * BATCH + i) % CLASSES;
      features.getRow(i).addi(patterns.getRow(pattern));
      labels.putScalar(i, pattern, 1);
    }
    return new DataSet(features, labels);
  }
}
