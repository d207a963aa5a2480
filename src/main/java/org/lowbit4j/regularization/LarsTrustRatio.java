package org.lowbit4j.regularization;

import org.lowbit4j.check.Check;
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
   * @param weightDecay coefficient, 0 to 1e6
   * @param trustCoefficient how large a step is relative to the parameters, positive
   * @throws IllegalArgumentException if out of range
   */
  @JsonCreator
  public LarsTrustRatio(
      @JsonProperty(value = "weightDecay", required = true) double weightDecay,
      @JsonProperty(value = "trustCoefficient", required = true) double trustCoefficient) {
    super(weightDecay);
    this.trustCoefficient = Check.positive("trustCoefficient", trustCoefficient);
  }

  @Override
  String format() {
    return "LARS' trust ratio (coefficient %s, weight decay %s)";
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
}
