package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.lowbit4j.kernel.Kernels;
import org.lowbit4j.updater.Internals;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;

/** The line that a network's first step logs. */
class StateSummaryTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);

  private static MultiLayerNetwork network(LowBitConfig<?> updater) {
    MultiLayerConfiguration conf = Networks.configuration(updater, DataType.FLOAT);
    MultiLayerNetwork net = new MultiLayerNetwork(OptimManager.of(conf).apply());
    net.init();
    return net;
  }

  @Test
  void theFirstStepTellsWhatIsOn() {
    MultiLayerNetwork net = network(new Adam8bit(1e-3));
    Networks.train(net, DATA, 1);
    // 20-300-80-5: layers of 6,300, 24,080 and 405 parameters.
    assertThat(Internals.lastSummary())
        .contains("2 updater blocks in 8 bits (30,380 parameters)", "1 in 32 bits (405)")
        .contains(String.format("%,d bytes", 4 * Networks.state(net).length()))
        .contains("ND4J's updaters would take 246,280")
        .contains("Kernel: " + Kernels.description())
        .doesNotContain("Nothing is saved");
  }

  @Test
  void aNetworkThatSavesNothingIsToldTheRemedy() {
    Networks.train(network(new Adam8bit(2e-3).min8bitSize(100_000)), DATA, 1);
    assertThat(Internals.lastSummary())
        .contains("0 updater blocks in 8 bits", "Nothing is saved", "min8bitSize(0)");
    Networks.train(network(new Adam8bit(3e-3).optimBits(32)), DATA, 1);
    assertThat(Internals.lastSummary()).contains("3 in 32 bits").doesNotContain("Nothing is saved");
  }

  @Test
  void laterStepsAndRestoredNetworksSayItOnce() {
    MultiLayerNetwork net = network(new Lion8bit(1e-3));
    Networks.train(net, DATA, 2);
    String line = Internals.lastSummary();
    MultiLayerNetwork other = network(new AMSGrad8bit(1e-3));
    Networks.train(other, DATA, 1);
    assertThat(Internals.lastSummary()).isNotEqualTo(line);
    Networks.train(net, DATA, 1);
    assertThat(Internals.lastSummary()).isNotEqualTo(line);
    Networks.train(Networks.restore(Networks.save(net)), DATA, 1);
    assertThat(Internals.lastSummary()).isEqualTo(line);
  }
}
