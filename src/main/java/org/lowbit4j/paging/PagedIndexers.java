package org.lowbit4j.paging;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.ShortPointer;
import org.bytedeco.javacpp.indexer.DoubleRawIndexer;
import org.bytedeco.javacpp.indexer.FloatRawIndexer;
import org.bytedeco.javacpp.indexer.HalfRawIndexer;
import org.bytedeco.javacpp.indexer.Indexer;
import org.lowbit4j.memory.Pages;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What ND4J's buffers read an array by, word after word, when it is saved: the next chunk is asked
 * for, and the one behind is released.
 */
@SuppressWarnings("unchecked") // of JavaCPP's generic reindex, not overridden here
final class PagedIndexers {

  private PagedIndexers() {}

  static Indexer of(Pages pages, DataType type) {
    Walk walk = new Walk(pages, type.width());
    long length = pages.capacity() / type.width();
    switch (type) {
      case FLOAT:
        return new FloatRawIndexer(new FloatPointer(pages).capacity(length)) {
          @Override
          public float get(long i) {
            return super.get(walk.at(i));
          }
        };
      case DOUBLE:
        return new DoubleRawIndexer(new DoublePointer(pages).capacity(length)) {
          @Override
          public double get(long i) {
            return super.get(walk.at(i));
          }
        };
      case HALF:
        return new HalfRawIndexer(new ShortPointer(pages).capacity(length)) {
          @Override
          public float get(long i) {
            return super.get(walk.at(i));
          }
        };
      default:
        throw new IllegalArgumentException("There is no paged memory of type " + type + ".");
    }
  }

  /** A walk in pieces of a power of two of words. */
  private static final class Walk {

    private final Pages pages;
    private final long width;
    private final long words;

    Walk(Pages pages, long width) {
      this.pages = pages;
      this.width = width;
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
}
