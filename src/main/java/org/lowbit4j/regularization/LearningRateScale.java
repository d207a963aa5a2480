package org.lowbit4j.regularization;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.jackson.annotation.JsonAutoDetect;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Multiplies the update of one variable, decay included: another learning rate for a variable that
 * shares its updater block, and so its state, with others.
 */
@JsonAutoDetect(
    fieldVisibility = JsonAutoDetect.Visibility.ANY,
    getterVisibility = JsonAutoDetect.Visibility.NONE)
public final class LearningRateScale implements Regularization {

  private static final long serialVersionUID = 1L;

  private final double factor;

  /**
   * Makes the regularization.
   *
   * @param factor of the block's learning rate, 0 or more
   */
  @JsonCreator
  public LearningRateScale(@JsonProperty("factor") double factor) {
    this.factor = factor;
  }

  /**
   * The factor.
   *
   * @return of the block's learning rate
   */
  public double getFactor() {
    return factor;
  }

  @Override
  public ApplyStep applyStep() {
    return ApplyStep.POST_UPDATER;
  }

  @Override
  public void apply(INDArray param, INDArray gradView, double lr, int iteration, int epoch) {
    gradView.muli(factor);
  }

  @Override
  public double score(INDArray param, int iteration, int epoch) {
    return 0;
  }

  @Override
  public Regularization clone() {
    return this; // immutable
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LearningRateScale && factor == ((LearningRateScale) other).factor;
  }

  @Override
  public int hashCode() {
    return Double.hashCode(factor);
  }

  @Override
  public String toString() {
    return "learning rate times " + factor;
  }
}
