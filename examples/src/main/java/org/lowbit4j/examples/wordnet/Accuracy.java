package org.lowbit4j.examples.wordnet;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;

/** How well a network classifies glosses. */
public final class Accuracy {

  private Accuracy() {}

  /**
   * Classifies glosses, each once.
   *
   * @param network from [n, 20] word ids and mask to [n, 45]
   * @param batches glosses and their categories
   * @return the share classified right, 0 to 1
   */
  public static double of(MultiLayerNetwork network, GlossBatches batches) {
    long hits = 0;
    long glosses = 0;
    for (int step = 0; step < batches.perEpoch(); step++) {
      DataSet batch = batches.batch(step);
      INDArray output =
          network.output(batch.getFeatures(), false, batch.getFeaturesMaskArray(), null);
      int[] answers = output.argMax(1).toIntVector();
      int[] categories = batches.categories(step);
      for (int i = 0; i < answers.length; i++) {
        hits += answers[i] == categories[i] ? 1 : 0;
      }
      glosses += answers.length;
    }
    return (double) hits / glosses;
  }
}
