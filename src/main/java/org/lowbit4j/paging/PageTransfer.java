package org.lowbit4j.paging;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.lowbit4j.memory.ArrayMemory;
import org.lowbit4j.memory.Pages;
import org.lowbit4j.memory.RawMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Moves arrays between ordinary and paged memory. */
public final class PageTransfer {

  private PageTransfer() {}

  /**
   * Copies the bytes of an array; no more of what is paged need be resident than a chunk.
   *
   * @param from an array, contiguous
   * @param to an array of the same size; at least one of the two is paged
   */
  public static void copy(INDArray from, INDArray to) {
    long bytes = from.length() * from.dataType().width();
    RawMemory source = new RawMemory(from, bytes);
    RawMemory target = new RawMemory(to, bytes);
    boolean in = Pages.of(to) == null;
    Pages pages = in ? Pages.of(from) : Pages.of(to);
    long paged = in ? source.address() : target.address();
    long piece = pages.chunk();
    for (long at = 0; at < bytes; at += piece) {
      int n = (int) Math.min(piece, bytes - at);
      if (!in) {
        pages.write(paged + at, n);
      }
      ByteBuffer window = source.at(at).slice();
      window.limit(n);
      target.at(at).put(window);
      pages.behind(paged + at, n);
    }
    Reference.reachabilityFence(from);
    Reference.reachabilityFence(to);
  }

  /**
   * Fills an array; no more of it need be resident than a chunk.
   *
   * @param array all of the pages
   * @param pages its pages
   * @param source where the bytes come from
   * @throws IOException if the source throws it
   */
  static void fill(INDArray array, Pages pages, ArrayMemory.Source source) throws IOException {
    long bytes = pages.capacity();
    RawMemory target = new RawMemory(array, bytes);
    long piece = pages.chunk();
    for (long at = 0; at < bytes; at += piece) {
      int n = (int) Math.min(piece, bytes - at);
      pages.write(target.address() + at, n);
      ByteBuffer window = target.at(at).slice().order(ByteOrder.nativeOrder());
      window.limit(n);
      source.read(window);
      pages.behind(target.address() + at, n);
    }
    Reference.reachabilityFence(array);
  }
}
