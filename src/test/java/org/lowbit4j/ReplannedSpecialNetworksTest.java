package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/** Another plan for networks whose state is paged, and for layers that wrap others. */
class ReplannedSpecialNetworksTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);

  @Test
  void pagedStateIsRefusedAndNothingChanges() {
    MultiLayerNetwork net = Networks.network(new Adam8bit(1e-3), DataType.FLOAT);
    Networks.train(net, DATA, 3);
    byte[] state = Networks.bytes(Networks.state(net));
    String conf = net.getLayerWiseConfigurations().toJson();
    PagedState paged = PagedState.attach(net, PagedNetworks.disk(), 1 << 20);
    Object updater = net.getUpdater();
    assertThatThrownBy(() -> OptimManager.of(net).optimBits(32).apply())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("state is paged", "Nothing was changed", "detach()");
    assertThat(net.getLayerWiseConfigurations().toJson()).isEqualTo(conf);
    assertThat(net.getUpdater()).isSameAs(updater);
    assertThat(paged.isPaged()).isTrue();
    paged.detach();
    assertThat(Networks.bytes(Networks.state(net))).isEqualTo(state);
    OptimManager.of(net).optimBits(32).apply();
    Networks.train(net, DATA, 1);
  }

  @Test
  void bidirectionalLayersGoOn() {
    MultiLayerNetwork net = bidirectional();
    Nd4j.getRandom().setSeed(3);
    INDArray x = Nd4j.rand(DataType.FLOAT, 4, 6, 5);
    INDArray y = Nd4j.zeros(DataType.FLOAT, 4, 3, 5);
    y.putScalar(new int[] {0, 1, 2}, 1);
    DataSet data = new DataSet(x, y);
    for (int i = 0; i < 3; i++) {
      net.fit(data);
    }
    MultiLayerNetwork control = net.clone();
    byte[] before = Networks.bytes(Networks.state(net));
    OptimManager.of(net).lowBit().optimBits(32).apply();
    assertThat(OptimManager.of(net).describe()).contains("Adam8bit");
    net.fit(data);
    control.fit(data);
    assertThat(net.params().distance2(control.params()))
        .isLessThan(1e-5 * control.params().norm2Number().doubleValue());

    OptimManager.of(net).optimBits(8).layer(0).reset().apply();
    net.fit(data);
    MultiLayerNetwork restored = Networks.restore(Networks.save(net));
    net.fit(data);
    restored.fit(data);
    assertThat(restored.params()).isEqualTo(net.params());
    assertThat(before).isNotEqualTo(Networks.bytes(Networks.state(net)));
  }

  private static MultiLayerNetwork bidirectional() {
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(1e-3))
                .list()
                .layer(new Bidirectional(new LSTM.Builder().nOut(40).build()))
                .layer(new RnnOutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.recurrent(6)) // decides the order of dimensions
                .build());
    net.init();
    return net;
  }

  /** DL4J's StatsListener asks the updater of each layer's parameters, as this does. */
  @Test
  void theRateInForceIsShown() {
    MultiLayerNetwork net = Networks.network(new Adam(1e-3), DataType.FLOAT);
    Networks.train(net, DATA, 2);
    OptimManager.of(net).lowBit().layer(1).learningRate(1e-4).apply();
    assertThat(net.getLearningRate(0)).isEqualTo(1e-3);
    assertThat(shown(net, 1)).isEqualTo(1e-4);
    LearningRates.of(net).set("layer1", 1e-5);
    assertThat(net.getLearningRate(1)).isEqualTo(1e-5);
    assertThat(shown(net, 1)).isEqualTo(1e-5);
    assertThat(shown(net, 0)).isEqualTo(1e-3);
  }

  private static double shown(MultiLayerNetwork net, int layer) {
    return net.getLayer(layer)
        .getConfig()
        .getUpdaterByParam("W")
        .getLearningRate(net.getIterationCount(), net.getEpochCount());
  }
}
