package org.lowbit4j.examples.convergence;

import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * How well a network does on data it was not trained on.
 *
 * @param loss mean cross-entropy per label, in nats
 * @param accuracy share of labels foretold right, 0 to 1
 */
record TestScore(double loss, double accuracy) {

  static TestScore of(MultiLayerNetwork network, List<DataSet> batches) {
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
    return new TestScore(loss / labels, hits / labels);
  }
}
