package org.lowbit4j.regularization;

import java.util.Objects;
import org.lowbit4j.check.Check;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.jackson.annotation.JsonAutoDetect;

/**
 * What scales a variable's steps by the norm of its parameters.
 *
 * <p>Norms are of the whole variable, in float64; elements that are not finite count as 0, as they
 * do in the update. The ratio is 1 where the norm of the parameters, or that which it is compared
 * with, is 0: parameters that begin at zero would never move.
 */
@JsonAutoDetect(
    fieldVisibility = JsonAutoDetect.Visibility.ANY,
    getterVisibility = JsonAutoDetect.Visibility.NONE,
    isGetterVisibility = JsonAutoDetect.Visibility.NONE)
abstract class TrustRatio implements OptimizerRegularization {

  private static final long serialVersionUID = 1L;

  private final double weightDecay;

  TrustRatio(double weightDecay) {
    this.weightDecay = Check.coefficient("weightDecay", weightDecay);
  }

  /**
   * The coefficient of weight decay, which the ratio takes into account.
   *
   * @return 0 or more
   */
  public final double getWeightDecay() {
    return weightDecay;
  }

  /** How a ratio is printed: with its parameter, then its weight decay. */
  abstract String format();

  /** What two ratios of one class differ by, beside weight decay. */
  abstract double parameter();

  /**
   * What the decay adds to the network's loss.
   *
   * @return 0: scaled by the ratio, it is not the gradient of a penalty
   */
  @Override
  public final double score(INDArray param, int iteration, int epoch) {
    return 0;
  }

  @Override
  public final Regularization clone() {
    return this; // immutable
  }

  @Override
  public final boolean equals(Object other) {
    return other != null
        && getClass() == other.getClass()
        && weightDecay == ((TrustRatio) other).weightDecay
        && parameter() == ((TrustRatio) other).parameter();
  }

  @Override
  public final int hashCode() {
    return Objects.hash(getClass().getName(), weightDecay, parameter());
  }

  @Override
  public final String toString() {
    return String.format(format(), parameter(), weightDecay);
  }
}
