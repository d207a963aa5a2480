package org.lowbit4j.regularization;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.jackson.annotation.JsonIgnoreProperties;

/**
 * A relic that does nothing: networks saved by earlier builds have it in their JSON, beside the
 * {@link DecoupledWeightDecay} that does what it was there for. {@link org.lowbit4j.OptimManager}
 * takes it out when it is applied again.
 */
@JsonIgnoreProperties({"coeff", "applyLR"})
public final class DecayOffer implements OptimizerRegularization {

  private static final long serialVersionUID = 2L;

  /** For the JSON reader. */
  DecayOffer() {}

  @Override
  public ApplyStep applyStep() {
    return ApplyStep.BEFORE_UPDATER;
  }

  @Override
  public void apply(INDArray param, INDArray gradView, double lr, int iteration, int epoch) {
    // The decay itself is added after the updater.
  }

  @Override
  public double score(INDArray param, int iteration, int epoch) {
    return 0;
  }

  @Override
  public Regularization clone() {
    return new DecayOffer();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DecayOffer;
  }

  @Override
  public int hashCode() {
    return DecayOffer.class.hashCode();
  }

  @Override
  public String toString() {
    return "nothing (weight decay of an earlier build)";
  }
}
