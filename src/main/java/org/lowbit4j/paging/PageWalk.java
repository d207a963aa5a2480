package org.lowbit4j.paging;

import org.lowbit4j.memory.Indexers;
import org.lowbit4j.memory.Pages;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A walk through an array word after word, in pieces of a power of two of words: the next piece is
 * asked for, and the one behind is released.
 */
final class PageWalk {

  private final Pages pages;
  private final long width;
  private final long words;

  /** To be walked by {@link Indexers}. */
  PageWalk(Pages pages, DataType type) {
    this.pages = pages;
    this.width = type.width();
    this.words = Long.highestOneBit(pages.chunk() / width);
  }

  /**
   * Says that a word will be read, and returns it; where it is not the first of a piece there is
   * nothing to do.
   */
  long at(long word) {
    if ((word & (words - 1)) == 0) {
      long piece = words * width;
      long here = pages.address() + word * width;
      long next = Math.min(here + piece, pages.address() + pages.capacity());
      pages.ahead(next, Math.min(piece, pages.address() + pages.capacity() - next));
      if (word > 0) {
        pages.behind(here - piece, piece);
      }
    }
    return word;
  }
}
