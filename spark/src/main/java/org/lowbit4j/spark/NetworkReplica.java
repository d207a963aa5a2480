package org.lowbit4j.spark;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.lowbit4j.dl4j.StateSlot;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;

/** A MultiLayerNetwork; its batches are those that {@link DataSet} saves. */
final class NetworkReplica extends Replica {

  private final MultiLayerNetwork net;

  NetworkReplica(MultiLayerNetwork net) {
    super(net, StateSlot.of(net));
    this.net = net;
  }

  static Replica of(String json, INDArray parameters) {
    MultiLayerNetwork net = new MultiLayerNetwork(MultiLayerConfiguration.fromJson(json));
    net.init(parameters, false);
    return new NetworkReplica(net);
  }

  static byte[] pack(DataSet batch) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    batch.save(out);
    return out.toByteArray();
  }

  private static DataSet unpack(byte[] batch) {
    DataSet data = new DataSet();
    data.load(new ByteArrayInputStream(batch));
    return data;
  }

  @Override
  String json() {
    return net.getLayerWiseConfigurations().toJson();
  }

  @Override
  void incrementEpochCount() {
    net.incrementEpochCount();
  }

  @Override
  void setCounts(int iterations, int epochs) {
    net.setIterationCount(iterations);
    net.setEpochCount(epochs);
    for (Layer layer : net.getLayers()) {
      layer.setIterationCount(iterations);
      layer.setEpochCount(epochs);
    }
  }

  @Override
  BatchResult fit(byte[] batch) {
    DataSet data = unpack(batch);
    net.fit(data);
    return BatchResult.of(data.numExamples(), net.score());
  }

  @Override
  BatchResult computeGradient(byte[] batch) {
    DataSet data = unpack(batch);
    net.setInput(data.getFeatures());
    net.setLabels(data.getLabels());
    net.setLayerMaskArrays(data.getFeaturesMaskArray(), data.getLabelsMaskArray());
    net.computeGradientAndScore();
    net.clearLayerMaskArrays();
    net.clearLayersStates();
    return BatchResult.of(data.numExamples(), net.score());
  }

  @Override
  BackpropType backpropType() {
    return net.getLayerWiseConfigurations().getBackpropType();
  }

  @Override
  NeuralNetConfiguration configuration() {
    return net.conf();
  }

  @Override
  String name(Trainable layer) {
    return String.valueOf(((Layer) layer).getIndex());
  }

  @Override
  void prepare() {
    if (net.getFlattenedGradients() == null) {
      net.initGradientsView();
    }
    net.getUpdater();
  }

  @Override
  void setScore(double score) {
    net.setScore(score);
  }

  @Override
  INDArray gradients() {
    return net.getFlattenedGradients();
  }
}
