package org.lowbit4j.regularization;

import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.jackson.annotation.JsonAutoDetect;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Offers decoupled weight decay to the updater, before its step: the native kernel adds it in the
 * same pass. It changes no result; without it, or with another updater, the decay adds itself after
 * the step.
 */
@JsonAutoDetect(
    fieldVisibility = JsonAutoDetect.Visibility.ANY,
    getterVisibility = JsonAutoDetect.Visibility.NONE,
    isGetterVisibility = JsonAutoDetect.Visibility.NONE)
public final class DecayOffer implements OptimizerRegularization {

  private static final long serialVersionUID = 1L;

  /** What is offered. */
  private final DecoupledWeightDecay decay;

  /**
   * Makes the offer.
   *
   * @param decay the weight decay, to be installed beside this
   */
  @JsonCreator
  public DecayOffer(@JsonProperty("decay") DecoupledWeightDecay decay) {
    this.decay = decay;
  }

  @Override
  public ApplyStep applyStep() {
    return ApplyStep.BEFORE_UPDATER;
  }

  @Override
  public void apply(INDArray param, INDArray gradView, double lr, int iteration, int epoch) {
    decay.offer(param, gradView, lr, iteration, epoch);
  }

  /**
   * What the offer adds to the network's loss.
   *
   * @return 0
   */
  @Override
  public double score(INDArray param, int iteration, int epoch) {
    return 0;
  }

  @Override
  public Regularization clone() {
    return new DecayOffer((DecoupledWeightDecay) decay.clone());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DecayOffer && decay.equals(((DecayOffer) other).decay);
  }

  @Override
  public int hashCode() {
    return Objects.hash(getClass().getName(), decay);
  }

  @Override
  public String toString() {
    return "offer of " + decay;
  }
}
