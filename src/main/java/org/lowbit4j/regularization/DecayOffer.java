package org.lowbit4j.regularization;

import java.util.List;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Offers decoupled weight decay to the updater, before its step, so that the native kernel can add
 * it in the same pass. An equal {@link DecoupledWeightDecay} adds what the updater did not.
 *
 * <p>Other regularizations after the updater find the decay in the update already. To change
 * nothing, an offer is installed only where there are none; where DL4J or a user removes weight
 * decay, it goes with it, as it is one.
 */
public final class DecayOffer extends DecoupledWeightDecay {

  private static final long serialVersionUID = 1L;

  /**
   * Makes the offer.
   *
   * @param coefficient that of the decay
   */
  public DecayOffer(double coefficient) {
    super(coefficient);
  }

  @JsonCreator
  DecayOffer(
      @JsonProperty("coeff") ISchedule coefficient, @JsonProperty("applyLR") boolean applyLR) {
    super(coefficient, applyLR);
  }

  /**
   * What adds something to gradients or updates.
   *
   * @param regularizations any
   * @return those that are not offers
   */
  public static List<Regularization> leaveOut(List<Regularization> regularizations) {
    return regularizations.stream()
        .filter(r -> !(r instanceof DecayOffer))
        .collect(Collectors.toList());
  }

  @Override
  public ApplyStep applyStep() {
    return ApplyStep.BEFORE_UPDATER;
  }

  @Override
  public void apply(INDArray param, INDArray gradView, double lr, int iteration, int epoch) {
    Vectors.offer(factor(lr, iteration, epoch), param, gradView, iteration);
  }

  @Override
  public Regularization clone() {
    return new DecayOffer(coeff.clone(), applyLR);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DecayOffer && super.equals(other);
  }

  @Override
  public int hashCode() {
    return 31 * super.hashCode() + 1;
  }

  @Override
  protected boolean canEqual(Object other) {
    return other instanceof DecayOffer;
  }

  @Override
  public String toString() {
    return "offer of " + super.toString();
  }
}
