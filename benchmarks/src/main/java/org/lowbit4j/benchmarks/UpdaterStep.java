package org.lowbit4j.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One step of a candidate, timed by JMH; {@link UpdaterBenchmark} runs it for all of them in turn.
 *
 * <p>The gradient is restored before each step, outside of what is timed. JMH reads the clock twice
 * per step then, and advises against it for the shortest of methods; steps take a microsecond or
 * more.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 1, time = 20, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 1, time = 50, timeUnit = TimeUnit.MILLISECONDS)
public class UpdaterStep {

  /** Its name. */
  @Param("")
  public String candidate;

  private Contest contest;
  private Candidate chosen;

  /** Finds the candidate, whose state was made long before. */
  @Setup(Level.Trial)
  public void choose() {
    contest = Contest.present();
    chosen = contest.candidate(candidate);
  }

  /** Steps write their update over it. */
  @Setup(Level.Invocation)
  public void restoreGradient() {
    contest.restoreGradient();
  }

  /** What is timed. */
  @Benchmark
  public void step() {
    chosen.step(contest.gradient());
  }
}
