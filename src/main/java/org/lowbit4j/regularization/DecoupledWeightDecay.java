package org.lowbit4j.regularization;

import java.util.Collections;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Weight decay of the parameters themselves: {@code update = update +
 * learningRate*coefficient*parameter} after the updater, whose moments do not see it.
 *
 * @see <a href="https://arxiv.org/abs/1711.05101">Loshchilov and Hutter: Decoupled Weight Decay
 *     Regularization, 2019</a>
 */
public final class DecoupledWeightDecay extends WeightDecay implements OptimizerRegularization {

  private static final long serialVersionUID = 1L;

  /**
   * Makes the regularization.
   *
   * @param coefficient 0 to 1e6; it is multiplied by the learning rate
   * @throws IllegalArgumentException if out of range
   */
  public DecoupledWeightDecay(double coefficient) {
    super(Coefficients.constant(coefficient), true);
  }

  @JsonCreator
  DecoupledWeightDecay(
      @JsonProperty(value = "coeff", required = true) ISchedule coefficient,
      @JsonProperty(value = "applyLR", required = true) boolean applyLR) {
    super(Coefficients.checked(coefficient), applyLR);
  }

  /**
   * The regularizations of an optimizer with decoupled weight decay.
   *
   * @param coefficient 0 or more
   * @return weight decay; none if the coefficient is 0
   */
  public static List<Regularization> unlessZero(double coefficient) {
    return coefficient == 0
        ? Collections.emptyList()
        : Collections.singletonList(new DecoupledWeightDecay(coefficient));
  }

  @Override
  public void apply(INDArray param, INDArray gradView, double lr, int iteration, int epoch) {
    double coefficient = Coefficients.at(coeff, iteration, epoch);
    double factor = applyLR ? coefficient * lr : coefficient;
    if ((float) factor != 0) {
      Vectors.add(factor, param, gradView);
    }
  }

  /**
   * What the decay adds to the network's loss.
   *
   * @return 0: unlike DL4J's own weight decay, which adds an L2 penalty to the score that it does
   *     not minimize
   */
  @Override
  public double score(INDArray param, int iteration, int epoch) {
    return 0;
  }

  @Override
  public Regularization clone() {
    return new DecoupledWeightDecay(coeff.clone(), applyLR);
  }

  @Override
  public String toString() {
    return "decoupled weight decay " + coeff.valueAt(0, 0);
  }
}
