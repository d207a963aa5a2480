package org.lowbit4j.state;

/** Quantization blocks that lie one after the other. */
public final class BlockRange {

  private final long first;
  private final long end;

  /**
   * Makes a range.
   *
   * @param end index behind the last
   */
  public BlockRange(long first, long end) {
    this.first = first;
    this.end = end;
  }

  /** The first block. */
  public long first() {
    return first;
  }

  /**
   * Where the range ends.
   *
   * @return index behind the last block
   */
  public long end() {
    return end;
  }

  /**
   * Number of blocks.
   *
   * @return 0 or more
   */
  public long count() {
    return end - first;
  }
}
