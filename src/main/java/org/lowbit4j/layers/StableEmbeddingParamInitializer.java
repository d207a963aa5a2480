package org.lowbit4j.layers;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.nn.weights.IWeightInit;
import org.deeplearning4j.nn.weights.WeightInitUtil;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The parameters of a stable embedding, in the order of the view: "W" [nIn, nOut] in 'f' order, "b"
 * [nOut], "g" [nOut].
 *
 * <p>That is DL4J's dense layer with layer normalization, except that the gain is no weight: decay
 * pulls weights to 0, and the gain belongs at 1.
 */
final class StableEmbeddingParamInitializer extends DefaultParamInitializer {

  static final StableEmbeddingParamInitializer INSTANCE = new StableEmbeddingParamInitializer();

  private StableEmbeddingParamInitializer() {}

  @Override
  public List<String> paramKeys(Layer layer) {
    return Arrays.asList(WEIGHT_KEY, BIAS_KEY, GAIN_KEY);
  }

  @Override
  public List<String> weightKeys(Layer layer) {
    return Collections.singletonList(WEIGHT_KEY);
  }

  @Override
  public boolean isWeightParam(Layer layer, String key) {
    return WEIGHT_KEY.equals(key);
  }

  @Override
  protected boolean hasBias(Layer layer) {
    return true;
  }

  @Override
  protected boolean hasLayerNorm(Layer layer) {
    return true;
  }

  @Override
  protected INDArray createWeightMatrix(
      long nIn, long nOut, IWeightInit weightInit, INDArray view, boolean initialize) {
    long[] shape = {nIn, nOut};
    INDArray weights = WeightInitUtil.reshapeWeights(shape, view);
    if (initialize) {
      INDArray initial =
          weightInit.init(nIn, nOut, shape, IWeightInit.DEFAULT_WEIGHT_INIT_ORDER, view);
      if (!Arrays.equals(initial.stride(), weights.stride())) {
        // Given vectors are laid out in 'c' order by DL4J, gradients and restored weights in 'f'
        weights.assign(initial.dup());
      }
    }
    return weights;
  }
}
