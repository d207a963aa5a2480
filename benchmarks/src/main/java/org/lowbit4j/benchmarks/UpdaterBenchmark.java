package org.lowbit4j.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.lowbit4j.kernel.Kernels;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Times steps of this library's updaters and ND4J's by JMH, in rounds: each is one run of JMH,
 * which gives every candidate a short warm-up and a short measurement, so that whatever else the
 * machine does meets all of them. Prints medians over the rounds of times, and of the ratios within
 * a round.
 *
 * <p>There are no forks: a fork per candidate would set them apart by minutes. What JMH warns of
 * then, that candidates share the JVM's profiles, costs a virtual call or two per step (ND4J, the
 * native kernel) or per block of 256 parameters (the Java kernel), whose loops are the same for all
 * optimizers or a rule's own; {@code --adam} measures without the other optimizers.
 */
@Command(name = "UpdaterBenchmark", mixinStandardHelpOptions = true, sortOptions = false)
public final class UpdaterBenchmark implements Runnable {

  /** Until the JVM has compiled everything. */
  private static final int WARM_UP_ROUNDS = 3;

  @Option(names = "--sizes", split = ",", description = "parameters, default ${DEFAULT-VALUE}")
  private double[] sizes = {1e4, 1e5, 1e6, 1e7};

  @Option(
      names = "--repetitions",
      description = "rounds of all candidates, default ${DEFAULT-VALUE}")
  private int repetitions = 15;

  @Option(names = "--kernel", description = "native or java")
  private String kernel;

  @Option(names = "--isa", description = "generic, avx2, avx512 or avx512-vbmi")
  private String isa;

  @Option(names = "--adam", description = "no other optimizers")
  private boolean adamOnly;

  @Spec private CommandSpec spec;

  private final int threads = Nd4j.getEnvironment().maxMasterThreads();

  /**
   * Runs the benchmark.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new UpdaterBenchmark()).execute(args));
  }

  @Override
  public void run() {
    require(repetitions >= 1, "--repetitions is " + repetitions + "; 1 or more are needed.");
    for (double size : sizes) {
      require(size >= 1, "--sizes has " + size + "; a size is a number of parameters, 1 or more.");
    }
    setProperty(Kernels.KERNEL_PROPERTY, kernel);
    setProperty(Kernels.ISA_PROPERTY, isa);
    RivalOps.load();
    System.out.printf(
        "%s, %d thread(s), kernel %s, ND4J %s%n",
        cpu(), threads, Kernels.description(), nd4jBinary());
    for (double size : sizes) {
      measure((long) size);
    }
  }

  private void measure(long n) {
    try (Contest contest = new Contest(n, threads, adamOnly)) {
      contest.begin();
      Runner runner = new Runner(options(contest));
      for (int round = 0; round < WARM_UP_ROUNDS; round++) {
        round(runner);
      }
      Timings timings = new Timings(n);
      for (int round = 0; round < repetitions; round++) {
        timings.add(round(runner));
      }
      timings.print(contest.candidates());
    }
  }

  private static Options options(Contest contest) {
    return new OptionsBuilder()
        .include(UpdaterStep.class.getName())
        .param("candidate", contest.candidates().stream().map(c -> c.name).toArray(String[]::new))
        .forks(0)
        // It is for many threads, and would do steps that are not counted.
        .syncIterations(false)
        .shouldFailOnError(true)
        .verbosity(VerboseMode.SILENT)
        .build();
  }

  /** Nanoseconds per step, by candidate. */
  private static Map<String, Double> round(Runner runner) {
    try {
      Map<String, Double> nanoseconds = new HashMap<>();
      for (RunResult result : runner.run()) {
        nanoseconds.put(
            result.getParams().getParam("candidate"), result.getPrimaryResult().getScore());
      }
      return nanoseconds;
    } catch (RunnerException e) {
      throw new IllegalStateException("JMH: " + e.getMessage(), e);
    }
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private static void setProperty(String key, String value) {
    if (value != null) {
      System.setProperty(key, value);
    }
  }

  private static String nd4jBinary() {
    String path = System.getProperty("java.class.path");
    return path.contains("x86_64-avx512")
        ? "avx512 binary"
        : path.contains("x86_64-avx2") ? "avx2 binary" : "default binary";
  }

  private static String cpu() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 2))
          .findFirst()
          .orElse("unknown CPU");
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }
}
