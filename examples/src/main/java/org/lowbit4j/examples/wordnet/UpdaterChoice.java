package org.lowbit4j.examples.wordnet;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.AdamW8bit;
import org.lowbit4j.OptimManager;
import org.lowbit4j.layers.StableEmbeddingSequenceLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;

/** The optimizers that the example compares. */
public enum UpdaterChoice {
  /** ND4J's own Adam, which keeps state in the network's data type. */
  ADAM("Adam (ND4J)"),
  /** 8-bit state everywhere. */
  ADAM8BIT("Adam8bit"),
  /** 8-bit state, but for the embeddings. */
  EMBEDDING32("Adam8bit, embedding 32-bit"),
  /** Decoupled weight decay, a stable embedding, and 32-bit state for what is small. */
  STABLE("AdamW8bit, StableEmbedding");

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
    switch (this) {
      case ADAM:
        return new Adam(options.learningRate());
      case STABLE:
        return new AdamW8bit(options.learningRate()).dataType(options.precision().dataType());
      default:
        return adam8bit(options);
    }
  }

  /**
   * The embedding: [n, 20] word ids to [n, embedding, 20].
   *
   * @param options sizes
   * @return a new layer configuration
   */
  public Layer embedding(WordNetOptions options) {
    if (this == STABLE) {
      return new StableEmbeddingSequenceLayer.Builder()
          .nIn(options.vocabulary())
          .nOut(options.embedding())
          .inputLength(Gloss.MAX_WORDS)
          .build();
    }
    return embedding(
        options, this == EMBEDDING32 ? adam8bit(options).optimBits(32) : updater(options));
  }

  /**
   * The embedding: [n, 20] word ids to [n, embedding, 20].
   *
   * @param options sizes
   * @param updater its updater
   * @return a new layer configuration
   */
  public static Layer embedding(WordNetOptions options, IUpdater updater) {
    return new EmbeddingSequenceLayer.Builder()
        .nIn(options.vocabulary())
        .nOut(options.embedding())
        .inputLength(Gloss.MAX_WORDS)
        .weightInit(WeightInit.XAVIER) // small: large embeddings learn slowly
        .activation(Activation.IDENTITY)
        .updater(updater)
        .build();
  }

  /**
   * Decides what is to be decided per layer.
   *
   * @param conf the network's configuration
   * @return the same, changed
   */
  public MultiLayerConfiguration configure(MultiLayerConfiguration conf) {
    return this == STABLE ? OptimManager.of(conf).smallParameters().optimBits(32).apply() : conf;
  }

  private static Adam8bit adam8bit(WordNetOptions options) {
    return new Adam8bit(options.learningRate()).dataType(options.precision().dataType());
  }
}
