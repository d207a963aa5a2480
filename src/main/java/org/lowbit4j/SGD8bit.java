package org.lowbit4j;

import java.util.Map;
import org.lowbit4j.check.Check;
import org.lowbit4j.rule.SGDRule;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.LowBitUpdater;
import org.lowbit4j.updater.MomentumConfig;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * Stochastic gradient descent with momentum and 8-bit state: one byte per parameter in place of
 * four.
 *
 * <p>The update is that of PyTorch, in float32:
 *
 * <pre>
 * m = momentum*m + (1-dampening)*g     (at the first step m = g)
 * update = learningRate * m            (nesterov: learningRate * (g + momentum*m))
 * </pre>
 *
 * <p>In {@link Nesterovs8bit}, which follows ND4J, the learning rate is inside the moment: a
 * schedule takes as many steps to show as the momentum remembers; here it acts at once. Weight
 * decay is coupled: the gradient of an L2 penalty. The momentum may follow a schedule.
 *
 * <pre>{@code
 * new NeuralNetConfiguration.Builder().updater(new SGD8bit(0.01, 0.9).nesterov(true))
 * }</pre>
 *
 * <p>Defaults: learning rate 1e-3, that of ND4J's Sgd and of PyTorch; momentum 0.9, dampening 0,
 * nesterov false.
 *
 * @see <a href="https://proceedings.mlr.press/v28/sutskever13.html">Sutskever et al.: On the
 *     Importance of Initialization and Momentum in Deep Learning, 2013</a>
 * @see <a href="https://arxiv.org/abs/2110.02861">Dettmers et al.: 8-bit Optimizers via Block-wise
 *     Quantization, 2022</a>
 */
public final class SGD8bit extends MomentumConfig<SGD8bit> {

  private static final long serialVersionUID = 2L;

  /** Learning rate unless another is given. */
  public static final double DEFAULT_LEARNING_RATE = 1e-3;

  /** How much less than whole a gradient enters the moment. */
  private double dampening;

  /** Whether the moment looks ahead. */
  private boolean nesterov;

  /** Makes the optimizer with its defaults. */
  public SGD8bit() {
    super(DEFAULT_LEARNING_RATE);
  }

  /**
   * Makes the optimizer with a constant learning rate.
   *
   * @param learningRate finite, 0 or more
   */
  public SGD8bit(double learningRate) {
    this();
    learningRate(learningRate);
  }

  /**
   * Makes the optimizer with a learning rate schedule.
   *
   * @param schedule learning rates by iteration or epoch
   */
  public SGD8bit(ISchedule schedule) {
    this();
    learningRate(schedule);
  }

  /**
   * Makes the optimizer with constant learning rate and momentum.
   *
   * @param learningRate finite, 0 or more
   * @param momentum 0 or more and below 1
   */
  public SGD8bit(double learningRate, double momentum) {
    this();
    learningRate(learningRate).momentum(momentum);
  }

  /**
   * Begins a chain of setters, in the manner of ND4J's builders.
   *
   * @return a configuration with the defaults
   */
  public static SGD8bit builder() {
    return new SGD8bit();
  }

  /**
   * Sets how much less than whole a gradient enters the moment. The first gradient enters whole.
   *
   * @param dampening 0 or more and below 1; with Nesterov's momentum 0
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public SGD8bit dampening(double dampening) {
    this.dampening = Check.decay("dampening", dampening);
    return this;
  }

  /**
   * Sets whether momentum is Nesterov's.
   *
   * @param nesterov true to add the gradient once more to the decayed moment; dampening must then
   *     be 0
   * @return this
   */
  public SGD8bit nesterov(boolean nesterov) {
    this.nesterov = nesterov;
    return this;
  }

  /**
   * How much less than whole a gradient enters the moment.
   *
   * @return dampening
   */
  public double getDampening() {
    return dampening;
  }

  /**
   * Whether momentum is Nesterov's.
   *
   * @return nesterov
   */
  public boolean isNesterov() {
    return nesterov;
  }

  @Override
  protected Map<String, Object> properties() {
    Map<String, Object> p = super.properties();
    p.put("dampening", dampening);
    p.put("nesterov", nesterov);
    return p;
  }

  @Override
  protected void validate() {
    super.validate();
    dampening(dampening);
    Check.that(!nesterov || dampening == 0, "dampening", dampening, "0 with nesterov(true)");
  }

  @Override
  protected UpdateRule rule() {
    return SGDRule.INSTANCE;
  }

  @Override
  protected LowBitUpdater<SGD8bit> newUpdater() {
    return new SGD8bitUpdater(this);
  }
}
