package org.lowbit4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Loops whose pieces threads share. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ParallelLoopTest {

  /** Counts how often each element was done, and that a share is one thread's at a time. */
  private static final class Counting extends ParallelLoop {
    private final AtomicIntegerArray done;
    private final AtomicIntegerArray busy = new AtomicIntegerArray(16);
    private final AtomicIntegerArray begun = new AtomicIntegerArray(16);

    Counting(int n) {
      done = new AtomicIntegerArray(n);
    }

    @Override
    protected void begin(int share) {
      begun.incrementAndGet(share);
    }

    @Override
    protected void piece(int share, long from, long to) {
      if (busy.incrementAndGet(share) != 1) {
        throw new AssertionError("share " + share + " is two threads'");
      }
      for (long i = from; i < to; i++) {
        done.incrementAndGet((int) i);
      }
      busy.decrementAndGet(share);
    }
  }

  /** Thousands of short runs: who comes late to one is in the next. */
  @Test
  void everyElementIsDoneOnceInEveryRun() {
    Random random = new Random(4);
    Counting loop = new Counting(200);
    int[] expected = new int[200];
    for (int run = 0; run < 5_000; run++) {
      int from = random.nextInt(100);
      int to = from + random.nextInt(100);
      loop.run(1 + random.nextInt(6), from, to, 1 + random.nextInt(9));
      for (int i = from; i < to; i++) {
        expected[i]++;
      }
      for (int i = 0; i < 16; i++) {
        assertThat(loop.begun.getAndSet(i, 0)).isLessThanOrEqualTo(1);
      }
    }
    for (int i = 0; i < expected.length; i++) {
      assertThat(loop.done.get(i)).isEqualTo(expected[i]);
    }
  }

  @Test
  void oneThreadIsEnoughForLittleWork() {
    assertThat(ParallelLoop.shares(8, 0, 100)).isEqualTo(1);
    assertThat(ParallelLoop.shares(8, 100, 100)).isEqualTo(1);
    assertThat(ParallelLoop.shares(8, 101, 100)).isEqualTo(2);
    assertThat(ParallelLoop.shares(2, 1000, 100)).isEqualTo(2);
  }

  @Test
  void theFirstThrowableIsThrownAndTheOthersGoWithIt() {
    AtomicInteger pieces = new AtomicInteger();
    ParallelLoop loop =
        new ParallelLoop() {
          @Override
          protected void piece(int share, long from, long to) {
            pieces.incrementAndGet();
            throw new IllegalStateException("piece " + from);
          }
        };
    for (int i = 0; i < 100; i++) {
      pieces.set(0);
      assertThatThrownBy(() -> loop.run(3, 0, 1000, 1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("piece ")
          .satisfies(e -> assertThat(e.getSuppressed()).hasSize(pieces.get() - 1));
      assertThat(pieces.get()).isBetween(1, 3);
    }
  }

  @Test
  void threadsEndWhenThereIsNothingToDo() throws InterruptedException {
    WorkerPool pool = new WorkerPool(20);
    for (int round = 0; round < 2; round++) {
      pool.offer(new Counting(1), 3);
      while (pool.workers() > 0) {
        Thread.sleep(5);
      }
    }
    WorkerPool longer = new WorkerPool(3_000);
    longer.offer(new Counting(1), 3);
    longer.offer(new Counting(1), 2);
    assertThat(longer.workers()).isEqualTo(3);
  }

  /** Loops are kernels', which are kept with their networks and hold their state. */
  @Test
  void aLoopDoesNotKeepThoseThatWaitedBehindIt() throws InterruptedException {
    WorkerPool pool = new WorkerPool(20);
    ParallelLoop[] loops = {new Counting(1), new Counting(1), new Counting(1), new Counting(1)};
    synchronized (pool) { // so that no thread takes any before all are there
      for (ParallelLoop loop : loops) {
        pool.offer(loop, 1);
      }
      pool.withdraw(loops[1]);
      assertThat(loops[0].behind).isSameAs(loops[2]);
      assertThat(loops[1].behind).isNull();
    }
    while (pool.workers() > 0) {
      Thread.sleep(5);
    }
    assertThat(loops[0].behind).isNull();
    assertThat(loops[2].behind).isNull();
  }

  /** Loaded anew, it is as an application's class: its frame is there when threads are started. */
  public static final class Application implements Consumer<Runnable> {
    @Override
    public void accept(Runnable task) {
      task.run();
    }
  }

  private static final class Reloading extends ClassLoader {

    Reloading() {
      super(ParallelLoopTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.equals(Application.class.getName())) {
        return super.loadClass(name, resolve);
      }
      try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  /** Of an application that is gone, neither its classes nor its loops, which hold state. */
  @Test
  void idleThreadsKeepNothingAlive() throws Exception {
    WorkerPool pool = new WorkerPool(3_000);
    List<WeakReference<Object>> gone = offered(pool);
    while (pool.workers() == 2 && gone.stream().anyMatch(object -> object.get() != null)) {
      System.gc();
      Thread.sleep(10);
    }
    assertThat(pool.workers()).isEqualTo(2);
    assertThat(gone).extracting(WeakReference::get).containsOnlyNulls();
    while (pool.workers() > 0) {
      Thread.sleep(5);
    }
  }

  @SuppressWarnings("unchecked")
  private static List<WeakReference<Object>> offered(WorkerPool pool) throws Exception {
    Class<?> application = new Reloading().loadClass(Application.class.getName());
    ParallelLoop loop = new Counting(1);
    ((Consumer<Runnable>) application.getConstructor().newInstance())
        .accept(() -> pool.offer(loop, 2));
    return List.of(new WeakReference<>(loop), new WeakReference<>(application.getClassLoader()));
  }

  /** They may outlive whoever started them. */
  @Test
  void threadsHoldNothingOfTheirStarters() {
    InheritableThreadLocal<String> inherited = new InheritableThreadLocal<>();
    inherited.set("an application's");
    new ParallelLoop() {
      @Override
      protected void piece(int share, long from, long to) {
        if (share > 0) {
          Thread thread = Thread.currentThread();
          assertThat(thread.isDaemon()).isTrue();
          assertThat(thread.getContextClassLoader()).isNull();
          assertThat(inherited.get()).isNull();
        }
      }
    }.run(3, 0, 1000, 1);
    inherited.remove();
  }
}
