package org.lowbit4j;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.linalg.api.buffer.DataType;

/** Trains until the process is ended, with a shutdown hook that closes the paged state. */
public final class PagedShutdown {

  static final String STARTED = "a step was done";
  static final String CLOSED = "closed";

  /** Status with which a listener ends the process. */
  static final int STATUS = 7;

  private PagedShutdown() {}

  /**
   * @param args whether a listener ends the process
   */
  public static void main(String[] args) {
    boolean exits = Boolean.parseBoolean(args[0]);
    MultiLayerNetwork net = Networks.network(new Adam8bit(1e-3), DataType.FLOAT);
    PagedState paged = PagedState.attach(net, PagedNetworks.disk(), PagedNetworks.BUDGET);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  paged.close();
                  System.out.println(CLOSED);
                }));
    net.addListeners(
        new BaseTrainingListener() {
          @Override
          public void iterationDone(Model model, int iteration, int epoch) {
            if (iteration == 1) {
              System.out.println(STARTED);
              if (exits) {
                System.exit(STATUS);
              }
            }
          }
        });
    Networks.train(net, Networks.data(DataType.FLOAT), Integer.MAX_VALUE);
  }
}
