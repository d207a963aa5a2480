package org.lowbit4j.state;

import java.util.function.LongPredicate;
import org.lowbit4j.memory.Pages;

/**
 * Goes through paged state chunk by chunk: asks for the next one before one is used, and releases
 * it afterwards.
 */
final class ChunkWalk {

  private final Pages pages;
  private final long address;

  /**
   * Makes a walk.
   *
   * @param pages where the state lies
   */
  ChunkWalk(Pages pages, long address) {
    this.pages = pages;
    this.address = address;
  }

  /** Calls a function on all blocks, a chunk of them at a time; returns the sum of its results. */
  long sumOverBlocks(StateLayout layout, boolean writes, StateMemory.BlockFunction function) {
    long perBlock =
        layout.moments()
            * ((long) layout.blockSize() * layout.bits() / 8
                + (layout.isQuantized() ? Float.BYTES : 0));
    long count = Math.max(1, pages.chunk() / perBlock);
    long blocks = layout.blocks();
    long sum = 0;
    advise(layout, 0, Math.min(blocks, count), pages::ahead);
    for (long from = 0; from < blocks; from += count) {
      long to = Math.min(blocks, from + count);
      advise(layout, to, Math.min(blocks, to + count), pages::ahead);
      if (writes) {
        advise(layout, from, to, pages::write);
      }
      sum += function.apply(new BlockRange(from, to));
      advise(layout, from, to, pages::behind);
    }
    return sum;
  }

  /**
   * Whether a predicate holds for all pieces of a range of bytes; it is told where a piece begins.
   */
  boolean allPieces(long from, long to, LongPredicate predicate) {
    long piece = piece();
    boolean all = true;
    for (long at = from; all && at < to; at += piece) {
      long next = Math.min(to, at + piece);
      pages.ahead(address + next, Math.min(piece, to - next));
      all = predicate.test(at);
      pages.behind(address + at, next - at);
    }
    return all;
  }

  /** Bytes of a piece. */
  long piece() {
    return pages.chunk();
  }

  private void advise(StateLayout layout, long from, long to, Advice advice) {
    if (from == to) {
      return;
    }
    long first = from * layout.blockSize();
    long end = Math.min(layout.elements(), to * layout.blockSize());
    for (int k = 0; k < layout.moments(); k++) {
      if (layout.isQuantized()) {
        advise(layout.scaleOffset(k, from), layout.scaleOffset(k, to), advice);
      }
      advise(layout.valueOffset(k, first), layout.valueOffset(k, end), advice);
    }
  }

  private void advise(long from, long to, Advice advice) {
    advice.give(address + from, to - from);
  }

  private interface Advice {
    void give(long address, long bytes);
  }
}
