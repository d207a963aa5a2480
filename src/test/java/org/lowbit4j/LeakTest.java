package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;

/** Steps leave nothing behind, on the heap or in native memory. */
class LeakTest {

  private static final int N = 5000;
  private static final int WARM_UP = 50;

  /** Less than a byte a step: classes that are loaded late, and what the JVM does by the way. */
  private static final long HEAP_TOLERANCE = 1 << 20;

  private static final class Use {
    private final long heap;
    private final long nativeBytes;

    Use() throws InterruptedException {
      long least = Long.MAX_VALUE;
      for (int i = 0; i < 5; i++) {
        System.gc();
        Thread.sleep(50); // for JavaCPP's thread that frees
        least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
      }
      heap = least;
      nativeBytes = Pointer.totalBytes();
    }
  }

  /** Every optimizer in 8 and 32 bits, clipped, with a NaN now and then. */
  private static void check(int steps) throws InterruptedException {
    List<GradientUpdater<?>> updaters = new ArrayList<>();
    for (Optimizers o : Optimizers.values()) {
      updaters.add(Updaters.create(o.config(), N));
      updaters.add(Updaters.create(o.config().optimBits(32).percentileClipping(90), N));
    }
    INDArray values = Nd4j.rand(DataType.FLOAT, N).subi(0.5);
    INDArray gradient = values.dup();
    int each = (steps + updaters.size() - 1) / updaters.size();
    step(updaters, values, gradient, 0, WARM_UP);
    Use before = new Use();
    step(updaters, values, gradient, WARM_UP, WARM_UP + each);
    Use after = new Use();
    System.out.printf(
        "steps: %d; heap %+d bytes, native %+d bytes%n",
        each * updaters.size(), after.heap - before.heap, after.nativeBytes - before.nativeBytes);
    assertThat(after.nativeBytes).isEqualTo(before.nativeBytes);
    assertThat(after.heap - before.heap).isLessThan(HEAP_TOLERANCE);
  }

  private static void step(
      List<GradientUpdater<?>> updaters, INDArray values, INDArray gradient, int from, int to) {
    for (int t = from; t < to; t++) {
      for (GradientUpdater<?> updater : updaters) {
        gradient.assign(values);
        gradient.putScalar(t % N, t % 10 == 0 ? Double.NaN : 1);
        updater.applyUpdater(gradient, t, 0);
      }
    }
  }

  @Test
  void thousandsOfSteps() throws InterruptedException {
    check(5_000);
  }

  @Test
  @Tag("slow")
  void aHundredThousandSteps() throws InterruptedException {
    check(100_000);
  }
}
