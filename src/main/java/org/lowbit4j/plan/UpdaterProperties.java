package org.lowbit4j.plan;

import org.lowbit4j.check.Check;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * The properties that many updaters have, each set by a method of its name.
 *
 * @param <S> what the methods return
 */
public abstract class UpdaterProperties<S> {

  /** Without overrides. */
  protected UpdaterProperties() {}

  /**
   * Sets any property.
   *
   * @param property the name of a setter of the updaters, such as {@code momentum}
   * @param value a number, a schedule or whatever the setter takes
   * @return this
   * @throws IllegalArgumentException if an updater has no such property or the value is out of
   *     range
   */
  public abstract S set(String property, Object value);

  /**
   * Sets the width of the state: {@link LowBitConfig#optimBits}.
   *
   * @param bits 4, 8 or 32
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public S optimBits(int bits) {
    return set("optimBits", bits);
  }

  /**
   * Sets how many elements share a scale: {@link LowBitConfig#blockSize}.
   *
   * @param elements a power of two from 64 to 4096
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public S blockSize(int elements) {
    return set("blockSize", elements);
  }

  /**
   * Sets from which size on state has 8 bits: {@link LowBitConfig#min8bitSize}.
   *
   * @param elements 0 or more
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public S min8bitSize(long elements) {
    return set("min8bitSize", elements);
  }

  /**
   * Sets the codebooks: {@link LowBitConfig#quantMap}.
   *
   * @param map the family
   * @return this
   */
  public S quantMap(QuantMap map) {
    return set("quantMap", Check.notNull("quantMap", map));
  }

  /**
   * Sets a constant learning rate.
   *
   * @param rate 0 to 1e6
   * @return this
   * @throws IllegalArgumentException if out of range, or the updater has no learning rate
   */
  public S learningRate(double rate) {
    return set("learningRate", rate);
  }

  /**
   * Sets a learning rate schedule.
   *
   * @param schedule values by iteration or epoch
   * @return this
   * @throws IllegalArgumentException if the updater has no learning rate
   */
  public S learningRate(ISchedule schedule) {
    return set("learningRate", Check.notNull("learning rate schedule", schedule));
  }

  /**
   * Sets the decay rate of the first moment.
   *
   * @param beta1 0 or more and below 1
   * @return this
   * @throws IllegalArgumentException if out of range, or the updater has no such property
   */
  public S beta1(double beta1) {
    return set("beta1", beta1);
  }

  /**
   * Sets the decay rate of the second moment.
   *
   * @param beta2 0 or more and below 1
   * @return this
   * @throws IllegalArgumentException if out of range, or the updater has no such property
   */
  public S beta2(double beta2) {
    return set("beta2", beta2);
  }

  /**
   * Sets epsilon.
   *
   * @param epsilon positive
   * @return this
   * @throws IllegalArgumentException if out of range, or the updater has no such property
   */
  public S epsilon(double epsilon) {
    return set("epsilon", epsilon);
  }

  /**
   * Sets the coefficient of weight decay: {@link LowBitConfig#weightDecay}. It is for weights;
   * biases have it only where the selection is of biases alone.
   *
   * @param coefficient 0 to 1e6
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public S weightDecay(double coefficient) {
    return set("weightDecay", coefficient);
  }

  /**
   * Scales gradients down to a percentile of recent norms: {@link LowBitConfig#percentileClipping}.
   *
   * @param percentile 0 to 100 (off)
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public S percentileClipping(int percentile) {
    return set("percentileClipping", percentile);
  }
}
