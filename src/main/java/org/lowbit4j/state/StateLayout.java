package org.lowbit4j.state;

import java.util.Objects;
import org.lowbit4j.memory.WordType;

/**
 * Where things lie in the state of one updater block: the only place that knows offsets and sizes.
 *
 * <pre>
 * header    24 words of the array's type (see {@link StateHeader})
 * norms     with percentile clipping only: the gradient norms of the last 100 steps, packed float32
 * scales    4 and 8 bits only: per moment, one packed float32 for each quantization block
 * values    per moment, padded to 8 bytes: 8 bits: one byte per element; 4 bits: one byte per two elements, the first in
 *           its lower half; 32 bits: one packed float32 per element
 * </pre>
 *
 * <p>The state view that DL4J hands out is the sum of {@link #words} over the block's variables,
 * which is never less than {@link #words} of their total length; what is left over stays zero.
 */
public final class StateLayout {

  /** Words in front of the scales. */
  public static final int HEADER_WORDS = 24;

  /** Elements of the largest quantization block. */
  public static final int LARGEST_BLOCK = 4096;

  private static final int PADDING = 8;

  private final int moments;
  private final int bits;
  private final int blockSize;
  private final long elements;
  private final WordType wordType;
  private final int norms;

  /**
   * Lays out the state of an updater without percentile clipping.
   *
   * @param moments number of state arrays, 1 or more
   * @param bits 4, 8 or 32
   */
  public StateLayout(int moments, int bits, int blockSize, long elements, WordType wordType) {
    this(moments, bits, blockSize, elements, wordType, 0);
  }

  /**
   * Lays out the state.
   *
   * @param moments number of state arrays, 1 or more
   * @param bits 4, 8 or 32
   * @param norms how many gradient norms are kept, an even number; 0 without percentile clipping
   */
  public StateLayout(
      int moments, int bits, int blockSize, long elements, WordType wordType, int norms) {
    this.moments = moments;
    this.bits = bits;
    this.blockSize = blockSize;
    this.elements = elements;
    this.wordType = wordType;
    this.norms = norms;
  }

  /**
   * Number of state arrays.
   *
   * @return 1 or more
   */
  public int moments() {
    return moments;
  }

  /**
   * Bits per element and moment.
   *
   * @return 4, 8 or 32
   */
  public int bits() {
    return bits;
  }

  /**
   * Whether moments are stored as codes and scales.
   *
   * @return false with 32 bits
   */
  public boolean isQuantized() {
    return bits < 32;
  }

  /**
   * Elements per quantization block.
   *
   * @return 64 to 4096
   */
  public int blockSize() {
    return blockSize;
  }

  /** Number of parameters. */
  public long elements() {
    return elements;
  }

  /** Data type of the state array. */
  public WordType wordType() {
    return wordType;
  }

  /**
   * How many gradient norms are kept.
   *
   * @return 0 without percentile clipping
   */
  public int norms() {
    return norms;
  }

  /**
   * Number of quantization blocks; the last may be shorter.
   *
   * @return elements / blockSize, rounded up
   */
  public long blocks() {
    return (elements + blockSize - 1) / blockSize;
  }

  /**
   * Elements in a quantization block.
   *
   * @return blockSize, or less for the last block
   */
  public int blockLength(long block) {
    return (int) Math.min(blockSize, elements - block * blockSize);
  }

  /**
   * Where a scale lies.
   *
   * @return byte offset
   */
  public long scaleOffset(int moment, long block) {
    return scalesStart() + (moment * blocks() + block) * Float.BYTES;
  }

  /**
   * Where an element's code or value lies.
   *
   * @param element with 4 bits an even number, or the number of elements: where the codes end
   * @return byte offset
   */
  public long valueOffset(int moment, long element) {
    return valuesStart() + moment * momentBytes() + valueBytes(element);
  }

  /**
   * Size of the state.
   *
   * @return bytes, without what may be left over behind it
   */
  public long bytes() {
    return valuesStart() + moments * momentBytes();
  }

  /**
   * Size of the state in words of the array.
   *
   * @return words, rounded up
   */
  public long words() {
    return (bytes() + wordType.bytes() - 1) / wordType.bytes();
  }

  /**
   * Where the gradient norms lie.
   *
   * @return offset in bytes
   */
  public long normsOffset() {
    return (long) HEADER_WORDS * wordType.bytes();
  }

  /**
   * How many numbers lie from the gradient norms on, one behind the other: norms and scales.
   *
   * @return their number, 0 with 32 bits and without percentile clipping
   */
  public long sizes() {
    return norms + (isQuantized() ? moments * blocks() : 0);
  }

  private long scalesStart() {
    return normsOffset() + (long) norms * Float.BYTES;
  }

  private long valuesStart() {
    long scales = isQuantized() ? moments * blocks() * Float.BYTES : 0;
    return pad(scalesStart() + scales);
  }

  private long momentBytes() {
    return pad(valueBytes(elements));
  }

  private long valueBytes(long elements) {
    return bits == 4 ? Nibbles.bytes(elements) : elements * (bits / 8);
  }

  private static long pad(long bytes) {
    return (bytes + PADDING - 1) / PADDING * PADDING;
  }

  @Override
  public boolean equals(Object other) {
    if (!(other instanceof StateLayout)) {
      return false;
    }
    StateLayout o = (StateLayout) other;
    return moments == o.moments
        && bits == o.bits
        && blockSize == o.blockSize
        && elements == o.elements
        && wordType == o.wordType
        && norms == o.norms;
  }

  @Override
  public int hashCode() {
    return Objects.hash(moments, bits, blockSize, elements, wordType, norms);
  }

  @Override
  public String toString() {
    return String.format(
        "%d elements, %d moments of %d bits, blocks of %d, %s",
        elements, moments, bits, blockSize, wordType);
  }
}
