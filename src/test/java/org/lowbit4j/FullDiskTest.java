package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;

/** A network that cannot be saved is told of, and trains on as if nothing had been. */
class FullDiskTest {

  /** Writing to it fails as on a full disk. */
  private static final File FULL = new File("/dev/full");

  @Test
  void savingFailsAndTrainingGoesOn() {
    assumeTrue(FULL.exists(), "SKIPPED: no " + FULL);
    DataSet data = Networks.data(DataType.FLOAT);
    MultiLayerNetwork net = Networks.network(new Adam8bit(1e-3), DataType.FLOAT);
    MultiLayerNetwork undisturbed = Networks.network(new Adam8bit(1e-3), DataType.FLOAT);
    Networks.train(undisturbed, data, 4);
    Networks.train(net, data, 2);
    assertThatThrownBy(() -> ModelSerializer.writeModel(net, FULL, true))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("No space left");
    Networks.train(net, data, 2);
    assertThat(Networks.bytes(net.params())).isEqualTo(Networks.bytes(undisturbed.params()));
    assertThat(Networks.bytes(Networks.state(net)))
        .isEqualTo(Networks.bytes(Networks.state(undisturbed)));
  }
}
