package org.lowbit4j.updater;

import java.lang.ref.WeakReference;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.lowbit4j.check.Check;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.regularization.CoupledWeightDecay;
import org.lowbit4j.regularization.UpdaterCheck;
import org.lowbit4j.rule.UpdateRule;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonInclude;
import org.nd4j.shade.jackson.databind.annotation.JsonDeserialize;

/**
 * What all updaters with 8-bit state have in common, beside {@linkplain StateConfig how their state
 * is kept}: what DL4J and ND4J ask of a configuration.
 *
 * <p>Setters check their argument, change this configuration and return it. Every property takes
 * part in {@link #equals}, because DL4J merges neighbouring variables with equal updaters into one
 * block, and in the network's JSON.
 *
 * <p>State cannot be averaged. {@code ParallelWrapper} needs {@code averageUpdaters(false)}. DL4J's
 * {@code EarlyStoppingParallelTrainer} makes a ParallelWrapper of its own, which averages and
 * cannot be told otherwise: its {@code fit()} ends with {@code TerminationReason.Error} and without
 * a model. Use {@code EarlyStoppingTrainer}. {@code convertDataType} converts state as numbers,
 * which it is not; to convert a trained network for its output, call {@code setUpdater(null)}
 * first.
 *
 * @param <C> the configuration's own type
 */
@JsonDeserialize(using = StrictConfigDeserializer.class)
public abstract class LowBitConfig<C extends LowBitConfig<C>> extends StateConfig<C>
    implements IUpdater {

  private static final long serialVersionUID = 1L;

  /** Coefficient of weight decay. */
  private double weightDecay;

  /**
   * Which part of a network this configuration is for; null if {@link org.lowbit4j.OptimManager}
   * did not set it.
   */
  private String scope;

  /** The updater made of this last; nothing is kept from being collected. */
  private transient WeakReference<LowBitUpdater<C>> made;

  /** See {@link Scope#blocksOf}. Derived, as the scope is. */
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  private long blockElements;

  /** Whether what this needs was installed so that its absence shows. Derived, as the scope is. */
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  private boolean checked;

  /** Sets the defaults. */
  protected LowBitConfig() {}

  // ---- what an optimizer adds

  /**
   * The arithmetic of the optimizer.
   *
   * @return its rule
   */
  @Override
  protected abstract UpdateRule rule();

  /**
   * Makes the updater.
   *
   * @return an updater without state
   */
  protected abstract LowBitUpdater<C> newUpdater();

  /**
   * All properties by name, in the order in which they are printed; equality is equality of these.
   *
   * @return a new map, to which subclasses add their own
   */
  protected Map<String, Object> properties() {
    Map<String, Object> p = stateProperties();
    p.put("weightDecay", weightDecay);
    p.put("scope", scope);
    return p;
  }

  /**
   * Checks all properties; a configuration read from a file has not been through the setters.
   *
   * @throws IllegalArgumentException naming the first property out of range
   */
  protected void validate() {
    validateState();
    blockElements(blockElements);
    weightDecay(weightDecay);
  }

  /** Checks all properties, and that they go together. */
  final void validateAll() {
    validate();
    validateTogether();
  }

  /**
   * What must be applied to a parameter beside the updater, which never sees parameters: its weight
   * decay, or its trust ratio. {@link org.lowbit4j.OptimManager} installs it into the network's
   * configuration.
   *
   * @return new regularizations, in the order in which they apply; empty if the updater needs none.
   *     Unless overridden, weight decay is coupled: the gradient of an L2 penalty, added to the
   *     gradient before the moments see it
   */
  public List<Regularization> regularizations() {
    return weightDecay == 0
        ? Collections.emptyList()
        : Collections.singletonList(new CoupledWeightDecay(weightDecay));
  }

  @SuppressWarnings("unchecked")
  private C self() {
    return (C) this;
  }

  // ---- properties

  /**
   * Sets the coefficient of weight decay. An updater never sees parameters: {@link
   * org.lowbit4j.OptimManager} installs the decay, and {@code instantiate} throws if it did not.
   *
   * @param coefficient 0 to 1e6; see {@link #regularizations} for what it does
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public C weightDecay(double coefficient) {
    this.weightDecay = Check.coefficient("weightDecay", coefficient);
    return self();
  }

  /** See {@link Scope}. */
  final void scope(String name) {
    this.scope = name;
    this.checked = false;
    this.blockElements = 0;
  }

  /** See {@link Scope#blocksOf}. */
  final void blockElements(long elements) {
    this.blockElements = Check.notNegative("blockElements", elements);
  }

  @Override
  final long blockElements() {
    return blockElements;
  }

  /** See {@link Scope#check}. */
  final void checked() {
    this.checked = true;
  }

  /** The scope that steps are checked for; null where they are not. */
  final String checkedScope() {
    return checked ? scope : null;
  }

  /**
   * The coefficient of weight decay.
   *
   * @return 0 if there is none
   */
  public double getWeightDecay() {
    return weightDecay;
  }

  /**
   * The part of a network that {@link org.lowbit4j.OptimManager} made this configuration for. DL4J
   * merges neighbouring variables with equal updaters into one block; scopes keep layers apart.
   *
   * @return the layer's name, with {@code :bias} behind it for its biases; null if {@link
   *     org.lowbit4j.OptimManager} did not make it
   */
  public String getScope() {
    return scope;
  }

  /**
   * Ends a chain of setters, in the manner of ND4J's builders.
   *
   * @return a copy of this configuration
   */
  public C build() {
    return clone();
  }

  // ---- IUpdater

  /**
   * Size of the state in words of {@link #dataType(DataType)}: no multiple of the parameters, as
   * with ND4J's updaters. An updater without a network is made with
   *
   * <pre>{@code
   * config.instantiate(Nd4j.zeros(1, config.stateSize(n)), true)
   * }</pre>
   *
   * <p>Sizes do not add up: each has a header, and what rounding up to whole words and blocks
   * takes. DL4J makes an array of the sum over a network's variables, which is larger than the size
   * for all parameters at once, and {@code setStateViewArray} takes no other. To make an array for
   * a network by hand, ask it: {@code net.getUpdater().getStateViewArray().length()}.
   *
   * @param numParams number of parameters, 0 or more
   * @return words; 0 for no parameters
   */
  @Override
  public long stateSize(long numParams) {
    validateAll();
    return numParams == 0 ? 0 : layout(numParams, WordType.of(getDataType(), "updater")).words();
  }

  @Override
  public GradientUpdater<C> instantiate(INDArray viewArray, boolean initializeViewArray) {
    validateAll();
    requireRegularizations();
    LowBitUpdater<C> updater = ofBlock().newUpdater();
    made = new WeakReference<>(updater);
    if (viewArray != null) {
      updater.setStateViewArray(
          viewArray, viewArray.shape(), viewArray.ordering(), initializeViewArray);
    }
    return updater;
  }

  @Override
  public GradientUpdater<C> instantiate(
      Map<String, INDArray> updaterState, boolean initializeStateArrays) {
    validateAll();
    requireRegularizations();
    LowBitUpdater<C> updater = ofBlock().newUpdater();
    made = new WeakReference<>(updater);
    updater.setState(updaterState, initializeStateArrays);
    return updater;
  }

  /** See {@link Scope#isAtWork}. */
  final boolean isAtWork(int iterations, boolean clonesCountAnew) {
    LowBitUpdater<C> updater = made == null ? null : made.get();
    boolean atIterationZero =
        updater != null && (updater.isAtFirstStep() || clonesCountAnew && updater.isUnused());
    return made != null && (iterations > 0 || atIterationZero);
  }

  /** The configuration that a whole updater block has, of which this is one layer's. */
  C ofBlock() {
    return self();
  }

  private void requireRegularizations() {
    List<Regularization> needed = regularizations();
    if (scope == null && !needed.isEmpty()) {
      throw new IllegalStateException(
          String.format(
              "%s needs %s, which sees the parameters as an updater cannot, and which is not installed. Pass the"
                  + " configuration through OptimManager before making the network: conf = OptimManager.of(conf).apply();",
              this, needed));
    }
  }

  /** To be called where what was installed is gone. */
  final void requireNothingElse() {
    List<Regularization> needed = regularizations();
    if (!needed.isEmpty()) {
      throw new IllegalStateException(
          String.format(
              "%s needs %s, which OptimManager installed, and which is gone: the layer's regularizations were replaced, as by"
                  + " l1, l2 or weightDecay of FineTuneConfiguration, or the updater was put into another place.%s",
              this, needed, UpdaterCheck.REMEDY));
    }
  }

  /**
   * The learning rate at an iteration.
   *
   * @param iteration iterations done
   * @param epoch epochs done
   * @return NaN, as ND4J's updaters without a learning rate do
   */
  @Override
  public double getLearningRate(int iteration, int epoch) {
    return Double.NaN;
  }

  /**
   * Whether the optimizer has a learning rate.
   *
   * @return false unless overridden; regularization that is scaled by the learning rate is then
   *     scaled by 1
   */
  @Override
  public boolean hasLearningRate() {
    return false;
  }

  /**
   * Sets the learning rate.
   *
   * @throws UnsupportedOperationException if the optimizer has none
   */
  @Override
  public void setLrAndSchedule(double lr, ISchedule lrSchedule) {
    throw new UnsupportedOperationException(
        getClass().getSimpleName() + " has no learning rate; it cannot be set.");
  }

  @Override
  public C clone() {
    try {
      @SuppressWarnings("unchecked")
      C copy = (C) super.clone();
      ((LowBitConfig<?>) copy).made = null;
      return copy;
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other != null
        && getClass() == other.getClass()
        && properties().equals(((LowBitConfig<?>) other).properties());
  }

  @Override
  public int hashCode() {
    return properties().hashCode();
  }

  @Override
  public String toString() {
    return properties().entrySet().stream()
        .filter(e -> e.getValue() != null)
        .map(e -> e.getKey() + "=" + e.getValue())
        .collect(Collectors.joining(", ", getClass().getSimpleName() + "(", ")"));
  }
}
