package org.lowbit4j.paging;

import java.io.IOException;
import org.lowbit4j.memory.ArrayMemory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Memory of a storage, the array over it, and what was moved so far. */
final class PagedArray {

  static final PagedArray NONE = new PagedArray(null, null, 0, 0, 0);

  /** Null if there is none, or it was freed: this must not keep it then. */
  private final ArrayMemory memory;

  private final INDArray array;
  private final long bytes;
  private final long inBefore;
  private final long outBefore;

  private PagedArray(
      ArrayMemory memory, INDArray array, long bytes, long inBefore, long outBefore) {
    this.memory = memory;
    this.array = array;
    this.bytes = bytes;
    this.inBefore = inBefore;
    this.outBefore = outBefore;
  }

  boolean fits(long words) {
    return array != null && !array.wasClosed() && array.length() == words;
  }

  /** Takes other memory, of zeros, and frees this. */
  PagedArray renewed(long words, DataType type, Storage storage, long budget) {
    if (words > Integer.MAX_VALUE) {
      throw new IllegalStateException(
          String.format(
              "The state has %d words; DL4J can address %d. Use 8 bits where it has 32.",
              words, Integer.MAX_VALUE));
    }
    ArrayMemory made = storage.allocate(words * type.width(), budget);
    INDArray fresh;
    try {
      fresh = made.array(type);
    } catch (RuntimeException e) {
      made.free();
      throw e;
    }
    PagedArray before = freed();
    return new PagedArray(made, fresh, made.bytes(), before.inBefore, before.outBefore);
  }

  /**
   * Frees the memory, and keeps the counts; views of the array are refused by ND4J from here on.
   */
  PagedArray freed() {
    if (memory == null) {
      return this;
    }
    if (array.closeable()) {
      array.close();
    }
    memory.free();
    return new PagedArray(null, null, bytes, bytesIn(), bytesOut());
  }

  void fill(ArrayMemory.Source source) throws IOException {
    memory.fill(array, source);
  }

  void copyIn(INDArray from) {
    memory.copyIn(from, array);
  }

  void copyOut(INDArray to) {
    memory.copyOut(array, to);
  }

  INDArray array() {
    return array;
  }

  long bytes() {
    return bytes;
  }

  long bytesIn() {
    return inBefore + (memory == null ? 0 : memory.bytesIn());
  }

  long bytesOut() {
    return outBefore + (memory == null ? 0 : memory.bytesOut());
  }
}
