package org.lowbit4j.examples.convergence;

import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;

/** One network in training with one optimizer and one seed. */
final class Training {

  private final Network kind;
  private final Optimizer optimizer;
  private final long seed;
  private final MultiLayerNetwork network;

  Training(Network kind, Task task, Optimizer optimizer, long seed) {
    this.kind = kind;
    this.optimizer = optimizer;
    this.seed = seed;
    network =
        new MultiLayerNetwork(task.configuration(optimizer.updater(task.learningRate()), seed));
    network.init();
  }

  void step(DataSet batch) {
    network.fit(batch);
  }

  Outcome test(List<DataSet> batches) {
    TestScore score = TestScore.of(network, batches);
    INDArray state = network.getUpdater().getStateViewArray();
    return new Outcome(
        kind,
        optimizer,
        seed,
        score.loss(),
        score.accuracy(),
        state.length() * state.dataType().width());
  }
}
