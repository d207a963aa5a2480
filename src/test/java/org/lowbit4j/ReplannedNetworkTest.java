package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;

/** A trained network goes on under another plan. */
class ReplannedNetworkTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);

  private static MultiLayerNetwork trained(IUpdater updater, int steps) {
    MultiLayerNetwork net = Networks.network(updater, DataType.FLOAT);
    Networks.train(net, DATA, steps);
    return net;
  }

  /** All elements of a moment, block after block. */
  private static INDArray moment(MultiLayerNetwork net, String name) {
    INDArray[] parts =
        ((org.deeplearning4j.nn.updater.BaseMultiLayerUpdater<?>) net.getUpdater())
            .getUpdaterBlocks().stream()
                .map(UpdaterBlock::getGradientUpdater)
                .map(u -> ((LowBitUpdater<?>) u).moment(name))
                .toArray(INDArray[]::new);
    return Nd4j.concat(0, parts);
  }

  @Test
  void thirtyTwoBitsHaveTheVeryNumbers() {
    MultiLayerNetwork net = trained(new Adam8bit(1e-3), 5);
    INDArray m = moment(net, "m");
    INDArray v = moment(net, "v");
    System.out.println(OptimManager.of(net).optimBits(32).describe());
    OptimManager.of(net).optimBits(32).apply();
    assertThat(moment(net, "m")).isEqualTo(m);
    assertThat(moment(net, "v")).isEqualTo(v);
    assertThat(net.getIterationCount()).isEqualTo(5);
    Networks.train(net, DATA, 3);
    MultiLayerNetwork restored = Networks.restore(Networks.save(net));
    Networks.train(net, DATA, 3);
    Networks.train(restored, DATA, 3);
    assertThat(restored.params()).isEqualTo(net.params());
  }

  static Optimizers[] twins() {
    return Optimizers.withTwin().toArray(Optimizers[]::new);
  }

  @ParameterizedTest
  @MethodSource("twins")
  void thereAndBackTrainsAsIfNothingHadBeen(Optimizers o) {
    MultiLayerNetwork net = trained(o.networkTwin(), 6);
    MultiLayerNetwork control = net.clone();
    byte[] before = Networks.bytes(Networks.state(net));
    LowBitConfig<?> config = o.networkConfig().optimBits(32);
    System.out.println(OptimManager.of(net).updater(config).describe());
    OptimManager.of(net).updater(config).apply();
    Networks.train(net, DATA, 0);
    OptimManager.of(net).updater(o.networkTwin()).apply();
    assertThat(Networks.bytes(Networks.state(net))).isEqualTo(before);
    OptimManager.of(net).updater(config).apply();
    Networks.train(net, DATA, 4);
    Networks.train(control, DATA, 4);
    System.out.println(
        o
            + " "
            + net.params().distance2(control.params())
                / control.params().norm2Number().doubleValue());
  }
}
