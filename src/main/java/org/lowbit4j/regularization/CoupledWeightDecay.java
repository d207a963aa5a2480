package org.lowbit4j.regularization;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Weight decay as the gradient of an L2 penalty: {@code gradient = gradient +
 * coefficient*parameter} before the updater, whose moments see it. What PyTorch and bitsandbytes
 * call the weight decay of SGD, RMSprop, Adagrad and Adam.
 */
public final class CoupledWeightDecay extends L2Regularization implements OptimizerRegularization {

  private static final long serialVersionUID = 1L;

  /**
   * Makes the regularization.
   *
   * @param coefficient 0 to 1e6
   * @throws IllegalArgumentException if out of range
   */
  public CoupledWeightDecay(double coefficient) {
    super(Coefficients.constant(coefficient));
  }

  @JsonCreator
  CoupledWeightDecay(@JsonProperty(value = "l2", required = true) ISchedule l2) {
    super(Coefficients.checked(l2));
  }

  @Override
  public void apply(INDArray param, INDArray gradView, double lr, int iteration, int epoch) {
    Vectors.add(Coefficients.at(l2, iteration, epoch), param, gradView);
  }

  @Override
  public Regularization clone() {
    return new CoupledWeightDecay(l2.clone());
  }

  @Override
  public String toString() {
    return "coupled weight decay " + l2.valueAt(0, 0);
  }
}
