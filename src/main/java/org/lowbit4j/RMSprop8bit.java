package org.lowbit4j;

import java.util.Map;
import org.lowbit4j.check.Check;
import org.lowbit4j.rule.RMSpropRule;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.LearningRateConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * RMSprop with 8-bit state: one byte per parameter in place of four; two with momentum or centred,
 * three with both.
 *
 * <p>The gradient over the root of its second moment. The update is that of ND4J's {@link
 * org.nd4j.linalg.learning.config.RmsProp}, in float32, start and epsilon as there:
 *
 * <pre>
 * v = rmsDecay*v + (1-rmsDecay)*g^2
 * update = learningRate * g / (sqrt(v + epsilon*rmsDecay^t) + epsilon)
 * </pre>
 *
 * <p>ND4J's v begins at epsilon; the term epsilon*rmsDecay^t is what is left of that at step t. The
 * default learning rate is ND4J's and large: most networks want 1e-3 or less.
 *
 * <p>Two options are PyTorch's. With {@link #momentum} updates are summed:
 *
 * <pre>
 * b = momentum*b + g / (sqrt(v + epsilon*rmsDecay^t) + epsilon)
 * update = learningRate * b
 * </pre>
 *
 * <p>{@link #centered} puts the second moment about the mean, v - a^2 with {@code a = rmsDecay*a +
 * (1-rmsDecay)*g}, in the place of v. Steps are then larger where the gradient hardly changes: up
 * to g/epsilon, here as in PyTorch. In 8 bits the difference would be lost to rounding; it is
 * stored itself, see {@link RMSpropRule}.
 *
 * <p>Weight decay is coupled: the gradient of an L2 penalty.
 *
 * <p>Defaults: learning rate 0.1, rmsDecay 0.95, epsilon 1e-8, momentum 0, centered false.
 *
 * @see <a href="https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf">Hinton,
 *     Srivastava and Swersky: Neural Networks for Machine Learning, lecture 6e, 2012</a>
 * @see <a href="https://arxiv.org/abs/2110.02861">Dettmers et al.: 8-bit Optimizers via Block-wise
 *     Quantization, 2022</a>
 */
public final class RMSprop8bit extends LearningRateConfig<RMSprop8bit> {

  private static final long serialVersionUID = 2L;

  /** Learning rate unless another is given. */
  public static final double DEFAULT_LEARNING_RATE = 0.1;

  /** Decay rate of the second moment. */
  private double rmsDecay = 0.95;

  /** Added to the root of the second moment, which begins with it. */
  private double epsilon = 1e-8;

  /** Decay rate of the sum of updates; 0 for none. */
  private double momentum;

  /** Whether the second moment is that about the mean. */
  private boolean centered;

  /** Makes the optimizer with its defaults. */
  public RMSprop8bit() {
    super(DEFAULT_LEARNING_RATE);
  }

  /**
   * Makes the optimizer with a constant learning rate.
   *
   * @param learningRate finite, 0 or more
   */
  public RMSprop8bit(double learningRate) {
    this();
    learningRate(learningRate);
  }

  /**
   * Makes the optimizer with a learning rate schedule.
   *
   * @param schedule learning rates by iteration or epoch
   */
  public RMSprop8bit(ISchedule schedule) {
    this();
    learningRate(schedule);
  }

  /**
   * Makes the optimizer with all its hyper-parameters.
   *
   * @param learningRate finite, 0 or more
   * @param rmsDecay decay rate of the second moment, 0 or more and below 1
   * @param epsilon term added to the root of the second moment, positive
   */
  public RMSprop8bit(double learningRate, double rmsDecay, double epsilon) {
    this();
    learningRate(learningRate).rmsDecay(rmsDecay).epsilon(epsilon);
  }

  /**
   * Begins a chain of setters, in the manner of ND4J's builders.
   *
   * @return a configuration with the defaults
   */
  public static RMSprop8bit builder() {
    return new RMSprop8bit();
  }

  /**
   * Sets the decay rate of the second moment.
   *
   * @param rmsDecay 0 or more and below 1
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public RMSprop8bit rmsDecay(double rmsDecay) {
    this.rmsDecay = Check.decay("rmsDecay", rmsDecay);
    return this;
  }

  /**
   * Sets the term added to the root of the second moment.
   *
   * @param epsilon positive
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public RMSprop8bit epsilon(double epsilon) {
    this.epsilon = Check.positive("epsilon", epsilon);
    return this;
  }

  /**
   * Sets the momentum of the updates. With momentum there is one state array more, so that it
   * cannot change during training from or to 0.
   *
   * @param momentum 0 or more and below 1
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public RMSprop8bit momentum(double momentum) {
    this.momentum = Check.decay("momentum", momentum);
    return this;
  }

  /**
   * Sets whether the second moment is that about the mean gradient, which is one state array more.
   *
   * @param centered true to subtract the square of the mean
   * @return this
   */
  public RMSprop8bit centered(boolean centered) {
    this.centered = centered;
    return this;
  }

  /**
   * The decay rate of the second moment.
   *
   * @return rmsDecay
   */
  public double getRmsDecay() {
    return rmsDecay;
  }

  /**
   * The term added to the root of the second moment.
   *
   * @return epsilon
   */
  public double getEpsilon() {
    return epsilon;
  }

  /**
   * The momentum of the updates.
   *
   * @return 0 for none
   */
  public double getMomentum() {
    return momentum;
  }

  /**
   * Whether the second moment is that about the mean gradient.
   *
   * @return centered
   */
  public boolean isCentered() {
    return centered;
  }

  @Override
  protected Map<String, Object> properties() {
    Map<String, Object> p = super.properties();
    p.put("rmsDecay", rmsDecay);
    p.put("epsilon", epsilon);
    p.put("momentum", momentum);
    p.put("centered", centered);
    return p;
  }

  @Override
  protected void validate() {
    super.validate();
    rmsDecay(rmsDecay);
    epsilon(epsilon);
    momentum(momentum);
  }

  @Override
  protected UpdateRule rule() {
    return RMSpropRule.of(momentum != 0, centered);
  }

  @Override
  protected LowBitUpdater<RMSprop8bit> newUpdater() {
    return new RMSprop8bitUpdater(this);
  }
}
