package org.lowbit4j.examples.convergence;

import java.util.List;
import java.util.function.LongFunction;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.IUpdater;

/** A network and its data. */
interface Task {

  /** Batches of a training, enough to come near to what the network can do. */
  int steps();

  double learningRate();

  /**
   * The network.
   *
   * @param updater of all its layers
   * @param seed of its first weights
   */
  MultiLayerConfiguration configuration(IUpdater updater, long seed);

  /**
   * Training batches by number, the same for the same seed.
   *
   * @param seed of their order
   */
  LongFunction<DataSet> batches(long seed);

  /**
   * Data that no training batch has.
   *
   * @param examples how many at most
   * @return batches; labels have no mask
   */
  List<DataSet> test(int examples);
}
