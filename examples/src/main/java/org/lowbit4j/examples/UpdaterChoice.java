package org.lowbit4j.examples;

import org.lowbit4j.Adam8bit;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;

/** The optimizers that the example compares. */
public enum UpdaterChoice {
  /** ND4J's own Adam, which keeps state in the network's data type. */
  ADAM("Adam (ND4J)"),
  /** 8-bit state everywhere. */
  ADAM8BIT("Adam8bit"),
  /** 8-bit state, but for the embeddings. */
  EMBEDDING32("Adam8bit, embedding 32-bit");

  private final String label;

  UpdaterChoice(String label) {
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

  /**
   * The updater of all layers but the embedding.
   *
   * @param options learning rate and data type
   * @return a new configuration
   */
  public IUpdater updater(WordNetOptions options) {
    return this == ADAM ? new Adam(options.learningRate()) : adam8bit(options);
  }

  /**
   * The updater of the embedding layer.
   *
   * @param options learning rate and data type
   * @return a new configuration
   */
  public IUpdater embeddingUpdater(WordNetOptions options) {
    return this == EMBEDDING32 ? adam8bit(options).optimBits(32) : updater(options);
  }

  private static Adam8bit adam8bit(WordNetOptions options) {
    return new Adam8bit(options.learningRate()).dataType(options.precision().dataType());
  }
}
