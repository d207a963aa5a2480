package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/** Layers that DL4J freezes stay out of it when a trained network's plan is changed. */
class ReplannedFrozenLayersTest {

  private static final DataSet DATA =
      new DataSet(Nd4j.ones(DataType.FLOAT, 2, 4), Nd4j.eye(2).castTo(DataType.FLOAT));

  private static DenseLayer dense() {
    return new DenseLayer.Builder().nIn(4).nOut(4).updater(new Adam(1e-2)).build();
  }

  private static OutputLayer output() {
    return new OutputLayer.Builder()
        .nIn(4)
        .nOut(2)
        .activation(Activation.SOFTMAX)
        .updater(new Adam(1e-2))
        .build();
  }

  @Test
  void inNetworks() {
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(new FrozenLayer(dense()))
                .layer(dense())
                .layer(output())
                .build());
    net.init();
    net.fit(DATA);
    INDArray frozen = net.getParam("0_W").dup();
    byte[] state = Networks.bytes(Networks.state(net));
    OptimManager.of(net).lowBit().apply();
    net.fit(DATA);
    assertThat(net.getParam("0_W")).isEqualTo(frozen);
    OptimManager.of(net).nd4j().apply();
    assertThat(Networks.state(net).length() * Float.BYTES).isEqualTo(state.length);
  }

  @Test
  void inGraphs() {
    ComputationGraph net =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("in")
                .addLayer("frozen", new FrozenLayer(dense()), "in")
                .addLayer("out", output(), "frozen")
                .setOutputs("out")
                .build());
    net.init();
    net.fit(DATA);
    OptimManager.of(net).lowBit().apply();
    net.fit(DATA);
    assertThat(net.getUpdater().getStateViewArray().length()).isPositive();
  }
}
