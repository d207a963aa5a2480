package org.lowbit4j.layers;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.LayerValidation;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.nn.weights.IWeightInit;
import org.deeplearning4j.nn.weights.WeightInitXavierUniform;
import org.deeplearning4j.nn.weights.embeddings.ArrayEmbeddingInitializer;
import org.deeplearning4j.nn.weights.embeddings.EmbeddingInitializer;
import org.deeplearning4j.nn.weights.embeddings.WeightInitEmbedding;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.lowbit4j.check.Check;
import org.lowbit4j.check.StrictDeserializer;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.shade.jackson.databind.annotation.JsonDeserialize;

/**
 * What the stable embeddings have in common: a look-up followed by a layer normalization, and
 * optimizer state of 32 bits.
 *
 * <pre>
 * x = W[index]                                       a row of nOut features
 * y = g * (x - mean(x)) / sqrt(var(x) + layerNormEpsilon) + b
 * </pre>
 *
 * <p>Embeddings are where training with 8-bit state is least stable: their gradients are sparse and
 * differ widely between frequent and rare tokens. The remedies are those of the paper, section 2.3:
 * Xavier-uniform weights, that is within sqrt(6 / (nIn + nOut)) of 0, layer normalization, and
 * 32-bit state for this layer alone. Any {@link LowBitConfig} that the layer is given, by its own
 * builder or by the network's, is replaced by a copy with {@code optimBits(32)}; other updaters
 * stay as they are.
 *
 * <p>Parameters: "W" [nIn, nOut], the bias "b" [nOut] and the gain "g" [nOut] of the normalization,
 * 0 and 1 at first. Regularization, weight constraints: on "W" only; bias regularization,
 * constraints and updater: on "b". Of what a network sets for all its layers, weight
 * initialization, activation and the first values of "b" and "g" do not reach this layer, and
 * dropout and weight noise have no effect on it.
 *
 * <p>A mask multiplies the output: masked vectors are 0 and give no gradient. The layer has no
 * gradient with respect to its input and is therefore the first of its path.
 *
 * <p>The variance of the first weights is 2 / (nIn + nOut), so above some 20,000 indices epsilon is
 * more than a tenth of it and the first outputs are smaller than 1: a smaller {@link
 * Builder#layerNormEpsilon} or another {@link Builder#weightInit(IWeightInit)} mends that.
 *
 * <p>The normalization of a HALF network is computed in float32.
 *
 * @see <a href="https://arxiv.org/abs/2110.02861">Dettmers et al.: 8-bit Optimizers via Block-wise
 *     Quantization, 2022</a>
 * @see <a href="https://arxiv.org/abs/1607.06450">Ba et al.: Layer Normalization, 2016</a>
 */
@JsonDeserialize(using = StableEmbedding.Reader.class)
public abstract class StableEmbedding extends FeedForwardLayer {

  private static final long serialVersionUID = 1L;

  private static final double DEFAULT_EPSILON = 1e-5;

  /** Keeps the denominator of the normalization positive. */
  private double layerNormEpsilon = DEFAULT_EPSILON;

  /** For deserialization. */
  StableEmbedding() {}

  /** Takes over what the builder holds. */
  StableEmbedding(Builder<?> builder) {
    super(builder);
    layerNormEpsilon = builder.layerNormEpsilon;
    setIUpdater(iUpdater);
    setBiasUpdater(biasUpdater);
    initializeConstraints(builder);
  }

  /** The runtime layer. */
  abstract NormalizedLookup runtime(NeuralNetConfiguration conf, DataType type);

  /**
   * The term that keeps the denominator of the normalization positive.
   *
   * @return epsilon
   */
  public double getLayerNormEpsilon() {
    return layerNormEpsilon;
  }

  // ---- 32-bit state

  /*
   * The updater is replaced when it is set and not when it is asked for: setLearningRate changes the
   * object that getIUpdater returns.
   */

  /**
   * Sets the updater; DL4J calls this with the network's if the layer has none of its own.
   *
   * @param updater any; one with 8-bit state is replaced by a copy with 32-bit state
   */
  @Override
  public void setIUpdater(IUpdater updater) {
    super.setIUpdater(with32Bits(updater));
  }

  /**
   * Sets the updater of the bias.
   *
   * @param updater any; one with 8-bit state is replaced by a copy with 32-bit state
   */
  @Override
  public void setBiasUpdater(IUpdater updater) {
    super.setBiasUpdater(with32Bits(updater));
  }

  private static IUpdater with32Bits(IUpdater updater) {
    if (updater instanceof LowBitConfig && ((LowBitConfig<?>) updater).getOptimBits() != 32) {
      return ((LowBitConfig<?>) updater).clone().optimBits(32);
    }
    return updater;
  }

  // ---- Layer

  @Override
  public Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> trainingListeners,
      int layerIndex,
      INDArray layerParamsView,
      boolean initializeParams,
      DataType networkDataType) {
    LayerValidation.assertNInNOutSet(
        getClass().getSimpleName(), getLayerName(), layerIndex, getNIn(), getNOut());
    NormalizedLookup layer = runtime(conf, networkDataType);
    layer.setListeners(trainingListeners);
    layer.setIndex(layerIndex);
    layer.setParamsViewArray(layerParamsView);
    layer.setParamTable(initializer().init(conf, layerParamsView, initializeParams));
    layer.setConf(conf);
    return layer;
  }

  @Override
  public ParamInitializer initializer() {
    return StableEmbeddingParamInitializer.INSTANCE;
  }

  /**
   * Leaves nIn as it is: the size of the input is 1 or the length of a sequence, and tells nothing
   * about the number of different indices.
   */
  @Override
  public void setNIn(InputType inputType, boolean override) {
    if (inputType != null && inputType.getType() == InputType.Type.FF) {
      long kept = nIn;
      super.setNIn(inputType, false); // the order of time steps
      nIn = kept;
    }
  }

  @Override
  public LayerMemoryReport getMemoryReport(InputType inputType) {
    InputType outputType = getOutputType(-1, inputType);
    long numParams = initializer().numParams(this);
    long activations = outputType.arrayElementsPerExample();
    return new LayerMemoryReport.Builder(layerName, getClass(), inputType, outputType)
        .standardMemory(numParams, getIUpdater().stateSize(numParams))
        // backwards: the normalized rows, the gradient as rows, and their product
        .workingMemory(0, 0, 0, 3 * activations)
        .cacheMemory(MemoryReport.CACHE_MODE_ALL_ZEROS, MemoryReport.CACHE_MODE_ALL_ZEROS)
        .build();
  }

  @Override
  public boolean equals(Object other) {
    return other != null
        && getClass() == other.getClass()
        && super.equals(other)
        && layerNormEpsilon == ((StableEmbedding) other).layerNormEpsilon;
  }

  @Override
  public int hashCode() {
    return 31 * super.hashCode() + Double.hashCode(layerNormEpsilon);
  }

  @Override
  public String toString() {
    return getClass().getSimpleName()
        + "(super="
        + super.toString()
        + ", layerNormEpsilon="
        + layerNormEpsilon
        + ")";
  }

  /**
   * Checks what the builder would not have made. Dropout and weight noise may be the network's.
   *
   * @throws IllegalArgumentException naming the first property out of range
   */
  void checkRead() {
    Builder.checkEpsilon(layerNormEpsilon);
    Builder.checkSizes(getNIn(), getNOut());
    Check.notNull("activationFn", getActivationFn());
    Check.notNull("weightInitFn", getWeightInitFn());
  }

  /** Reads the layer from JSON, which makes it without its builder. */
  static final class Reader extends StrictDeserializer {

    /** For Jackson. */
    Reader() {}

    @Override
    protected void check(Object made) {
      ((StableEmbedding) made).checkRead();
    }
  }

  /**
   * Builds stable embeddings, in DL4J's manner.
   *
   * @param <T> the builder's own type
   */
  public abstract static class Builder<T extends Builder<T>> extends FeedForwardLayer.Builder<T> {

    private double layerNormEpsilon = DEFAULT_EPSILON;

    /** Sets what the layer does not inherit from the network. */
    Builder() {
      setActivationFn(new ActivationIdentity());
      setWeightInitFn(new WeightInitXavierUniform());
      setBiasInit(0);
      setGainInit(1);
    }

    @SuppressWarnings("unchecked")
    private T self() {
      return (T) this;
    }

    /**
     * Sets the term that keeps the denominator of the normalization positive.
     *
     * @param epsilon positive and finite; the default is 1e-5
     * @return this
     * @throws IllegalArgumentException if out of range
     */
    public T layerNormEpsilon(double epsilon) {
      checkEpsilon(epsilon);
      this.layerNormEpsilon = epsilon;
      return self();
    }

    /**
     * Sets how the weights are initialized.
     *
     * @param weightInit the default is Xavier-uniform; one made of vectors sets nIn and nOut, too
     * @return this
     */
    @Override
    public T weightInit(IWeightInit weightInit) {
      if (weightInit instanceof WeightInitEmbedding) {
        long[] shape = ((WeightInitEmbedding) weightInit).shape();
        nIn(shape[0]);
        nOut(shape[1]);
      }
      return super.weightInit(weightInit);
    }

    /**
     * Starts from given vectors, such as those of a Word2Vec model; sets nIn and nOut, too.
     *
     * @param vectors source of the weights
     * @return this
     */
    public T weightInit(EmbeddingInitializer vectors) {
      return weightInit(new WeightInitEmbedding(vectors));
    }

    /**
     * Starts from given vectors; sets nIn and nOut, too.
     *
     * @param vectors [nIn, nOut], which the network copies when it is initialized
     * @return this
     */
    public T weightInit(INDArray vectors) {
      return weightInit(new ArrayEmbeddingInitializer(vectors));
    }

    private static void checkEpsilon(double epsilon) {
      check(
          epsilon > 0 && epsilon < Double.POSITIVE_INFINITY,
          "layerNormEpsilon is " + epsilon + "; it must be positive and finite.");
    }

    private static void checkSizes(long nIn, long nOut) {
      check(
          nIn > 0 && nIn <= Integer.MAX_VALUE,
          "nIn is " + nIn + "; it must be the number of different indices, 1 to 2^31 - 1.");
      check(nOut > 0, "nOut is " + nOut + "; it must be the size of a vector, 1 or more.");
    }

    /** Checks what only the finished builder can tell. */
    final void validate() {
      checkSizes(getNIn(), getNOut());
      check(
          getIDropout() == null,
          "This layer's dropout is "
              + getIDropout()
              + ", which would act on indices; set dropout on the layer that follows.");
      check(
          getWeightNoise() == null,
          "This layer's weight noise is " + getWeightNoise() + "; the layer supports none.");
    }

    static void check(boolean valid, String message) {
      if (!valid) {
        throw new IllegalArgumentException(message);
      }
    }
  }
}
