package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.lowbit4j.toy.SignMomentum8bit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;

/** An optimizer of Java alone, which the native kernel does not have, serves networks. */
class ToyOptimizerTest {

  @Test
  void itTrainsANetwork() {
    SignMomentum8bit config = new SignMomentum8bit(1e-3).beta(0.8).weightDecay(1e-4);
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            OptimManager.of(Networks.configuration(config, DataType.FLOAT)).apply());
    net.init();
    DataSet data = Networks.data(DataType.FLOAT);
    double before = Networks.accuracy(net, data);
    Networks.train(net, data, 40);
    assertThat(Networks.accuracy(net, data)).isGreaterThan(0.9).isGreaterThan(before);

    MultiLayerNetwork restored = Networks.restore(Networks.save(net));
    Networks.train(net, data, 3);
    Networks.train(restored, data, 3);
    assertThat(Networks.bytes(restored.params())).isEqualTo(Networks.bytes(net.params()));
    assertThat(Networks.bytes(Networks.state(restored)))
        .isEqualTo(Networks.bytes(Networks.state(net)));
  }
}
