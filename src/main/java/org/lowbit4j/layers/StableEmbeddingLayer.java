package org.lowbit4j.layers;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Stable embedding of one index per example: [n, 1] or [n] to [n, nOut].
 *
 * <p>It takes the place of DL4J's {@link org.deeplearning4j.nn.conf.layers.EmbeddingLayer} in
 * networks whose updater has 8-bit state; see {@link StableEmbedding} for what it computes.
 *
 * <pre>{@code
 * new NeuralNetConfiguration.Builder()
 *     .updater(new Adam8bit(1e-3))
 *     .list()
 *     .layer(new StableEmbeddingLayer.Builder().nIn(12_000).nOut(32).build())
 * }</pre>
 *
 * <p>Indices are integers from 0 to nIn-1 in an array of any numeric type that represents all of
 * them exactly: a FLOAT array up to 2^24, a HALF array up to 2^11. Anything else is refused with a
 * {@link org.deeplearning4j.exception.DL4JInvalidInputException}.
 */
public final class StableEmbeddingLayer extends StableEmbedding {

  private static final long serialVersionUID = 1L;

  /** For deserialization. */
  StableEmbeddingLayer() {}

  private StableEmbeddingLayer(Builder builder) {
    super(builder);
  }

  @Override
  NormalizedLookup runtime(NeuralNetConfiguration conf, DataType type) {
    return new NormalizedSingleLookup(conf, type);
  }

  /** Builds the layer; nIn and nOut are required. */
  @SuppressWarnings("unchecked") // DL4J's build() returns whatever the caller expects
  public static final class Builder extends StableEmbedding.Builder<Builder> {

    /** Makes a builder with the defaults. */
    public Builder() {}

    /**
     * Builds the layer.
     *
     * @return the layer
     * @throws IllegalArgumentException naming what is missing or out of range
     */
    @Override
    public StableEmbeddingLayer build() {
      validate();
      return new StableEmbeddingLayer(this);
    }
  }
}
