package org.lowbit4j.examples.scale;

import java.util.List;
import java.util.Locale;
import org.lowbit4j.Adam8bit;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * What training on many machines sends and keeps, by formulas: P = 4 n bytes of parameters, S bytes
 * of state, W workers of one machine each. Prints the tables of docs/scale.md.
 */
public final class Scale {

  private static final int WORD = 4;
  private static final List<Long> PARAMETERS = List.of(100_000_000L, 2_000_000_000L);
  private static final List<Integer> WORKERS = List.of(8, 64, 256);
  private static final double GIGABYTE = 1e9;

  private Scale() {}

  /**
   * The size of optimizer state.
   *
   * @param updater of all parameters
   * @param parameters in one updater block
   * @return S, in bytes
   */
  public static double state(IUpdater updater, long parameters) {
    return (double) WORD * updater.stateSize(parameters);
  }

  /**
   * What a worker sends to those that average, itself included, on Spark.
   *
   * @param parameters their number
   * @param state S where parameters are averaged, 0 where gradients are
   * @return P + S, in bytes
   */
  public static double sentByWorker(long parameters, double state) {
    return (double) WORD * parameters + state;
  }

  /**
   * The part of it that leaves the machine.
   *
   * @param parameters their number
   * @param state S where parameters are averaged, 0 where gradients are
   * @param workers W
   * @return (P + S) (W - 1) / W, in bytes
   */
  public static double sentToOthers(long parameters, double state, int workers) {
    return sentByWorker(parameters, state) * (workers - 1) / workers;
  }

  /**
   * How long sending takes if nothing else does: to those that average, from them to the driver,
   * from the driver to all, each as fast as one machine's network.
   *
   * @param parameters their number
   * @param state S where parameters are averaged, 0 where gradients are
   * @param workers W
   * @param gigabits per second and direction
   * @return (P + S) ((W - 1) / W + 2) / bandwidth, in seconds
   */
  public static double seconds(long parameters, double state, int workers, double gigabits) {
    double bytes = sentToOthers(parameters, state, workers) + 2 * sentByWorker(parameters, state);
    return bytes * 8 / (gigabits * 1e9);
  }

  /**
   * How long a step takes whose gradients go to the owners of the state, and parameters back from
   * them, if nothing else takes time.
   *
   * @param parameters their number
   * @param workers W
   * @param gigabits per second and direction
   * @return 2 P (W - 1) / W / bandwidth, in seconds
   */
  public static double shardedSeconds(long parameters, int workers, double gigabits) {
    return 2 * sentToOthers(parameters, 0, workers) * 8 / (gigabits * 1e9);
  }

  /**
   * The table of parameter averaging.
   *
   * @return markdown
   */
  public static String averaging() {
    StringBuilder table =
        new StringBuilder(
            "| parameters | W | a worker sends, Adam | Adam8bit | 10 Gbit/s, Adam | Adam8bit | 100 Gbit/s, Adam"
                + " | Adam8bit |\n|---|---|---|---|---|---|---|---|\n");
    for (long n : PARAMETERS) {
      double adam = state(new Adam(), n);
      double packed = state(new Adam8bit(), n);
      for (int w : WORKERS) {
        table.append(
            String.format(
                Locale.ROOT,
                "| %s | %d | %.2f GB | %.2f GB | %.2f s | %.2f s | %.2f s | %.2f s |%n",
                name(n),
                w,
                sentToOthers(n, adam, w) / GIGABYTE,
                sentToOthers(n, packed, w) / GIGABYTE,
                seconds(n, adam, w, 10),
                seconds(n, packed, w, 10),
                seconds(n, adam, w, 100),
                seconds(n, packed, w, 100)));
      }
    }
    return table.toString();
  }

  /**
   * The table of gradient averaging.
   *
   * @return markdown
   */
  public static String gradients() {
    StringBuilder table =
        new StringBuilder(
            "| parameters | W | a worker sends | 10 Gbit/s | sharded | 100 Gbit/s | sharded |\n"
                + "|---|---|---|---|---|---|---|\n");
    for (long n : PARAMETERS) {
      for (int w : WORKERS) {
        table.append(
            String.format(
                Locale.ROOT,
                "| %s | %d | %.2f GB | %.2f s | %.2f s | %.2f s | %.2f s |%n",
                name(n),
                w,
                sentToOthers(n, 0, w) / GIGABYTE,
                seconds(n, 0, w, 10),
                shardedSeconds(n, w, 10),
                seconds(n, 0, w, 100),
                shardedSeconds(n, w, 100)));
      }
    }
    return table.toString();
  }

  /**
   * The table of memory: parameters, gradient and state of a replica.
   *
   * @return markdown
   */
  public static String memory() {
    StringBuilder table =
        new StringBuilder(
            "| parameters | state | whole, W = 1 | sharded, W = 8 | W = 64 | W = 256 |\n"
                + "|---|---|---|---|---|---|\n");
    for (long n : PARAMETERS) {
      for (IUpdater updater : List.of(new Adam(), new Adam8bit())) {
        double state = state(updater, n);
        table.append(
            String.format(
                Locale.ROOT,
                "| %s | %s, %.2f GB | %.2f GB",
                name(n),
                updater.getClass().getSimpleName(),
                state / GIGABYTE,
                (2.0 * WORD * n + state) / GIGABYTE));
        for (int w : WORKERS) {
          table.append(
              String.format(Locale.ROOT, " | %.2f GB", (2.0 * WORD * n + state / w) / GIGABYTE));
        }
        table.append(String.format(" |%n"));
      }
    }
    return table.toString();
  }

  private static String name(long parameters) {
    return parameters >= 1_000_000_000L
        ? parameters / 1_000_000_000L + " billion"
        : parameters / 1_000_000L + " million";
  }

  /**
   * Prints the tables.
   *
   * @param args none
   */
  public static void main(String[] args) {
    System.out.println(averaging());
    System.out.println(gradients());
    System.out.println(memory());
  }
}
