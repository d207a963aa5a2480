package org.lowbit4j.examples;

import org.lowbit4j.AdamW8bit;
import org.lowbit4j.OptimManager;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.adapter.SingletonDataSetIterator;
import org.nd4j.weightinit.impl.XavierInitScheme;

/** A SameDiff model with 8-bit state and weight decay. */
public final class SameDiffTraining {

  private SameDiffTraining() {}

  /**
   * Trains 100 steps.
   *
   * @param args none
   */
  public static void main(String[] args) {
    SameDiff sd = SameDiff.create();
    SDVariable input = sd.placeHolder("input", DataType.FLOAT, -1, Patterns.FEATURES);
    SDVariable label = sd.placeHolder("label", DataType.FLOAT, -1, Patterns.CLASSES);
    SDVariable hidden = sd.nn.relu(dense(sd, input, 1, Patterns.FEATURES, 500), 0);
    SDVariable output = dense(sd, hidden, 2, 500, Patterns.CLASSES);
    sd.loss.softmaxCrossEntropy("loss", label, output, null);
    sd.setLossVariables("loss");

    TrainingConfig config =
        new TrainingConfig.Builder()
            .updater(new AdamW8bit(1e-3))
            .dataSetFeatureMapping("input")
            .dataSetLabelMapping("label")
            .build();
    sd.setTrainingConfig(OptimManager.of(config).apply()); // installs the weight decay
    for (int step = 0; step < 100; step++) {
      sd.fit(new SingletonDataSetIterator(Patterns.batch(step)), 1);
    }
    var batch = Patterns.batch(100);
    sd.associateArrayWithVariable(batch.getFeatures(), "input");
    sd.associateArrayWithVariable(batch.getLabels(), "label");
    System.out.printf("Loss %.3f%n", sd.getVariable("loss").eval().getDouble(0));
  }

  private static SDVariable dense(SameDiff sd, SDVariable x, int number, int in, int out) {
    SDVariable weights =
        sd.var("W" + number, new XavierInitScheme('c', in, out), DataType.FLOAT, in, out);
    return x.mmul(weights).add(sd.zero("b" + number, DataType.FLOAT, out));
  }
}
