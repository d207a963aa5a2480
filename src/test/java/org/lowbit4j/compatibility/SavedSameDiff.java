package org.lowbit4j.compatibility;

import java.io.InputStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.graph.FlatGraph;
import org.nd4j.graph.UpdaterState;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A SameDiff model: a classifier, and beside it a variable w whose loss is its inner product with
 * an input, so that its gradient is that input, to the bit.
 */
final class SavedSameDiff implements SavedModel {

  private static final int EXAMPLES = 16;
  private static final int FEATURES = 8;
  private static final int HIDDEN = 40;
  private static final int CLASSES = 4;
  private static final long[] SHAPE = {60, 70};
  private static final String[] VARIABLES = {"w", "v0", "v1"};

  private final String name;
  private final SameDiff model;

  private SavedSameDiff(String name, SameDiff model) {
    this.name = name;
    this.model = model;
  }

  static SavedSameDiff restore(String name, InputStream in) {
    return new SavedSameDiff(name, SameDiff.load(in, true));
  }

  static SavedSameDiff create(String name, TrainingConfig.Builder training) {
    SameDiff sd = SameDiff.create();
    SDVariable in = sd.placeHolder("in", DataType.FLOAT, -1, FEATURES);
    SDVariable label = sd.placeHolder("label", DataType.FLOAT, -1, CLASSES);
    SDVariable gradient = sd.placeHolder("gradient", DataType.FLOAT, SHAPE);
    SDVariable w = sd.var("w", Recorded.array(name + " w", 0, DataType.FLOAT, SHAPE));
    SDVariable v0 = sd.var("v0", Recorded.array("v0", 0, DataType.FLOAT, FEATURES, HIDDEN));
    SDVariable v1 = sd.var("v1", Recorded.array("v1", 0, DataType.FLOAT, HIDDEN, CLASSES));
    sd.loss().softmaxCrossEntropy("loss", label, sd.math().tanh(in.mmul(v0)).mmul(v1), null);
    w.mul(gradient).sum("inner product");
    sd.setLossVariables("loss", "inner product");
    sd.setTrainingConfig(
        training.dataSetFeatureMapping("in", "gradient").dataSetLabelMapping("label").build());
    return new SavedSameDiff(name, sd);
  }

  SameDiff model() {
    return model;
  }

  @Override
  public void apply(int step) {
    INDArray labels = Nd4j.zeros(DataType.FLOAT, EXAMPLES, CLASSES);
    for (int i = 0; i < EXAMPLES; i++) {
      labels.putScalar(i, i % CLASSES, 1);
    }
    INDArray[] inputs = {
      Recorded.array(name + " features", 0, DataType.FLOAT, EXAMPLES, FEATURES),
      Recorded.array(name + " gradient", step, DataType.FLOAT, SHAPE)
    };
    model.fit(new MultiDataSet(inputs, new INDArray[] {labels}));
  }

  @Override
  public void fit() {
    for (int step = 1; step <= Recorded.STEPS; step++) {
      apply(step);
    }
  }

  @Override
  public INDArray parameters() {
    return model.getVariable("w").getArr();
  }

  /** As the model saves it: SameDiff hands it out in no other way. */
  @Override
  public INDArray state() {
    FlatGraph saved = FlatGraph.getRootAsFlatGraph(model.asFlatBuffers(true));
    for (int i = 0; i < saved.updaterStateLength(); i++) {
      UpdaterState state = saved.updaterState(i);
      if (state.paramName().equals("w")) {
        return Nd4j.createFromFlatArray(state.updaterStateValues(0));
      }
    }
    throw new IllegalStateException("The model has no updater state for w.");
  }

  @Override
  public float[] allParameters() {
    INDArray[] flat = new INDArray[VARIABLES.length];
    for (int i = 0; i < flat.length; i++) {
      INDArray variable = model.getVariable(VARIABLES[i]).getArr();
      flat[i] = variable.reshape(variable.length());
    }
    return Nd4j.concat(0, flat).toFloatVector();
  }
}
