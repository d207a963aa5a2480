package org.lowbit4j.cuda;

import org.lowbit4j.memory.WordType;

/**
 * What the kernels of arrays in 8 bits are told, and how many threads they need: the structures of
 * {@code cuda/quantize.cu}. Knows addresses, but touches no memory and no driver.
 */
final class QuantizerArguments {

  private static final int QUANTIZE_BYTES = 72;
  private static final int DEQUANTIZE_BYTES = 48;
  private static final int MOST_THREADS = 256;

  private final long table;
  private final boolean signed;
  private final int blockSize;

  /**
   * Of a quantizer.
   *
   * @param table where the codebook's table lies
   */
  QuantizerArguments(long table, boolean signed, int blockSize) {
    this.table = table;
    this.signed = signed;
    this.blockSize = blockSize;
  }

  /** The threads of either kernel. */
  LaunchSize size(long elements) {
    return LaunchSize.ofBlocks(blockSize, MOST_THREADS, (elements + blockSize - 1) / blockSize);
  }

  /**
   * Of {@code quantizeBlockwise}.
   *
   * @param sums address of two floats per block
   * @param refused address of two longs, zeros at first
   */
  Arguments quantize(
      long array, WordType words, long elements, long codes, long scales, long sums, long refused) {
    Arguments a = new Arguments(QUANTIZE_BYTES);
    a.put(array).put(codes).put(scales).put(sums).put(refused).put(table).put(elements);
    return a.put(words.id()).put(blockSize).put(signed ? 1 : 0).put(0);
  }

  /** Of {@code dequantizeBlockwise}. */
  Arguments dequantize(long array, WordType words, long elements, long codes, long scales) {
    Arguments a = new Arguments(DEQUANTIZE_BYTES);
    a.put(array).put(codes).put(scales).put(table).put(elements);
    return a.put(words.id()).put(blockSize);
  }
}
