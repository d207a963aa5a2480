package org.lowbit4j.paging;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.lowbit4j.memory.ArrayMemory;
import org.lowbit4j.memory.Pages;
import org.lowbit4j.memory.RawMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Moves bytes to and from an array over all of some pages, of which no more than a chunk need be
 * resident.
 */
final class PageTransfer {

  private PageTransfer() {}

  /** From an ordinary array, contiguous and of the same size. */
  static void copyIn(INDArray from, INDArray array, Pages pages) {
    RawMemory source = new RawMemory(from, pages.capacity());
    forChunks(array, pages, true, (at, chunk) -> chunk.put(window(source, at, chunk.limit())));
    Reference.reachabilityFence(from);
  }

  /** To an ordinary array, contiguous and of the same size. */
  static void copyOut(INDArray array, Pages pages, INDArray to) {
    RawMemory target = new RawMemory(to, pages.capacity());
    forChunks(array, pages, false, (at, chunk) -> target.at(at).put(chunk));
    Reference.reachabilityFence(to);
  }

  /** Throws what the source throws. */
  static void fill(INDArray array, Pages pages, ArrayMemory.Source source) throws IOException {
    forChunks(array, pages, true, (at, chunk) -> source.read(chunk));
  }

  private static <E extends Exception> void forChunks(
      INDArray array, Pages pages, boolean writes, ChunkAction<E> action) throws E {
    long bytes = pages.capacity();
    RawMemory memory = new RawMemory(array, bytes);
    long size = pages.chunk();
    for (long at = 0; at < bytes; at += size) {
      int n = (int) Math.min(size, bytes - at);
      if (writes) {
        pages.write(memory.address() + at, n);
      }
      action.accept(at, window(memory, at, n));
      pages.behind(memory.address() + at, n);
    }
    Reference.reachabilityFence(array);
  }

  private static ByteBuffer window(RawMemory memory, long at, int bytes) {
    ByteBuffer window = memory.at(at).slice().order(ByteOrder.nativeOrder());
    window.limit(bytes);
    return window;
  }

  private interface ChunkAction<E extends Exception> {
    void accept(long at, ByteBuffer chunk) throws E;
  }
}
