package org.lowbit4j.layers;

import java.util.Objects;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.lowbit4j.check.Check;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Stable embedding of sequences of indices: [n, length] or [n, 1, length] to [n, nOut, length].
 *
 * <p>It takes the place of DL4J's {@link org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer}
 * in networks whose updater has 8-bit state; see {@link StableEmbedding} for what it computes. The
 * mask, if any, is [n, length].
 *
 * <pre>{@code
 * new NeuralNetConfiguration.Builder()
 *     .updater(new Adam8bit(1e-3))
 *     .list()
 *     .layer(new StableEmbeddingSequenceLayer.Builder().nIn(12_000).nOut(32).build())
 *     .layer(new GlobalPoolingLayer(PoolingType.AVG))
 * }</pre>
 *
 * <p>Indices, those of masked steps included, are integers from 0 to nIn-1 in an array of any
 * numeric type that represents all of them exactly: a FLOAT array up to 2^24, a HALF array up to
 * 2^11. Anything else is refused with a {@link
 * org.deeplearning4j.exception.DL4JInvalidInputException}.
 */
public final class StableEmbeddingSequenceLayer extends StableEmbedding {

  private static final long serialVersionUID = 1L;

  /** Stands for sequences of any length. */
  private static final int ANY_LENGTH = 0;

  /** The length that sequences must have, or {@link #ANY_LENGTH}. */
  private int inputLength = ANY_LENGTH;

  /** The order of the output's dimensions. */
  private RNNFormat outputFormat = RNNFormat.NCW;

  /** For deserialization. */
  StableEmbeddingSequenceLayer() {}

  private StableEmbeddingSequenceLayer(Builder builder) {
    super(builder);
    inputLength = builder.inputLength;
    outputFormat = builder.outputFormat;
  }

  /**
   * The length that sequences must have.
   *
   * @return the length, or 0 for any
   */
  public int getInputLength() {
    return inputLength;
  }

  /**
   * The order of the output's dimensions.
   *
   * @return NCW for [n, nOut, length], NWC for [n, length, nOut]
   */
  public RNNFormat getOutputFormat() {
    return outputFormat;
  }

  @Override
  void checkRead() {
    super.checkRead();
    Check.notNegative("inputLength", inputLength);
    Check.notNull("outputFormat", outputFormat);
  }

  boolean accepts(long length) {
    return inputLength == ANY_LENGTH || inputLength == length;
  }

  @Override
  NormalizedLookup runtime(NeuralNetConfiguration conf, DataType type) {
    return new NormalizedSequenceLookup(conf, type);
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType inputType) {
    if (isOf(InputType.Type.RNN, inputType)) {
      return InputType.recurrent(
          nOut, inputLength == ANY_LENGTH ? steps(inputType) : inputLength, outputFormat);
    }
    if (isOf(InputType.Type.FF, inputType)) {
      return InputType.recurrent(nOut, inputLength == ANY_LENGTH ? -1 : inputLength, outputFormat);
    }
    throw new IllegalStateException(
        String.format(
            "The input of StableEmbeddingSequenceLayer (index %d, name %s) is %s; it must be recurrent or feed-forward.",
            layerIndex, layerName, inputType));
  }

  private static boolean isOf(InputType.Type type, InputType inputType) {
    return inputType != null && inputType.getType() == type;
  }

  /**
   * The time steps of a recurrent input, below 0 if not known; the format tells which size it is.
   */
  private static long steps(InputType recurrent) {
    long[] shape = recurrent.getShape(false);
    boolean ncw = recurrent.equals(InputType.recurrent(shape[0], shape[1], RNNFormat.NCW));
    return ncw ? shape[1] : shape[0];
  }

  @Override
  public InputPreProcessor getPreProcessorForInputType(InputType inputType) {
    return isOf(InputType.Type.RNN, inputType)
        ? null
        : super.getPreProcessorForInputType(inputType);
  }

  @Override
  public boolean equals(Object other) {
    return super.equals(other)
        && inputLength == ((StableEmbeddingSequenceLayer) other).inputLength
        && outputFormat == ((StableEmbeddingSequenceLayer) other).outputFormat;
  }

  @Override
  public int hashCode() {
    return 31 * super.hashCode() + Objects.hash(inputLength, outputFormat);
  }

  /** Builds the layer; nIn and nOut are required. */
  @SuppressWarnings("unchecked") // DL4J's build() returns whatever the caller expects
  public static final class Builder extends StableEmbedding.Builder<Builder> {

    private int inputLength = ANY_LENGTH;
    private RNNFormat outputFormat = RNNFormat.NCW;

    /** Makes a builder with the defaults. */
    public Builder() {}

    /**
     * Sets the length that sequences must have. Without it they may have any, and layers that need
     * to know it, such as convolutions of a flattened sequence, learn it from the network's input
     * type.
     *
     * @param steps 1 or more
     * @return this
     * @throws IllegalArgumentException if out of range
     */
    public Builder inputLength(int steps) {
      check(steps > 0, "inputLength is " + steps + "; it must be 1 or more.");
      this.inputLength = steps;
      return this;
    }

    /**
     * Sets the order of the output's dimensions.
     *
     * @param format NCW, the default, for [n, nOut, length]; NWC for [n, length, nOut]
     * @return this
     * @throws IllegalArgumentException if null
     */
    public Builder outputDataFormat(RNNFormat format) {
      check(format != null, "outputDataFormat is null; it must be NCW or NWC.");
      this.outputFormat = format;
      return this;
    }

    /**
     * Builds the layer.
     *
     * @return the layer
     * @throws IllegalArgumentException naming what is missing or out of range
     */
    @Override
    public StableEmbeddingSequenceLayer build() {
      validate();
      return new StableEmbeddingSequenceLayer(this);
    }
  }
}
