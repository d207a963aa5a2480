package org.lowbit4j;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.kernel.PercentileClipping;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.regularization.CoupledWeightDecay;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateLayout;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * What all updaters with 8-bit state have in common: how the state is kept.
 *
 * <p>Setters check their argument, change this configuration and return it. Every property takes
 * part in {@link #equals}, because DL4J merges neighbouring variables with equal updaters into one
 * block, and in the network's JSON.
 *
 * @param <C> the configuration's own type
 */
public abstract class LowBitConfig<C extends LowBitConfig<C>> implements IUpdater {

  private static final long serialVersionUID = 1L;

  /** Smallest and largest number of elements that share a scale. */
  private static final int MIN_BLOCK_SIZE = 64;

  private static final int MAX_BLOCK_SIZE = 4096;

  /** 8 or 32. */
  private int optimBits = 8;

  /** Elements per quantization block. */
  private int blockSize = 256;

  /** Parameters from which on state has 8 bits. */
  private long min8bitSize = 4096;

  /** Codebooks of 8-bit state. */
  private QuantMap quantMap = QuantMap.POWER;

  /** Data type of the network. */
  private DataType dataType = DataType.FLOAT;

  /** Percentile of recent gradient norms that gradients are scaled down to. */
  private int percentileClipping = PercentileClipping.HISTORY;

  /** Coefficient of weight decay. */
  private double weightDecay;

  /**
   * Which part of a network this configuration is for; null if {@link OptimManager} did not set it.
   */
  private String scope;

  /** Sets the defaults. */
  protected LowBitConfig() {}

  // ---- what an optimizer adds

  /**
   * The arithmetic of the optimizer.
   *
   * @return its rule
   */
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
    Map<String, Object> p = new LinkedHashMap<>();
    p.put("optimBits", optimBits);
    p.put("blockSize", blockSize);
    p.put("min8bitSize", min8bitSize);
    p.put("quantMap", quantMap);
    p.put("dataType", dataType);
    p.put("percentileClipping", percentileClipping);
    p.put("weightDecay", weightDecay);
    p.put("scope", scope);
    return p;
  }

  /**
   * Checks all properties; a configuration read from JSON has not been through the setters.
   *
   * @throws IllegalArgumentException naming the first property out of range
   */
  protected void validate() {
    optimBits(optimBits);
    blockSize(blockSize);
    min8bitSize(min8bitSize);
    quantMap(quantMap);
    dataType(dataType);
    percentileClipping(percentileClipping);
    weightDecay(weightDecay);
  }

  /**
   * What must be applied to a parameter beside the updater, which never sees parameters: its weight
   * decay, or its trust ratio. {@link OptimManager} installs it into the network's configuration.
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
   * Sets the width of the state.
   *
   * @param bits 8, or 32 to keep it as float32
   * @return this
   * @throws IllegalArgumentException for any other number
   */
  public C optimBits(int bits) {
    Check.that(bits == 8 || bits == 32, "optimBits", bits, "8 or 32");
    this.optimBits = bits;
    return self();
  }

  /**
   * Sets how many elements share a scale. Smaller blocks are more exact and take more memory:
   * 4/blockSize bytes per parameter and moment.
   *
   * @param elements a power of two from 64 to 4096; the default is 256
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public C blockSize(int elements) {
    Check.that(
        elements >= MIN_BLOCK_SIZE && elements <= MAX_BLOCK_SIZE && Integer.bitCount(elements) == 1,
        "blockSize",
        elements,
        "a power of two from " + MIN_BLOCK_SIZE + " to " + MAX_BLOCK_SIZE);
    this.blockSize = elements;
    return self();
  }

  /**
   * Sets the number of parameters from which on state is kept in 8 bits; smaller updater blocks
   * keep float32.
   *
   * <p>DL4J merges neighbouring variables with equal updaters into one block, and it is the block
   * that counts.
   *
   * @param elements 0 or more; the default is 4096
   * @return this
   * @throws IllegalArgumentException if negative
   */
  public C min8bitSize(long elements) {
    Check.that(elements >= 0, "min8bitSize", elements, "0 or more");
    this.min8bitSize = elements;
    return self();
  }

  /**
   * Sets the codebooks of 8-bit state.
   *
   * @param map the family; the default is {@link QuantMap#POWER}
   * @return this
   * @throws IllegalArgumentException if null
   */
  public C quantMap(QuantMap map) {
    this.quantMap = Check.notNull("quantMap", map);
    return self();
  }

  /**
   * Sets the data type of the network. DL4J asks for the size of the state in words of the
   * network's type without telling the type: a HALF network needs {@code dataType(HALF)}; a DOUBLE
   * network works without, with {@code dataType(DOUBLE)} it takes half the memory.
   *
   * @param type FLOAT (the default), DOUBLE or HALF
   * @return this
   * @throws IllegalArgumentException for any other type
   */
  public C dataType(DataType type) {
    Check.that(
        type == DataType.FLOAT || type == DataType.DOUBLE || type == DataType.FLOAT16,
        "dataType",
        type,
        "FLOAT, DOUBLE or HALF");
    this.dataType = type;
    return self();
  }

  /**
   * Scales gradients down to a percentile of recent gradient norms: a gradient whose norm is above
   * the element of this index, in ascending order, of the norms of the last 100 steps is multiplied
   * by their ratio. There is one norm for each updater block, kept in its state (400 bytes).
   *
   * @param percentile 0 to 100; 5 is what bitsandbytes recommended; 100, the default, is off
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public C percentileClipping(int percentile) {
    Check.that(
        percentile >= 0 && percentile <= PercentileClipping.HISTORY,
        "percentileClipping",
        percentile,
        "0 to 100 (off)");
    this.percentileClipping = percentile;
    return self();
  }

  /**
   * Sets the coefficient of weight decay. An updater never sees parameters: {@link OptimManager}
   * installs the decay, and {@code instantiate} throws if it did not.
   *
   * @param coefficient 0 to 1e6; see {@link #regularizations} for what it does
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public C weightDecay(double coefficient) {
    this.weightDecay = Check.coefficient("weightDecay", coefficient);
    return self();
  }

  /** Names the part of a network that this configuration is for, so that it is not merged. */
  C scope(String name) {
    this.scope = name;
    return self();
  }

  /**
   * The width of the state.
   *
   * @return 8 or 32
   */
  public int getOptimBits() {
    return optimBits;
  }

  /**
   * How many elements share a scale.
   *
   * @return a power of two
   */
  public int getBlockSize() {
    return blockSize;
  }

  /**
   * The number of parameters from which on state is kept in 8 bits.
   *
   * @return parameters in an updater block
   */
  public long getMin8bitSize() {
    return min8bitSize;
  }

  /**
   * The codebooks of 8-bit state.
   *
   * @return the family
   */
  public QuantMap getQuantMap() {
    return quantMap;
  }

  /**
   * The data type of the network that state sizes are computed for.
   *
   * @return FLOAT, DOUBLE or HALF
   */
  public DataType getDataType() {
    return dataType;
  }

  /**
   * The percentile of recent gradient norms that gradients are scaled down to.
   *
   * @return 0 to 100; 100 if off
   */
  public int getPercentileClipping() {
    return percentileClipping;
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
   * The part of a network that {@link OptimManager} made this configuration for. DL4J merges
   * neighbouring variables with equal updaters into one block; scopes keep layers apart.
   *
   * @return the layer's name, with {@code :bias} behind it for its biases; null if {@link
   *     OptimManager} did not make it
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

  /** The layout of state for {@code elements} parameters in an array of the given type. */
  StateLayout layout(long elements, WordType words) {
    int bits = elements < min8bitSize ? 32 : optimBits;
    int norms = percentileClipping < PercentileClipping.HISTORY ? PercentileClipping.HISTORY : 0;
    return new StateLayout(rule().moments().size(), bits, blockSize, elements, words, norms);
  }

  /**
   * Size of the state in words of {@link #dataType(DataType)}.
   *
   * @param numParams number of parameters, 0 or more
   * @return words; 0 for no parameters
   */
  @Override
  public long stateSize(long numParams) {
    validate();
    return numParams == 0 ? 0 : layout(numParams, WordType.of(dataType, "updater")).words();
  }

  @Override
  public GradientUpdater<C> instantiate(INDArray viewArray, boolean initializeViewArray) {
    validate();
    requireRegularizations();
    LowBitUpdater<C> updater = newUpdater();
    if (viewArray != null) {
      updater.setStateViewArray(
          viewArray, viewArray.shape(), viewArray.ordering(), initializeViewArray);
    }
    return updater;
  }

  @Override
  public GradientUpdater<C> instantiate(
      Map<String, INDArray> updaterState, boolean initializeStateArrays) {
    validate();
    requireRegularizations();
    LowBitUpdater<C> updater = newUpdater();
    updater.setState(updaterState, initializeStateArrays);
    return updater;
  }

  private void requireRegularizations() {
    List<Regularization> needed = regularizations();
    if (scope == null && !needed.isEmpty()) {
      throw new IllegalStateException(
          this
              + " needs "
              + needed
              + ", which sees the parameters as an updater cannot, and which is not installed. Pass the configuration"
              + " through OptimManager before making the network: conf = OptimManager.of(conf).apply();");
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
