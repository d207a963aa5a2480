package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;

/** Training with paged state gives the same bits, and hands them over in both directions. */
class PagedStateTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);

  /** On batches so small that the step takes as long as the rest. */
  private static void train(MultiLayerNetwork net, int steps) {
    for (int i = 0; i < steps; i++) {
      int from = net.getIterationCount() * 8 % Networks.EXAMPLES;
      net.fit((DataSet) DATA.getRange(from, from + 8));
    }
  }

  private static void assertSame(MultiLayerNetwork paged, MultiLayerNetwork resident) {
    assertThat(Networks.bytes(paged.params())).isEqualTo(Networks.bytes(resident.params()));
    assertThat(Networks.bytes(Networks.state(paged)))
        .isEqualTo(Networks.bytes(Networks.state(resident)));
  }

  @Test
  void twoHundredStepsAndAfterARestore() {
    MultiLayerNetwork resident = PagedNetworks.network();
    MultiLayerNetwork net = PagedNetworks.network();
    PagedState paged = PagedState.attach(net, PagedNetworks.disk(), PagedNetworks.BUDGET);
    train(resident, 200);
    train(net, 200);
    assertSame(net, resident);
    assertThat(paged.bytesPagedIn()).isGreaterThan(200 * (paged.bytes() - paged.budget()));
    assertThat(paged.bytesPagedOut()).isGreaterThan(200 * (paged.bytes() - paged.budget()));

    MultiLayerNetwork restored = Networks.restore(Networks.save(net));
    PagedState again = PagedState.attach(restored, PagedNetworks.disk(), PagedNetworks.BUDGET);
    train(resident, 5);
    train(restored, 5);
    assertSame(restored, resident);
    again.detach();
    assertThat(again.isPaged()).isFalse();
    train(resident, 5);
    train(restored, 5);
    assertSame(restored, resident);
  }
}
