package org.lowbit4j.dl4j;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * A stream that a thread of its own reads ahead of who wants it, as far as there is room: what
 * inflates it does so while something else is done.
 */
final class ReadAhead extends InputStream {

  private static final int PIECE = 1 << 16;

  /** The part of the heap that may be filled. */
  private static final int PART_OF_HEAP = 16;

  private static final int MOST_PIECES = 1024;
  private static final byte[] END = new byte[0];

  private final InputStream source;
  private final BlockingQueue<byte[]> pieces;
  private final Thread thread;

  /** Why there is no more; written before the end is put, read after it was taken. */
  private Exception failure;

  private byte[] piece = new byte[0];
  private int at;

  /**
   * Begins to read.
   *
   * @param source closed with this
   */
  ReadAhead(InputStream source) {
    long room = Runtime.getRuntime().maxMemory() / PART_OF_HEAP / PIECE;
    this.source = source;
    this.pieces = new ArrayBlockingQueue<>((int) Math.max(2, Math.min(MOST_PIECES, room)));
    this.thread = new Thread(this::fill, "lowbit4j-read-ahead");
    thread.setDaemon(true);
    thread.start();
  }

  private void fill() {
    try {
      try {
        byte[] buffer = new byte[PIECE];
        for (int n = source.read(buffer); n >= 0; n = source.read(buffer)) {
          pieces.put(Arrays.copyOf(buffer, n));
        }
      } catch (IOException | RuntimeException e) {
        failure = e;
      }
      pieces.put(END);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed: nobody waits
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] to, int from, int n) throws IOException {
    if (n == 0) {
      return 0;
    }
    if (at == piece.length && piece != END) {
      piece = next();
      at = 0;
    }
    if (piece == END) {
      if (failure != null) {
        throw new IOException(failure.getMessage(), failure);
      }
      return -1;
    }
    int some = Math.min(n, piece.length - at);
    System.arraycopy(piece, at, to, from, some);
    at += some;
    return some;
  }

  private byte[] next() throws IOException {
    try {
      return pieces.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading");
    }
  }

  @Override
  public void close() throws IOException {
    thread.interrupt();
    source.close();
  }
}
