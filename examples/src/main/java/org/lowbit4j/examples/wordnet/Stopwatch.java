package org.lowbit4j.examples.wordnet;

import java.util.Arrays;

/** Collects the times of steps. */
final class Stopwatch {

  private long[] nanos = new long[1024];
  private int steps;

  /** Times one step. */
  void time(Runnable step) {
    long start = System.nanoTime();
    step.run();
    if (steps == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * steps);
    }
    nanos[steps++] = System.nanoTime() - start;
  }

  /**
   * The median, which a busy machine or a compiler still warming up disturbs little.
   *
   * @return milliseconds, 0 before the first step
   */
  double medianMillis() {
    long[] sorted = Arrays.copyOf(nanos, steps);
    Arrays.sort(sorted);
    return steps == 0 ? 0 : sorted[steps / 2] / 1e6;
  }
}
