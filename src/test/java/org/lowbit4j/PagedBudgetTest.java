package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lowbit4j.paging.PageFile;
import org.lowbit4j.state.StateChecksum;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateMemory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;

/** State larger than its budget is stepped within it. */
class PagedBudgetTest {

  private static final long MIB = 1 << 20;

  @Test
  void moderateStateStaysWithinItsBudget() {
    run(new Adam8bit(1e-3), 40 * MIB, 16 * MIB, 3);
  }

  @Test
  void stateIn32BitsToo() {
    run(new AMSGrad8bit(1e-3).optimBits(32), 4 * MIB, 16 * MIB, 3);
  }

  /**
   * Takes 8 GiB of memory, 2 of them the kernel's cache, and 2 of disk: mvn test
   * -Dtest=PagedBudgetTest -Dgroups=slow -DexcludedGroups=
   */
  @Test
  @Tag("slow")
  void twoGibibytesOfStateStayWithinAnEighthOfIt() {
    run(new Adam8bit(1e-3), 1024 * MIB, 256 * MIB, 8);
  }

  private static void run(IUpdater config, long n, long budget, int steps) {
    long bytes = config.stateSize(n) * Float.BYTES;
    System.out.printf("%s, %,d parameters, %,d bytes of state%n", config, n, bytes);
    PageFile file = PageFile.create(PagedNetworks.folder(), bytes, budget);
    INDArray gradient = Nd4j.createUninitialized(DataType.FLOAT, n);
    GradientUpdater<?> paged = config.instantiate(file.array(DataType.FLOAT), false);
    GradientUpdater<?> resident =
        config.instantiate(Nd4j.createUninitialized(DataType.FLOAT, config.stateSize(n)), true);
    double[][] times = new double[2][steps];
    // In turns: what else the machine does should slow both.
    for (int i = 0; i < steps; i++) {
      fill(gradient, i);
      long highest;
      try (ResidentMemory memory = new ResidentMemory(file)) {
        times[0][i] = seconds(paged, i, gradient);
        highest = memory.highest();
      }
      long checksum = checksum(gradient);
      fill(gradient, i);
      times[1][i] = seconds(resident, i, gradient);
      System.out.printf(
          "step %d: paged %.2f s, at most %,d of %,d bytes resident; in memory %.2f s%n",
          i, times[0][i], highest, budget, times[1][i]);
      assertThat(highest).isLessThan(budget + budget / 10);
      assertThat(checksum).isEqualTo(checksum(gradient));
    }
    System.out.printf(
        "median of steps: paged %.3f s, in memory %.3f s; fastest: %.3f s, %.3f s%n",
        median(times[0]), median(times[1]), fastest(times[0]), fastest(times[1]));
    assertThat(checksum(Updaters.state(paged))).isEqualTo(checksum(Updaters.state(resident)));
    long least = (steps - 1) * (bytes - budget);
    assertThat(file.bytesIn()).isGreaterThan(least);
    assertThat(file.bytesOut()).isGreaterThan(least);
    Updaters.state(paged).close();
    Updaters.state(resident).close();
    gradient.close();
    file.free();
  }

  /** Repeats a million random numbers, which takes less time than to make more. */
  private static void fill(INDArray gradient, int seed) {
    Nd4j.getRandom().setSeed(1 + seed); // 0 is not a seed: each time other numbers
    INDArray numbers = Nd4j.rand(DataType.FLOAT, MIB).subi(0.5);
    for (long from = 0; from < gradient.length(); from += MIB) {
      gradient.get(NDArrayIndex.interval(from, from + MIB)).assign(numbers);
    }
  }

  /** Of any array: as if it were 32-bit state. */
  private static long checksum(INDArray array) {
    StateMemory words = new StateMemory(array);
    StateLayout layout = new StateLayout(1, 32, 4096, array.length() - 24, words.words());
    words.layout(layout);
    return StateChecksum.of(words);
  }

  private static double seconds(GradientUpdater<?> updater, int iteration, INDArray gradient) {
    long start = System.nanoTime();
    updater.applyUpdater(gradient, iteration, 0);
    return (System.nanoTime() - start) * 1e-9;
  }

  private static double fastest(double[] x) {
    return Arrays.stream(x).min().orElseThrow();
  }

  private static double median(double[] x) {
    double[] sorted = x.clone();
    Arrays.sort(sorted);
    return sorted[x.length / 2];
  }
}
