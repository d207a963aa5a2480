package org.lowbit4j.regularization;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * The trust ratio of LARS, with its weight decay, on the gradient of one variable, before momentum:
 *
 * <pre>
 * gradient = trustCoefficient * |parameter| / (|gradient| + weightDecay*|parameter|)
 *     * (gradient + weightDecay*parameter)
 * </pre>
 *
 * <p>The ratio is 1 where |parameter| or the denominator is 0: parameters that begin at zero would
 * never move.
 *
 * @see <a href="https://arxiv.org/abs/1708.03888">You, Gitman and Ginsburg: Large Batch Training of
 *     Convolutional Networks, 2017, algorithm 1</a>
 */
public final class LarsTrustRatio extends TrustRatio {

  private static final long serialVersionUID = 1L;

  /** Size of a step relative to the parameters. */
  private final double trustCoefficient;

  /**
   * Makes the regularization.
   *
   * @param weightDecay coefficient, 0 or more
   * @param trustCoefficient how large a step is relative to the parameters, positive
   */
  @JsonCreator
  public LarsTrustRatio(
      @JsonProperty("weightDecay") double weightDecay,
      @JsonProperty("trustCoefficient") double trustCoefficient) {
    super(weightDecay);
    this.trustCoefficient = trustCoefficient;
  }

  @Override
  double parameter() {
    return trustCoefficient;
  }

  @Override
  public ApplyStep applyStep() {
    return ApplyStep.BEFORE_UPDATER;
  }

  @Override
  public void apply(INDArray param, INDArray gradView, double lr, int iteration, int epoch) {
    double ofParameters = Vectors.norm(param);
    double denominator = Vectors.norm(gradView) + getWeightDecay() * ofParameters;
    // Else there is no decay either: parameters of norm 0 are 0, or not finite.
    if (ofParameters > 0 && denominator > 0) {
      double ratio = trustCoefficient * ofParameters / denominator;
      if (getWeightDecay() == 0) {
        Vectors.multiply(gradView, ratio);
      } else {
        Vectors.addAndMultiply(getWeightDecay(), param, ratio, gradView);
      }
    }
  }

  @Override
  public String toString() {
    return "LARS' trust ratio (coefficient "
        + trustCoefficient
        + ", weight decay "
        + getWeightDecay()
        + ")";
  }
}
