package org.lowbit4j.spark;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.lowbit4j.dl4j.StateSlot;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;

/** A ComputationGraph; its batches are those that {@link MultiDataSet} saves. */
final class GraphReplica extends Replica {

  private final ComputationGraph graph;

  GraphReplica(ComputationGraph graph) {
    super(graph, StateSlot.of(graph));
    this.graph = graph;
  }

  static Replica of(String json, INDArray parameters) {
    ComputationGraph graph = new ComputationGraph(ComputationGraphConfiguration.fromJson(json));
    graph.init(parameters, false);
    return new GraphReplica(graph);
  }

  static byte[] pack(org.nd4j.linalg.dataset.api.MultiDataSet batch) {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      batch.save(out);
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // not in memory
    }
  }

  private static MultiDataSet unpack(byte[] batch) throws IOException {
    MultiDataSet data = new MultiDataSet();
    data.load(new ByteArrayInputStream(batch));
    return data;
  }

  @Override
  String json() {
    return graph.getConfiguration().toJson();
  }

  @Override
  void incrementEpochCount() {
    graph.incrementEpochCount();
  }

  @Override
  void setCounts(int iterations, int epochs) {
    graph.getConfiguration().setIterationCount(iterations);
    graph.getConfiguration().setEpochCount(epochs);
    for (Layer layer : graph.getLayers()) {
      layer.setIterationCount(iterations);
      layer.setEpochCount(epochs);
    }
  }

  @Override
  BatchResult fit(byte[] batch) throws IOException {
    MultiDataSet data = unpack(batch);
    graph.fit(data);
    return BatchResult.of(data.getFeatures(0).size(0), graph.score());
  }

  @Override
  BatchResult computeGradient(byte[] batch) throws IOException {
    MultiDataSet data = unpack(batch);
    graph.setInputs(data.getFeatures());
    graph.setLabels(data.getLabels());
    graph.setLayerMaskArrays(data.getFeaturesMaskArrays(), data.getLabelsMaskArrays());
    graph.computeGradientAndScore();
    graph.clearLayerMaskArrays();
    graph.clearLayersStates();
    return BatchResult.of(data.getFeatures(0).size(0), graph.score());
  }

  @Override
  BackpropType backpropType() {
    return graph.getConfiguration().getBackpropType();
  }

  @Override
  NeuralNetConfiguration configuration() {
    return graph.conf();
  }

  @Override
  String name(Trainable layer) {
    return layer.getConfig().getLayerName();
  }

  @Override
  void prepare() {
    if (graph.getFlattenedGradients() == null) {
      graph.initGradientsView();
    }
    graph.getUpdater();
  }

  @Override
  void setScore(double score) {
    graph.setScore(score);
  }

  @Override
  INDArray gradients() {
    return graph.getFlattenedGradients();
  }
}
