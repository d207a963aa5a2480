package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.kernel.Kernel;
import org.lowbit4j.kernel.KernelVariants;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.AdamRule;
import org.lowbit4j.rule.Moment;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.BlockRange;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateMemory;
import org.lowbit4j.updater.Internals;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The Java kernel's threads change no bit, hang nowhere and hide nothing. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JavaThreadsTest {

  private static final int MANY = 50_000;

  /** What steps are done on; the same whatever the number of threads. */
  private static final class Run {
    final UpdateRule rule;
    final Codebook[] codebooks;
    final StateLayout layout;
    final StateMemory state;
    final INDArray gradient;
    final float[] c;

    Run(UpdateRule rule, QuantMap map, int bits, int blockSize, int n, WordType words) {
      this.rule = rule;
      codebooks = map.codebooks(rule.moments(), words == WordType.HALF, 8);
      layout = new StateLayout(rule.moments().size(), bits, blockSize, n, words);
      state = new StateMemory(Nd4j.zeros(words.dataType(), layout.words()));
      state.layout(layout);
      gradient = Nd4j.zeros(words.dataType(), n);
      c = new float[rule.coefficientCount()];
      Arrays.fill(c, 0.3f);
    }

    static Run adam() {
      return new Run(AdamRule.INSTANCE, QuantMap.POWER, 8, 256, MANY, WordType.FLOAT);
    }

    Kernel kernel(int threads) {
      return KernelVariants.java(rule, codebooks, layout.blockSize(), threads);
    }

    void fill(Random random) {
      float[] g = new float[(int) layout.elements()];
      for (int i = 0; i < g.length; i++) {
        g[i] = random.nextInt(999) == 0 ? Float.NaN : (float) random.nextGaussian() * 1e-2f;
      }
      gradient.assign(Nd4j.createFromArray(g));
    }

    /** All that some steps answer and leave behind. */
    byte[] steps(Kernel kernel, long seed, boolean strided) {
      Random random = new Random(seed);
      int bytes = (int) (state.bytes() + layout.elements() * layout.wordType().bytes());
      ByteBuffer all = ByteBuffer.allocate(2 * (bytes + 3 * Long.BYTES));
      for (int t = 0; t < 2; t++) {
        fill(random);
        INDArray g = strided ? strided(gradient) : gradient;
        all.putLong(kernel.step(state, new GradientView(g), c, 0.7f, t));
        all.putLong(kernel.skipped()).putLong(kernel.damaged());
        INDArray update = g.dup('c');
        all.put(RawMemory.copyOf(update, (int) (update.length() * layout.wordType().bytes())));
        all.put(RawMemory.copyOf(state.view(), (int) state.bytes()));
      }
      return all.array();
    }

    private static INDArray strided(INDArray vector) {
      return vector.reshape('c', vector.length() / 4, 4).dup('f');
    }
  }

  @ParameterizedTest
  @EnumSource
  void anyNumberOfThreadsGivesTheBitsOfOne(Optimizers optimizer) {
    Random random = new Random(optimizer.ordinal());
    UpdateRule rule = Internals.rule(optimizer.config());
    for (WordType words : WordType.values()) {
      for (int bits : new int[] {4, 8, 32}) {
        QuantMap map = bits == 4 ? QuantMap.POWER : QuantMap.values()[random.nextInt(2)];
        int blockSize = 64 << random.nextInt(7);
        int n = 4 * (8_000 + random.nextInt(6_000)) + (words == WordType.FLOAT ? 0 : 1);
        boolean strided = words == WordType.FLOAT;
        int threads = 2 + random.nextInt(4);
        Run one = new Run(rule, map, bits, blockSize, n, words);
        Run many = new Run(rule, map, bits, blockSize, n, words);
        Kernel byOne = one.kernel(1);
        Kernel byMany = many.kernel(threads);
        // What no step writes: such blocks are left as they are, and counted.
        one.state.scale(0, 7, bits < 32 ? Float.NaN : 0);
        many.state.scale(0, 7, bits < 32 ? Float.NaN : 0);
        assertThat(Arrays.mismatch(many.steps(byMany, n, strided), one.steps(byOne, n, strided)))
            .as("%s %s %d bits, n=%d, %d threads", optimizer, words, bits, n, threads)
            .isEqualTo(-1);
        assertSameMoments(one, byOne, many, byMany);
      }
    }
  }

  private static void assertSameMoments(Run one, Kernel byOne, Run many, Kernel byMany) {
    BlockRange all = new BlockRange(0, one.layout.blocks());
    for (int k = 0; k < one.layout.moments(); k++) {
      float[] expected = new float[(int) one.layout.elements()];
      float[] found = new float[expected.length];
      byOne.decode(one.state, k, expected, all);
      byMany.decode(many.state, k, found, all);
      assertThat(found).isEqualTo(expected);
    }
  }

  @Test
  void aStepOnPartOfTheBlocksTouchesNoOther() {
    Run run = Run.adam();
    run.fill(new Random(1));
    INDArray before = run.gradient.dup();
    run.kernel(3)
        .step(run.state, new GradientView(run.gradient), run.c, 1, 0, new BlockRange(40, 180));
    for (int i : new int[] {0, 40 * 256 - 1, 180 * 256, MANY - 1}) {
      assertThat(run.gradient.getFloat(i)).isEqualTo(before.getFloat(i));
      assertThat(run.state.scale(0, i / 256)).isZero();
    }
    assertThat(run.state.scale(0, 40)).isPositive();
    assertThat(run.state.scale(0, 179)).isPositive();
  }

  /** As when it goes to a file: what it had in memory must become free. */
  @Test
  void aStateThatWasReplacedIsNotKept() throws InterruptedException {
    Run first = Run.adam();
    // Each share has something to do, as none is done before all have begun.
    CountDownLatch begun = new CountDownLatch(3);
    Kernel kernel = with(() -> meet(begun)).kernel(3);
    kernel.step(first.state, new GradientView(first.gradient), first.c, 1, 0);
    WeakReference<StateMemory> state = new WeakReference<>(first.state);
    first = null;
    Run second = Run.adam();
    kernel.step(
        second.state, new GradientView(second.gradient), second.c, 1, 0, new BlockRange(0, 1));
    for (int i = 0; i < 50 && state.get() != null; i++) {
      System.gc();
      Thread.sleep(20);
    }
    assertThat(state.get()).isNull();
  }

  private static void meet(CountDownLatch begun) {
    begun.countDown();
    try {
      begun.await(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Adam, and something else now and then. */
  private static UpdateRule adamWith(Runnable other) {
    return new UpdateRule() {
      @Override
      public int id() {
        return AdamRule.INSTANCE.id();
      }

      @Override
      public String name() {
        return "adam with";
      }

      @Override
      public List<Moment> moments() {
        return AdamRule.INSTANCE.moments();
      }

      @Override
      public int coefficientCount() {
        return AdamRule.INSTANCE.coefficientCount();
      }

      @Override
      public void step(float[] gradient, float[][] moments, int n, float[] c) {
        other.run();
        AdamRule.INSTANCE.step(gradient, moments, n, c);
      }

      @Override
      public void rescale(float[] c, float factor) {
        AdamRule.INSTANCE.rescale(c, factor);
      }
    };
  }

  private static Run with(Runnable other) {
    return new Run(adamWith(other), QuantMap.POWER, 8, 256, MANY, WordType.FLOAT);
  }

  @Test
  void whatOtherThreadsThrowIsTheCallers() {
    Thread caller = Thread.currentThread();
    Error thrown = new StackOverflowError("of another thread");
    Runnable[] other = new Runnable[1];
    other[0] =
        () -> {
          if (Thread.currentThread() != caller) {
            throw thrown;
          }
          pause(); // so that there is work left for others
        };
    Run run = with(() -> other[0].run());
    Kernel kernel = run.kernel(3);
    for (int i = 0; i < 3; i++) {
      run.fill(new Random(1));
      assertThatThrownBy(() -> kernel.step(run.state, new GradientView(run.gradient), run.c, 1, 0))
          .isSameAs(thrown);
    }
    // Nothing is left of it.
    other[0] = () -> {};
    run.state.view().assign(0);
    Kernel fresh = Run.adam().kernel(1);
    assertThat(updates(kernel, run)).isEqualTo(updates(fresh, Run.adam()));
  }

  private static void pause() {
    try {
      Thread.sleep(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static byte[] updates(Kernel kernel, Run run) {
    run.fill(new Random(9));
    kernel.step(run.state, new GradientView(run.gradient), run.c, 1, 0);
    return RawMemory.copyOf(run.gradient, MANY * Float.BYTES);
  }

  @Test
  void anInterruptIsKeptForTheCaller() {
    Thread.currentThread().interrupt();
    byte[] found = updates(Run.adam().kernel(3), Run.adam());
    assertThat(Thread.interrupted()).isTrue();
    assertThat(found).isEqualTo(updates(Run.adam().kernel(1), Run.adam()));
  }

  @Test
  void stepsWithinStepsDoNotWaitForEachOther() {
    byte[] expected = updates(Run.adam().kernel(1), Run.adam());
    Run outer =
        with(() -> assertThat(updates(Run.adam().kernel(3), Run.adam())).isEqualTo(expected));
    outer.fill(new Random(2));
    outer
        .kernel(3)
        .step(outer.state, new GradientView(outer.gradient), outer.c, 1, 0, new BlockRange(0, 100));
  }

  @Test
  void manyCallersShareThePool() {
    byte[] expected = updates(Run.adam().kernel(1), Run.adam());
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      int threads = 1 + i;
      all.add(
          CompletableFuture.runAsync(
              () -> {
                for (int t = 0; t < 10; t++) {
                  assertThat(updates(Run.adam().kernel(threads), Run.adam())).isEqualTo(expected);
                }
              },
              task -> new Thread(task).start()));
    }
    all.forEach(CompletableFuture::join);
    assertThat(pool()).hasSizeLessThanOrEqualTo(5).allMatch(Thread::isDaemon);
  }

  private static List<Thread> pool() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("lowbit4j-"))
        .toList();
  }

  @Test
  void aStepAllocatesNothingThatGrowsWithTheState() {
    for (WordType words : WordType.values()) {
      Run run = new Run(AdamRule.INSTANCE, QuantMap.POWER, 8, 256, 500_000, words);
      run.fill(new Random(3));
      Kernel kernel = run.kernel(3);
      long least = Long.MAX_VALUE;
      for (int t = 0; t < 15; t++) {
        List<Thread> others = pool();
        long before = allocated(others);
        kernel.step(run.state, new GradientView(run.gradient), run.c, 1, t);
        least = Math.min(least, allocated(others) - before);
      }
      assertThat(least).isLessThan(8192);
    }
  }

  /** By this thread and others. */
  private static long allocated(List<Thread> others) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long sum = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    for (Thread thread : others) {
      sum += threads.getThreadAllocatedBytes(thread.getId());
    }
    return sum;
  }
}
