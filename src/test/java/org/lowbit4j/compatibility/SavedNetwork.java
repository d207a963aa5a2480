package org.lowbit4j.compatibility;

import java.util.function.Consumer;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.lowbit4j.layers.StableEmbeddingLayer;
import org.lowbit4j.layers.StableEmbeddingSequenceLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** A network or graph, whose updater is given gradients as if from another network. */
final class SavedNetwork implements SavedModel {

  private static final int EXAMPLES = 16;
  private static final int TOKENS = 5;

  private final String name;
  private final Model model;
  private final BaseMultiLayerUpdater<?> updater;
  private final Consumer<DataSet> fitting;
  private final DataSet data;
  private final int epoch;
  private int iteration;

  private SavedNetwork(
      String name,
      Model model,
      BaseMultiLayerUpdater<?> updater,
      Layer[] layers,
      int[] iterationAndEpoch,
      Consumer<DataSet> fitting) {
    this.name = name;
    this.model = model;
    this.updater = updater;
    this.iteration = iterationAndEpoch[0];
    this.epoch = iterationAndEpoch[1];
    this.fitting = fitting;
    this.data = data(configuration(layers[0]), configuration(layers[layers.length - 1]));
  }

  static SavedNetwork of(String name, MultiLayerNetwork net) {
    int[] counts = {net.getIterationCount(), net.getEpochCount()};
    BaseMultiLayerUpdater<?> updater = (BaseMultiLayerUpdater<?>) net.getUpdater();
    return new SavedNetwork(name, net, updater, net.getLayers(), counts, net::fit);
  }

  static SavedNetwork of(String name, ComputationGraph net) {
    int[] counts = {
      net.getConfiguration().getIterationCount(), net.getConfiguration().getEpochCount()
    };
    return new SavedNetwork(name, net, net.getUpdater(), net.getLayers(), counts, net::fit);
  }

  private static FeedForwardLayer configuration(Layer layer) {
    return (FeedForwardLayer) layer.conf().getLayer();
  }

  private DataSet data(FeedForwardLayer first, FeedForwardLayer last) {
    DataType type = model.params().dataType();
    int in = (int) first.getNIn();
    INDArray features = Recorded.array(name + " features", 0, type, EXAMPLES, in);
    if (first instanceof StableEmbeddingLayer || first instanceof StableEmbeddingSequenceLayer) {
      int steps = first instanceof StableEmbeddingLayer ? 1 : TOKENS;
      features = Nd4j.create(type, EXAMPLES, steps);
      for (int i = 0; i < EXAMPLES * steps; i++) {
        features.putScalar(i / steps, i % steps, (i * i + 3L * i) % in);
      }
    }
    INDArray labels = Nd4j.zeros(type, EXAMPLES, last.getNOut());
    for (int i = 0; i < EXAMPLES; i++) {
      labels.putScalar(i, i * i % last.getNOut(), 1);
    }
    return new DataSet(features, labels);
  }

  @Override
  public void apply(int step) {
    INDArray parameters = model.params();
    INDArray gradient =
        Recorded.array(name + " gradient", step, parameters.dataType(), parameters.length());
    updater.update(
        new DefaultGradient(gradient),
        iteration++,
        epoch,
        EXAMPLES,
        LayerWorkspaceMgr.noWorkspaces());
    parameters.subi(gradient.reshape(parameters.shape()));
  }

  @Override
  public void fit() {
    for (int i = 0; i < Recorded.STEPS; i++) {
      fitting.accept(data);
    }
  }

  @Override
  public INDArray parameters() {
    return model.params();
  }

  @Override
  public INDArray state() {
    return updater.getStateViewArray();
  }

  @Override
  public float[] allParameters() {
    return model.params().castTo(DataType.FLOAT).toFloatVector();
  }
}
