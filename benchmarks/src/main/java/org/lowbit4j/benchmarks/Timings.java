package org.lowbit4j.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What the rounds of one size measured, and the table of it. */
final class Timings {

  private final long n;

  /** Nanoseconds per step, by candidate. */
  private final List<Map<String, Double>> rounds = new ArrayList<>();

  Timings(long n) {
    this.n = n;
  }

  /** Adds a round: nanoseconds per step, by candidate. */
  void add(Map<String, Double> round) {
    rounds.add(round);
  }

  /** Prints a line for each; the first is the reference of all. */
  void print(List<Candidate> candidates) {
    String reference = candidates.get(0).name;
    System.out.printf(
        "%nn = %,d%n%-28s %12s %10s %8s %20s %11s%n",
        n, "", "ns/parameter", "lowest", "GB/s", reference + "'s time over", "its twin's");
    for (Candidate c : candidates) {
      double median = median(round -> round.get(c.name));
      double lowest = rounds.stream().mapToDouble(round -> round.get(c.name)).min().orElseThrow();
      System.out.printf(
          "%-28s %12.3f %10.3f %8.1f %20.2f %11s%n",
          c.name,
          median / n,
          lowest / n,
          c.bytesPerParameter * n / median,
          ratio(reference, c.name),
          c.twin == null ? "" : String.format("%.2f", ratio(c.twin, c.name)));
    }
  }

  /** Of times in the same round. */
  private double ratio(String slower, String faster) {
    return median(round -> round.get(slower) / round.get(faster));
  }

  private double median(ToDoubleFunction<Map<String, Double>> of) {
    double[] sorted = rounds.stream().mapToDouble(of).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
