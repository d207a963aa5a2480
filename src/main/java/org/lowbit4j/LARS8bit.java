package org.lowbit4j;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.lowbit4j.check.Check;
import org.lowbit4j.regularization.LarsTrustRatio;
import org.lowbit4j.rule.SGDRule;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.LowBitUpdater;
import org.lowbit4j.updater.MomentumConfig;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * LARS with 8-bit state, for large batches: momentum on gradients scaled to the size of each
 * variable's parameters, one byte per parameter in place of four.
 *
 * <p>The ratio is that of the paper, on the gradient, before momentum; its norms are over the whole
 * variable, in float64. The moment is {@link SGD8bit}'s, in float32, the learning rate outside:
 *
 * <pre>
 * g = trustCoefficient * |parameter| / (|g| + weightDecay*|parameter|) * (g + weightDecay*parameter)
 * m = momentum*m + g
 * update = learningRate * m
 * </pre>
 *
 * <p>The ratio is 1 where |parameter| or the denominator is 0. It needs the parameters, which an
 * updater never sees: OptimManager installs it, and without {@code instantiate} throws.
 *
 * <pre>{@code
 * new NeuralNetConfiguration.Builder().updater(new LARS8bit(0.5).weightDecay(1e-4))
 * }</pre>
 *
 * <p>Defaults: learning rate 0.1, momentum 0.9, trustCoefficient 0.001, weightDecay 0. A variable
 * then moves by up to learningRate*trustCoefficient/(1-momentum) = 0.001 of its norm per step;
 * large batches want more.
 *
 * @see <a href="https://arxiv.org/abs/1708.03888">You, Gitman and Ginsburg: Large Batch Training of
 *     Convolutional Networks, 2017, algorithm 1</a>
 * @see <a href="https://arxiv.org/abs/2110.02861">Dettmers et al.: 8-bit Optimizers via Block-wise
 *     Quantization, 2022</a>
 */
public final class LARS8bit extends MomentumConfig<LARS8bit> {

  private static final long serialVersionUID = 2L;

  /** Learning rate unless another is given. */
  public static final double DEFAULT_LEARNING_RATE = 0.1;

  /** Size of a scaled gradient relative to the parameters. */
  private double trustCoefficient = 1e-3;

  /** Makes the optimizer with its defaults. */
  public LARS8bit() {
    super(DEFAULT_LEARNING_RATE);
  }

  /**
   * Makes the optimizer with a constant learning rate.
   *
   * @param learningRate finite, 0 or more
   */
  public LARS8bit(double learningRate) {
    this();
    learningRate(learningRate);
  }

  /**
   * Makes the optimizer with a learning rate schedule.
   *
   * @param schedule learning rates by iteration or epoch
   */
  public LARS8bit(ISchedule schedule) {
    this();
    learningRate(schedule);
  }

  /**
   * Makes the optimizer with constant learning rate and momentum.
   *
   * @param learningRate finite, 0 or more
   * @param momentum 0 or more and below 1
   */
  public LARS8bit(double learningRate, double momentum) {
    this();
    learningRate(learningRate).momentum(momentum);
  }

  /**
   * Begins a chain of setters, in the manner of ND4J's builders.
   *
   * @return a configuration with the defaults
   */
  public static LARS8bit builder() {
    return new LARS8bit();
  }

  /**
   * Sets the size of a scaled gradient relative to the parameters.
   *
   * @param coefficient positive
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public LARS8bit trustCoefficient(double coefficient) {
    this.trustCoefficient = Check.positive("trustCoefficient", coefficient);
    return this;
  }

  /**
   * The size of a scaled gradient relative to the parameters.
   *
   * @return trustCoefficient
   */
  public double getTrustCoefficient() {
    return trustCoefficient;
  }

  @Override
  public List<Regularization> regularizations() {
    return Collections.singletonList(new LarsTrustRatio(getWeightDecay(), trustCoefficient));
  }

  @Override
  protected Map<String, Object> properties() {
    Map<String, Object> p = super.properties();
    p.put("trustCoefficient", trustCoefficient);
    return p;
  }

  @Override
  protected void validate() {
    super.validate();
    trustCoefficient(trustCoefficient);
  }

  @Override
  protected UpdateRule rule() {
    return SGDRule.INSTANCE;
  }

  @Override
  protected LowBitUpdater<LARS8bit> newUpdater() {
    return new LARS8bitUpdater(this);
  }
}
