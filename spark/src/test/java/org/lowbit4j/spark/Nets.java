package org.lowbit4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;

/** Small networks, the same for the same arguments. */
final class Nets {

  private static final int WIDTH = 160;

  private Nets() {}

  /** A layer with 5,280 parameters between the input and the output layer, both of one updater. */
  static MultiLayerNetwork network(IUpdater updater, DataType type, Layer... between) {
    return network(updater, updater, type, between);
  }

  static MultiLayerNetwork network(IUpdater first, IUpdater last, DataType type, Layer... between) {
    NeuralNetConfiguration.ListBuilder layers =
        new NeuralNetConfiguration.Builder()
            .seed(3)
            .dataType(type)
            .activation(Activation.TANH)
            .list()
            .layer(new DenseLayer.Builder().nIn(Data.FEATURES).nOut(WIDTH).updater(first).build());
    for (Layer layer : between) {
      layers.layer(layer);
    }
    layers.layer(
        new OutputLayer.Builder()
            .nIn(WIDTH)
            .nOut(Data.CLASSES)
            .updater(last)
            .activation(Activation.SOFTMAX)
            .build());
    MultiLayerNetwork net = new MultiLayerNetwork(layers.build());
    net.init();
    return net;
  }

  static MultiLayerNetwork network(IUpdater updater) {
    return network(updater, DataType.FLOAT);
  }

  static ComputationGraph graph(IUpdater updater) {
    return network(updater).toComputationGraph();
  }

  /** Bytes of parameters and state, and the counts of steps and epochs. */
  static void assertSame(Model actual, Model expected) {
    Replica a = Replica.of(actual);
    Replica b = Replica.of(expected);
    assertThat(a.parameters().toFloatVector()).isEqualTo(b.parameters().toFloatVector());
    assertThat(ArrayBytes.crc(a.parameters())).isEqualTo(ArrayBytes.crc(b.parameters()));
    assertThat(ArrayBytes.crc(a.state())).isEqualTo(ArrayBytes.crc(b.state()));
    assertThat(a.iterations()).isEqualTo(b.iterations());
    assertThat(a.epochs()).isEqualTo(b.epochs());
  }
}
