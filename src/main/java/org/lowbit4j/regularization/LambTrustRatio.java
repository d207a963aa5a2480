package org.lowbit4j.regularization;

import org.lowbit4j.check.Check;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * The trust ratio of LAMB, with its weight decay, on the update of one variable:
 *
 * <pre>
 * r = update/learningRate + weightDecay*parameter
 * update = learningRate * min(maxTrustRatio, |parameter|/|r|) * r
 * </pre>
 *
 * @see <a href="https://arxiv.org/abs/1904.00962">You et al.: Large Batch Optimization for Deep
 *     Learning, 2020, algorithm 2</a>
 */
public final class LambTrustRatio extends TrustRatio {

  private static final long serialVersionUID = 1L;

  /** Largest ratio. */
  private final double maxTrustRatio;

  /**
   * Makes the regularization.
   *
   * @param weightDecay coefficient, 0 to 1e6
   * @param maxTrustRatio largest ratio, positive, infinite for none
   * @throws IllegalArgumentException if out of range
   */
  @JsonCreator
  public LambTrustRatio(
      @JsonProperty(value = "weightDecay", required = true) double weightDecay,
      @JsonProperty(value = "maxTrustRatio", required = true) double maxTrustRatio) {
    super(weightDecay);
    this.maxTrustRatio = Check.positiveOrInfinite("maxTrustRatio", maxTrustRatio);
  }

  @Override
  String format() {
    return "LAMB's trust ratio (at most %s, weight decay %s)";
  }

  @Override
  double parameter() {
    return maxTrustRatio;
  }

  @Override
  public ApplyStep applyStep() {
    return ApplyStep.POST_UPDATER;
  }

  @Override
  public void apply(INDArray param, INDArray gradView, double lr, int iteration, int epoch) {
    if (lr == 0) {
      return;
    }
    double ofParameters = Vectors.norm(param);
    double decay = getWeightDecay() * lr;
    double ofScaledUpdate =
        decay == 0 ? Vectors.norm(gradView) : Vectors.addAndNorm(decay, param, gradView);
    double ofUpdate = ofScaledUpdate / lr;
    if (ofParameters > 0 && ofUpdate > 0) {
      Vectors.multiply(gradView, Math.min(maxTrustRatio, ofParameters / ofUpdate));
    }
  }
}
