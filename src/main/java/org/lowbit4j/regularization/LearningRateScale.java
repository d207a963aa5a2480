package org.lowbit4j.regularization;

import java.util.Objects;
import org.lowbit4j.check.Check;
import org.lowbit4j.check.StrictDeserializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.jackson.annotation.JsonAutoDetect;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nd4j.shade.jackson.databind.annotation.JsonDeserialize;

/**
 * Another learning rate for a variable that shares its updater block, and so its state, with
 * others: its update, decay included, is multiplied by the ratio of the rates.
 *
 * <p>It is in force as long as the block has the rate it had when this was made: a later change of
 * the block's rate is meant for all of it. That rate is a number that nobody else sets, one unit in
 * the last place beside the one that was given; networks saved by earlier builds have that itself.
 */
@JsonDeserialize(using = StrictDeserializer.class)
@JsonAutoDetect(
    fieldVisibility = JsonAutoDetect.Visibility.ANY,
    getterVisibility = JsonAutoDetect.Visibility.NONE,
    isGetterVisibility = JsonAutoDetect.Visibility.NONE)
public final class LearningRateScale implements Regularization {

  private static final long serialVersionUID = 1L;

  /** The variable's learning rate. */
  private final double rate;

  /** The block's when this was made. */
  private final double blockRate;

  /**
   * Makes the regularization.
   *
   * @param rate the variable's learning rate, 0 to 1e6
   * @param blockRate the block's learning rate, positive, to 1e6
   * @throws IllegalArgumentException if out of range
   */
  @JsonCreator
  public LearningRateScale(
      @JsonProperty(value = "rate", required = true) double rate,
      @JsonProperty(value = "blockRate", required = true) double blockRate) {
    Check.that(blockRate > 0, "blockRate", blockRate, "positive");
    this.rate = Check.learningRate("rate", rate);
    this.blockRate = Check.learningRate("blockRate", blockRate);
  }

  /**
   * The variable's learning rate.
   *
   * @return 0 or more
   */
  public double getRate() {
    return rate;
  }

  /**
   * Whether this scales updates.
   *
   * @param presentBlockRate the block's learning rate
   * @return true if it is still the one that this was made for
   */
  public boolean isInForce(double presentBlockRate) {
    return presentBlockRate == blockRate;
  }

  @Override
  public ApplyStep applyStep() {
    return ApplyStep.POST_UPDATER;
  }

  @Override
  public void apply(INDArray param, INDArray gradView, double lr, int iteration, int epoch) {
    if (isInForce(lr)) {
      Vectors.multiply(gradView, rate / blockRate);
    }
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
    return other instanceof LearningRateScale
        && rate == ((LearningRateScale) other).rate
        && blockRate == ((LearningRateScale) other).blockRate;
  }

  @Override
  public int hashCode() {
    return Objects.hash(rate, blockRate);
  }

  @Override
  public String toString() {
    return "learning rate " + rate + " in place of " + blockRate;
  }
}
