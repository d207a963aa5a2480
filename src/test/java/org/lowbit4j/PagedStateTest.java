package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Sgd;

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

  @Test
  void stateMovesBothWaysInTheMiddleOfTraining() {
    MultiLayerNetwork resident = PagedNetworks.network();
    MultiLayerNetwork net = PagedNetworks.network();
    Networks.train(resident, DATA, 9);
    Networks.train(net, DATA, 3);
    PagedState paged = PagedState.attach(net, PagedNetworks.disk(), PagedNetworks.BUDGET);
    assertThat(paged.isPaged()).isTrue();
    Networks.train(net, DATA, 3);
    paged.detach();
    paged.detach();
    assertThat(paged.isPaged()).isFalse();
    assertThat(net.getListeners()).isEmpty();
    Networks.train(net, DATA, 3);
    assertSame(net, resident);
    paged = PagedState.attach(net, PagedNetworks.disk(), PagedNetworks.BUDGET);
    assertSame(net, resident);
    paged.close();
  }

  @Test
  void doubleNetworks() {
    DataSet data = Networks.data(DataType.DOUBLE);
    Adam8bit updater = new Adam8bit(1e-3).dataType(DataType.DOUBLE);
    MultiLayerNetwork resident = PagedNetworks.network(updater, DataType.DOUBLE);
    MultiLayerNetwork net = PagedNetworks.network(updater, DataType.DOUBLE);
    Networks.train(resident, data, 3);
    Networks.train(net, data, 1);
    PagedState paged = PagedState.attach(net, PagedNetworks.disk(), PagedNetworks.BUDGET);
    Networks.train(net, data, 2);
    assertSame(net, resident);
    paged.detach();
    assertSame(net, resident);
  }

  @Test
  void severalUpdaters() {
    MultiLayerConfiguration conf =
        OptimManager.of(PagedNetworks.configuration(new Adam8bit(1e-3), DataType.FLOAT))
            .layer(1)
            .updater(new AMSGrad8bit(1e-3))
            .optimBits(32)
            .layer(0)
            .optimBits(4)
            .layer(2)
            .updater(new Sgd(1e-2))
            .apply();
    MultiLayerNetwork resident = new MultiLayerNetwork(conf.clone());
    MultiLayerNetwork net = new MultiLayerNetwork(conf);
    resident.init();
    net.init();
    PagedState paged = PagedState.attach(net, PagedNetworks.disk(), PagedNetworks.BUDGET);
    Networks.train(resident, DATA, 3);
    Networks.train(net, DATA, 3);
    assertSame(net, resident);
    assertThat(paged.bytesPagedOut()).isPositive();
  }
}
