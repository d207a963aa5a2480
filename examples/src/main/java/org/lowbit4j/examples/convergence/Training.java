package org.lowbit4j.examples.convergence;

import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.ops.transforms.Transforms;

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
    double loss = 0;
    double hits = 0;
    double labels = 0;
    for (DataSet batch : batches) {
      INDArray output =
          network.output(batch.getFeatures(), false, batch.getFeaturesMaskArray(), null);
      INDArray wanted = batch.getLabels();
      loss -= Transforms.log(Transforms.max(output, 1e-10)).muli(wanted).sumNumber().doubleValue();
      INDArray right = output.argMax(1).eq(wanted.argMax(1));
      hits += right.castTo(output.dataType()).sumNumber().doubleValue();
      labels += right.length();
    }
    INDArray state = network.getUpdater().getStateViewArray();
    return new Outcome(
        kind,
        optimizer,
        seed,
        loss / labels,
        hits / labels,
        state.length() * state.dataType().width());
  }
}
