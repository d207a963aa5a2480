package org.lowbit4j.layers;

import java.util.Arrays;
import org.deeplearning4j.exception.DL4JInvalidInputException;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The runtime layer: looks rows up and normalizes them. It sees its input as m indices and its
 * output as m rows; subclasses know the shapes outside.
 *
 * <p>As in DL4J's embeddings the gradient of the weights is zeroed and the gradients of the rows
 * are added to it, without a temporary of its size.
 */
abstract class NormalizedLookup extends BaseLayer<StableEmbedding> {

  private static final long serialVersionUID = 1L;

  NormalizedLookup(NeuralNetConfiguration conf, DataType dataType) {
    super(conf, dataType);
  }

  /** Throws {@link DL4JInvalidInputException} unless input and mask have shapes of this layer. */
  abstract void checkShapes();

  /** Rows [m, nOut] in 'c' order as output, without a copy. */
  abstract INDArray fromRows(INDArray rows);

  /** An array shaped like the output as rows [m, nOut] in 'c' order, always a copy. */
  abstract INDArray toRows(INDArray array);

  @Override
  public INDArray activate(boolean training, LayerWorkspaceMgr workspaceMgr) {
    assertInputSet(false);
    int[] indices = indices();
    INDArray output =
        workspaceMgr.createUninitialized(
            ArrayType.ACTIVATIONS, weights().dataType(), shape(indices), 'c');
    INDArray rows = lookUp(indices, output);
    normalize(rows);
    INDArray activations = layerConf().getActivationFn().getActivation(affine(rows), training);
    if (maskArray != null) {
      activations.muliColumnVector(mask(activations));
    }
    if (activations != output) {
      output.assign(activations);
    }
    return fromRows(output);
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(
      INDArray epsilon, LayerWorkspaceMgr workspaceMgr) {
    assertInputSet(true);
    int[] indices = indices();
    // Looked up and normalized again, as in DL4J: kept rows would have to outlive workspaces
    INDArray rows =
        lookUp(indices, Nd4j.createUninitialized(weights().dataType(), shape(indices), 'c'));
    NormalizedRows normalized = normalize(rows);
    INDArray delta = toRows(epsilon).castTo(rows.dataType());
    if (maskArray != null) {
      delta.muliColumnVector(mask(delta));
    }
    IActivation activation = layerConf().getActivationFn();
    if (!(activation instanceof ActivationIdentity)) {
      delta = activation.backprop(affine(rows.dup()), delta).getFirst();
    }
    INDArray gainGradient = gradientViews.get(DefaultParamInitializer.GAIN_KEY);
    INDArray biasGradient = gradientViews.get(DefaultParamInitializer.BIAS_KEY);
    delta =
        normalized.backprop(
            delta,
            getParam(DefaultParamInitializer.GAIN_KEY).castTo(rows.dataType()),
            gainGradient,
            biasGradient);
    INDArray weightGradient = gradientViews.get(DefaultParamInitializer.WEIGHT_KEY);
    weightGradient.assign(0);
    addRows(weightGradient, indices, delta.castTo(weightGradient.dataType()));

    Gradient gradient = new DefaultGradient();
    gradient.setGradientFor(DefaultParamInitializer.WEIGHT_KEY, weightGradient);
    gradient.setGradientFor(DefaultParamInitializer.BIAS_KEY, biasGradient);
    gradient.setGradientFor(DefaultParamInitializer.GAIN_KEY, gainGradient);
    return new Pair<>(gradient, null); // nothing below: the input is indices
  }

  /** In place, on a view; locked, rows of one index are added one after the other. */
  private static void addRows(INDArray weightGradient, int[] indices, INDArray rows) {
    Nd4j.exec(
        DynamicCustomOp.builder("scatter_add")
            .addInputs(weightGradient, Nd4j.createFromArray(indices), rows)
            .callInplace(true)
            .addBooleanArguments(true)
            .build());
  }

  private int[] indices() {
    checkShapes();
    return Indices.read(input, layerConf().getNIn(), layerId());
  }

  private INDArray weights() {
    return getParam(DefaultParamInitializer.WEIGHT_KEY);
  }

  private long[] shape(int[] indices) {
    return new long[] {indices.length, layerConf().getNOut()};
  }

  /** Looks rows up into an array; the result is that array, or a FLOAT copy of a HALF one. */
  private INDArray lookUp(int[] indices, INDArray destination) {
    Nd4j.pullRows(weights(), destination, 1, indices);
    return destination.castTo(
        destination.dataType() == DataType.FLOAT16 ? DataType.FLOAT : destination.dataType());
  }

  private NormalizedRows normalize(INDArray rows) {
    return new NormalizedRows(rows, layerConf().getLayerNormEpsilon());
  }

  /** Multiplies normalized rows with the gain and adds the bias, in place. */
  private INDArray affine(INDArray rows) {
    rows.muliRowVector(getParam(DefaultParamInitializer.GAIN_KEY).castTo(rows.dataType()));
    return rows.addiRowVector(getParam(DefaultParamInitializer.BIAS_KEY).castTo(rows.dataType()));
  }

  /** The mask as a column [m, 1]. */
  private INDArray mask(INDArray rows) {
    return maskArray.castTo(rows.dataType()).reshape('c', rows.size(0), 1);
  }

  /** The exception for an array of a wrong shape. */
  final DL4JInvalidInputException invalid(String what, INDArray array, String allowed) {
    return new DL4JInvalidInputException(
        String.format(
            "The %s has shape %s; it must be %s. %s",
            what, Arrays.toString(array.shape()), allowed, layerId()));
  }

  @Override
  protected String layerId() {
    return String.format(
        "(layer name: %s, layer index: %d, layer type: %s)",
        layerConf().getLayerName(), getIndex(), layerConf().getClass().getSimpleName());
  }

  @Override
  public boolean isPretrainLayer() {
    return false;
  }

  @Override
  public boolean hasLayerNorm() {
    return true;
  }
}
