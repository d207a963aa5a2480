package org.lowbit4j.memory;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A loop whose pieces threads take one after the other, each with buffers of its own: those of its
 * share.
 *
 * <p>The thread that runs it works itself and waits for no thread that has not begun: all is done,
 * by it alone if need be, whether the others are busy, or it is one of them. An object can be run
 * again and again, by one thread at a time; a run allocates nothing.
 */
public abstract class ParallelLoop {

  /**
   * Elements that a thread takes at a time, where a piece is of elements: much longer than taking
   * them, and short to wait for.
   */
  public static final int PIECE = 8192;

  /**
   * Shares that no other thread has begun. It only counts down within a run, so that who comes late
   * to one run takes its share of the next from it, and never one twice.
   */
  private final AtomicInteger waiting = new AtomicInteger();

  /** Shares of other threads that have not ended. */
  private final AtomicInteger unfinished = new AtomicInteger();

  private final AtomicLong next = new AtomicLong();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final Object ended = new Object();

  private long end;
  private long piece;

  /** The pool's: how many threads are still wanted, and which loop waits behind this one. */
  int wanted;

  ParallelLoop behind;

  /** Makes a loop. */
  protected ParallelLoop() {}

  /**
   * Begins a share; called on its thread before its first piece.
   *
   * @param share its number, 0 being the caller's
   */
  protected void begin(int share) {}

  /**
   * Does a piece.
   *
   * @param share number of the share, whose buffers no other thread uses meanwhile
   */
  protected abstract void piece(int share, long from, long to);

  /**
   * How many threads have something to do.
   *
   * @param most 1 or more
   */
  public static int shares(int most, long count, long piece) {
    return (int) Math.max(1, Math.min(most, (count + piece - 1) / piece));
  }

  /**
   * Does all pieces, each once, in any order. What a piece throws is thrown here, once all threads
   * have ended; the pieces left are not done. An interrupt does not end it.
   *
   * @param shares how many threads, 1 or more
   * @param to behind the last
   * @param size of a piece
   */
  public final void run(int shares, long from, long to, long size) {
    end = to;
    piece = size;
    next.set(from);
    unfinished.set(shares - 1);
    waiting.set(shares - 1);
    if (shares > 1) {
      WorkerPool.COMMON.offer(this, shares - 1);
    }
    share(0);
    if (shares > 1) {
      int notBegun = waiting.getAndSet(0);
      WorkerPool.COMMON.withdraw(this);
      unfinished.addAndGet(-notBegun);
      await();
    }
    Throwable thrown = failure.getAndSet(null);
    if (thrown != null) {
      throw ParallelLoop.<RuntimeException>asIs(thrown);
    }
  }

  /** Does a share of a loop that the pool offers, if one is left. */
  final void help() {
    int share = waiting.getAndUpdate(n -> Math.max(0, n - 1));
    if (share > 0) {
      share(share);
      if (unfinished.decrementAndGet() == 0) {
        synchronized (ended) {
          ended.notifyAll();
        }
      }
    }
  }

  private void share(int share) {
    try {
      long at = next.getAndAdd(piece);
      if (at < end) {
        begin(share);
      }
      for (; at < end; at = next.getAndAdd(piece)) {
        piece(share, at, Math.min(end, at + piece));
      }
    } catch (Throwable e) {
      // The caller's, whatever it is: it must not end a thread of the pool unseen.
      next.set(end);
      if (!failure.compareAndSet(null, e) && failure.get() != e) {
        failure.get().addSuppressed(e);
      }
    }
  }

  private void await() {
    boolean interrupted = false;
    synchronized (ended) {
      while (unfinished.get() > 0) {
        try {
          ended.wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> T asIs(Throwable thrown) throws T {
    throw (T) thrown;
  }
}
