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
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;

/** State larger than its budget is stepped within it. The updates serve as the next gradients. */
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
   * 6 GiB of memory: mvn test -Dtest=PagedBudgetTest -Dgroups=slow -DexcludedGroups=; with
   * -DargLine=-Dparameters=... for another size.
   */
  @Test
  @Tag("slow")
  void twoGibibytesOfStateStayWithinAnEighthOfIt() {
    run(new Adam8bit(1e-3), Long.getLong("parameters", 1024 * MIB), 256 * MIB, 6);
  }

  private static void run(IUpdater config, long n, long budget, int steps) {
    long words = config.stateSize(n);
    PageFile file = PageFile.create(PagedNetworks.folder(), words * Float.BYTES, budget);
    INDArray gradient = Nd4j.createUninitialized(DataType.FLOAT, n);
    System.out.printf("%s, %,d parameters, %,d bytes of state%n", config, n, words * Float.BYTES);
    double[] paged = new double[steps];
    long[] checksums = new long[steps];
    GradientUpdater<?> updater = config.instantiate(file.array(DataType.FLOAT), false);
    fill(gradient);
    try (ResidentMemory memory = new ResidentMemory(file)) {
      for (int i = 0; i < steps; i++) {
        paged[i] = seconds(updater, i, gradient);
        long resident = memory.highest();
        System.out.printf(
            "paged, step %d: %.2f s, at most %,d of %,d bytes resident, %,d of the process%n",
            i, paged[i], resident, budget, ResidentMemory.ofProcess());
        assertThat(resident).isLessThan(budget + budget / 10);
        checksums[i] = checksum(gradient);
      }
      long checksum = checksum(Updaters.state(updater));
      long least = (steps - 1L) * (words * Float.BYTES - budget);
      assertThat(file.bytesIn()).isGreaterThan(least);
      assertThat(file.bytesOut()).isGreaterThan(least);
      updater.getState().values().forEach(INDArray::close);
      file.empty();

      GradientUpdater<?> resident =
          config.instantiate(Nd4j.createUninitialized(DataType.FLOAT, words), true);
      fill(gradient);
      double[] times = new double[steps];
      for (int i = 0; i < steps; i++) {
        times[i] = seconds(resident, i, gradient);
        System.out.printf("in memory, step %d: %.2f s%n", i, times[i]);
        assertThat(checksum(gradient)).isEqualTo(checksums[i]);
      }
      assertThat(checksum(Updaters.state(resident))).isEqualTo(checksum);
      System.out.printf(
          "median of steps: paged %.3f s, in memory %.3f s; fastest: %.3f s, %.3f s%n",
          median(paged), median(times), fastest(paged), fastest(times));
      resident.getState().values().forEach(INDArray::close);
    }
    gradient.close();
  }

  private static void fill(INDArray gradient) {
    Nd4j.getRandom().setSeed(5);
    Nd4j.rand(gradient).subi(0.5);
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
