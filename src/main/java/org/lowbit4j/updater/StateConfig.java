package org.lowbit4j.updater;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lowbit4j.check.Check;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.kernel.PercentileClipping;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateHeader;
import org.lowbit4j.state.StateLayout;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.shade.jackson.annotation.JsonInclude;

/**
 * How the state of an updater is kept: bits, blocks, codebooks, data type, gradient norms.
 *
 * <p>Setters check their argument, change this configuration and return it.
 *
 * @param <C> the configuration's own type
 */
public abstract class StateConfig<C extends StateConfig<C>> implements Serializable {

  private static final long serialVersionUID = 1L;

  /** Smallest and largest number of elements that share a scale. */
  private static final int MIN_BLOCK_SIZE = 64;

  private static final int MAX_BLOCK_SIZE = StateLayout.LARGEST_BLOCK;

  /** Elements per quantization block, unless set otherwise; with 4 bits, too. */
  private static final int BLOCK_SIZE = 256;

  private static final int BLOCK_SIZE_4 = 128;

  /** 4, 8 or 32. */
  private int optimBits = 8;

  /** Elements per quantization block. */
  private int blockSize = BLOCK_SIZE;

  /** Whether they are {@value #BLOCK_SIZE} whatever the bits. */
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  private boolean blockSizeSet;

  /** Parameters from which on state has 4 or 8 bits. */
  private long min8bitSize = 4096;

  /** Codebooks of 4-bit and 8-bit state. */
  private QuantMap quantMap = QuantMap.POWER;

  /** Data type of the network. */
  private DataType dataType = DataType.FLOAT;

  /** Percentile of recent gradient norms that gradients are scaled down to. */
  private int percentileClipping = PercentileClipping.HISTORY;

  /** Sets the defaults. */
  protected StateConfig() {}

  /**
   * The arithmetic of the optimizer, which has the moments that state consists of.
   *
   * @return its rule
   */
  protected abstract UpdateRule rule();

  /** The properties set here by name, in the order in which they are printed. */
  Map<String, Object> stateProperties() {
    Map<String, Object> p = new LinkedHashMap<>();
    p.put("optimBits", optimBits);
    p.put("blockSize", getBlockSize());
    p.put("min8bitSize", min8bitSize);
    p.put("quantMap", quantMap);
    p.put("dataType", dataType);
    p.put("percentileClipping", percentileClipping);
    return p;
  }

  /** Checks them: a configuration read from JSON has not been through the setters. */
  void validateState() {
    optimBits(optimBits);
    checkBlockSize(blockSize);
    min8bitSize(min8bitSize);
    quantMap(quantMap);
    dataType(dataType);
    percentileClipping(percentileClipping);
  }

  /** Checks what must go together; setters, in whatever order they are called, do not. */
  void validateTogether() {
    Check.that(
        optimBits != 4 || quantMap == QuantMap.POWER,
        "quantMap",
        quantMap,
        "POWER, as optimBits is 4, which DYNAMIC has no codes for");
  }

  /** The layout of state for {@code elements} parameters in an array of the given type. */
  StateLayout layout(long elements, WordType words) {
    boolean small = Math.max(elements, blockElements()) < min8bitSize;
    return layout(small ? 32 : optimBits, elements, words);
  }

  /**
   * The layout of state in an array that is there. DL4J reserves it variable by variable, and 32
   * bits for the small ones: where 32 bits have room for the whole block, fresh state has them, as
   * fewer would save nothing. State that was written keeps the bits it has.
   *
   * @param elements number of parameters
   * @param words data type of the array
   * @param bytes size of the array
   * @param written bits of the state that is in it, 0 if it is fresh
   */
  StateLayout layout(long elements, WordType words, long bytes, int written) {
    StateLayout bySize = layout(elements, words);
    if (bySize.bits() == 32 || written != 0 && written < 32) {
      return bySize;
    }
    StateLayout whole = layout(32, elements, words);
    return whole.bytes() <= bytes ? whole : bySize;
  }

  private StateLayout layout(int bits, long elements, WordType words) {
    int norms = percentileClipping < PercentileClipping.HISTORY ? PercentileClipping.HISTORY : 0;
    return new StateLayout(
        rule().moments().size(), bits, blockSize(bits == 4), elements, words, norms);
  }

  /** Blocks of 32-bit state are what they are with 8 bits, whatever larger ones have. */
  private int blockSize(boolean of4Bits) {
    return of4Bits && blockSize == BLOCK_SIZE && !blockSizeSet ? BLOCK_SIZE_4 : blockSize;
  }

  /** The largest quantization block that any state of this has. */
  int largestBlock() {
    return blockSize;
  }

  /** Who writes the state. */
  StateHeader header() {
    return new StateHeader(rule().id(), rule().name(), quantMap.id());
  }

  /** The codebooks of the moments, of state in an array of the given type. */
  Codebook[] codebooks(WordType words) {
    return quantMap.codebooks(rule().moments(), words == WordType.HALF, optimBits == 4 ? 4 : 8);
  }

  /** Parameters in the updater blocks that this is for, 0 if not known. */
  long blockElements() {
    return 0;
  }

  /**
   * The width of fresh state of an updater block, which is 32 where it is small, and where so many
   * of its variables are that the state that DL4J reserves has room for 32.
   *
   * @param elements parameters in the block
   * @param words size of its state: {@code stateSize} of each variable, added up
   * @return 4, 8 or 32
   */
  public final int bits(long elements, long words) {
    WordType type = WordType.of(dataType, "updater");
    return layout(elements, type, words * type.bytes(), 0).bits();
  }

  @SuppressWarnings("unchecked")
  private C self() {
    return (C) this;
  }

  /**
   * Sets the width of the state. With 4 bits blocks are of 128 elements, unless {@link #blockSize}
   * was called.
   *
   * @param bits 8, or 32 to keep it as float32, or 4, which takes half of what 8 take and is less
   *     exact
   * @return this
   * @throws IllegalArgumentException for any other number
   */
  public C optimBits(int bits) {
    Check.that(bits == 4 || bits == 8 || bits == 32, "optimBits", bits, "4, 8 or 32");
    this.optimBits = bits;
    return self();
  }

  /**
   * Sets how many elements share a scale. Smaller blocks are more exact and take more memory:
   * 4/blockSize bytes per parameter and moment.
   *
   * @param elements a power of two from 64 to 4096; the default is 256, and 128 with {@code
   *     optimBits(4)}
   * @return this
   * @throws IllegalArgumentException if out of range
   */
  public C blockSize(int elements) {
    checkBlockSize(elements);
    this.blockSize = elements;
    this.blockSizeSet = elements == BLOCK_SIZE;
    return self();
  }

  private static void checkBlockSize(int elements) {
    Check.that(
        elements >= MIN_BLOCK_SIZE && elements <= MAX_BLOCK_SIZE && Integer.bitCount(elements) == 1,
        "blockSize",
        elements,
        "a power of two from " + MIN_BLOCK_SIZE + " to " + MAX_BLOCK_SIZE);
  }

  /**
   * Sets the number of parameters from which on state is kept in 8 bits, or 4; smaller updater
   * blocks keep float32.
   *
   * <p>DL4J merges neighbouring variables with equal updaters into one block, and asks for the size
   * of the state of each variable before it does. A block of many small variables therefore has
   * room for 32 bits, and keeps them, unless {@link org.lowbit4j.OptimManager} tells how large the
   * blocks will be. {@code min8bitSize(0)} saves memory of small variables, too.
   *
   * @param elements 0 or more; the default is 4096
   * @return this
   * @throws IllegalArgumentException if negative
   */
  public C min8bitSize(long elements) {
    this.min8bitSize = Check.notNegative("min8bitSize", elements);
    return self();
  }

  /**
   * Sets the codebooks of 8-bit state.
   *
   * @param map the family; the default is {@link QuantMap#POWER}, the only one that has 4 bits
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
   * The width of the state.
   *
   * @return 4, 8 or 32
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
    return blockSize(optimBits == 4);
  }

  /**
   * The number of parameters from which on state is kept in 8 bits, or 4.
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
}
