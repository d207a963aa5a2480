package org.lowbit4j.examples.convergence;

import org.lowbit4j.Adam8bit;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * What is compared. The first two compute the same in another order: their difference shows what
 * rounding alone does to a training, and is the measure for the others.
 */
public enum Optimizer {
  /** ND4J's own Adam. */
  ADAM("Adam (ND4J)"),
  /** The library's, with state in 32 bits. */
  BITS32("Adam8bit, 32 bits"),
  /** The library's, with state in 8 bits. */
  BITS8("Adam8bit"),
  /** The library's, with state in 4 bits. */
  BITS4("Adam8bit, 4 bits");

  private final String label;

  Optimizer(String label) {
    this.label = label;
  }

  /**
   * The name to show.
   *
   * @return a few words
   */
  public String label() {
    return label;
  }

  IUpdater updater(double learningRate) {
    switch (this) {
      case ADAM:
        return new Adam(learningRate);
      case BITS32:
        return new Adam8bit(learningRate).optimBits(32);
      case BITS4:
        return new Adam8bit(learningRate).optimBits(4);
      default:
        return new Adam8bit(learningRate);
    }
  }
}
