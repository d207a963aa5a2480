package org.lowbit4j.memory;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.TimeUnit;

/**
 * The threads that help with {@linkplain ParallelLoop loops}: one pool for the process, as many as
 * the loop with the most shares wants, however many loops there are.
 *
 * <p>They are daemons, started when there is something to do, and end when there was nothing for
 * {@value #IDLE_MILLIS} ms: they would keep this library's class loader from being unloaded, and
 * hold nothing of the threads by which they were started.
 */
final class WorkerPool {

  private static final long IDLE_MILLIS = 10_000;

  static final WorkerPool COMMON = new WorkerPool(IDLE_MILLIS);

  private final long idleMillis;

  /** Loops that want threads, in the order in which they came. */
  private ParallelLoop first;

  private int workers;
  private int idle;
  private int started;

  WorkerPool(long idleMillis) {
    this.idleMillis = idleMillis;
  }

  /** How many threads there are. */
  synchronized int workers() {
    return workers;
  }

  /** Asks for threads, without waiting for them. */
  synchronized void offer(ParallelLoop loop, int helpers) {
    loop.wanted = helpers;
    loop.behind = null;
    if (first == null) {
      first = loop;
    } else {
      ParallelLoop last = first;
      while (last.behind != null) {
        last = last.behind;
      }
      last.behind = loop;
    }
    for (int i = Math.min(idle, helpers); i > 0; i--) {
      notify();
    }
    while (workers < helpers && start()) {}
  }

  /** Asks for no more threads. */
  synchronized void withdraw(ParallelLoop loop) {
    if (loop == first) {
      removeFirst();
      return;
    }
    for (ParallelLoop at = first; at != null; at = at.behind) {
      if (at.behind == loop) {
        at.behind = loop.behind;
        loop.behind = null;
      }
    }
  }

  /** It may be kept for long, and must not keep what waited behind it. */
  private void removeFirst() {
    ParallelLoop removed = first;
    first = removed.behind;
    removed.behind = null;
  }

  private boolean start() {
    try {
      // A thread remembers whose classes called its constructor, unless it is privileged.
      Thread thread = AccessController.doPrivileged((PrivilegedAction<Thread>) this::thread);
      thread.setDaemon(true);
      thread.setContextClassLoader(null);
      thread.start();
    } catch (OutOfMemoryError e) {
      // The system's limit of threads, or no memory for one: those that there are do the work.
      return false;
    }
    started++;
    workers++;
    return true;
  }

  /** Without inherited thread-locals, which may be anything of an application's. */
  private Thread thread() {
    return new Thread(null, this::work, "lowbit4j-" + (started + 1), 0, false);
  }

  private void work() {
    boolean more = true;
    while (more) {
      more = helpNext();
    }
  }

  /** In a frame of its own: a thread that waits would keep the last loop alive in its variables. */
  private boolean helpNext() {
    ParallelLoop loop = take();
    if (loop != null) {
      loop.help();
    }
    return loop != null;
  }

  /** The next loop that wants a thread; null, and one thread less, if there was none for long. */
  private synchronized ParallelLoop take() {
    long since = System.nanoTime();
    while (first == null) {
      long left = idleMillis - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
      if (left <= 0) {
        workers--;
        return null;
      }
      idle++;
      try {
        wait(left);
      } catch (InterruptedException e) {
        // Nobody has a reason to; a step cannot be given up half-way.
      } finally {
        idle--;
      }
    }
    ParallelLoop loop = first;
    if (--loop.wanted == 0) {
      removeFirst();
    }
    return loop;
  }
}
