package org.lowbit4j;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.optimize.api.BaseTrainingListener;

/** Holds training at the end of its first step, within {@code fit} and its locks. */
final class HeldStep extends BaseTrainingListener {

  private static final long SECONDS = 60;

  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);

  @Override
  public void iterationDone(Model model, int iteration, int epoch) {
    reached.countDown();
    await(released);
  }

  void awaitStep() {
    await(reached);
  }

  void release() {
    released.countDown();
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("waited for " + SECONDS + " seconds");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Until a thread has ended or cannot go on by itself; returns the state it is in then. */
  static Thread.State settled(Thread thread) throws InterruptedException {
    int same = 0;
    Thread.State last = thread.getState();
    while (same < 20) {
      Thread.sleep(5);
      Thread.State now = thread.getState();
      same = now == last && now != Thread.State.RUNNABLE && now != Thread.State.NEW ? same + 1 : 0;
      last = now;
    }
    return last;
  }
}
