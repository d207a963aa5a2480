package org.lowbit4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lowbit4j.cuda.CudaReport;
import org.lowbit4j.kernel.Kernels;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What a machine will run. */
@Command(
    name = "doctor",
    header = "What this machine runs, and how fast.",
    description = {
      "",
      "Tells what this machine will run, in text to be pasted into a bug report: Java, ND4J's backend"
          + " and binary, the kernel of lowbit4j and why it is not a faster one, threads, GPUs and what each"
          + " CUDA kernel's self-test found there, and how fast a step is beside one of ND4J's Adam.",
      "",
      "The jar has ND4J's CPU backend. To ask about another one, put it in its place:",
      "  java -cp lowbit4j.jar:nd4j-cuda-11.6.jar:... org.lowbit4j.cli.Lowbit4j doctor",
    },
    footer = {
      "",
      "Examples:",
      "  lowbit4j doctor > report.txt",
      "  java -Dlowbit4j.kernel=java -jar lowbit4j.jar doctor",
      "  OMP_NUM_THREADS=4 lowbit4j doctor --seconds 30 --elements 50000000",
      "",
      "Exit status: 0; 2 there is no backend that works.",
    })
final class DoctorCommand implements Callable<Integer> {

  /** As ND4J numbers the levels of its CPU binaries. */
  private static final String[] LEVELS = {"generic", "x86-64", "avx2", "avx512"};

  private static final String[] INTERESTING = {
    "avx",
    "avx2",
    "fma",
    "f16c",
    "avx512f",
    "avx512bw",
    "avx512dq",
    "avx512vl",
    "avx512vbmi",
    "asimd",
    "sve"
  };

  @Spec private CommandSpec spec;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description = "How long to compare speeds, 0 not to (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--elements",
      defaultValue = "10000000",
      description = "Parameters of the comparison (default: ${DEFAULT-VALUE}).")
  private int elements;

  private PrintWriter out;

  /** What the library says about its choices belongs into the report; before anything is logged. */
  static void logIntoReport() {
    System.setProperty("org.slf4j.simpleLogger.log.org.lowbit4j", "info");
    System.setProperty("org.slf4j.simpleLogger.logFile", "System.out");
  }

  @Override
  public Integer call() {
    if (seconds < 0) {
      throw new Failure("--seconds is " + seconds + "; give 0 or more.", null);
    }
    if (elements < 1) {
      throw new Failure("--elements is " + elements + "; give 1 or more.", null);
    }
    out = spec.commandLine().getOut();
    line("lowbit4j", new Program.Version().getVersion()[0]);
    line(
        "Java",
        System.getProperty("java.version")
            + ", "
            + System.getProperty("java.vendor")
            + ", heap "
            + (Runtime.getRuntime().maxMemory() >> 20)
            + " MiB");
    line("System", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    line("Processors", Runtime.getRuntime().availableProcessors() + processor());
    line("OMP_NUM_THREADS", System.getenv().getOrDefault("OMP_NUM_THREADS", "not set"));
    backend();
    kernel();
    graphics();
    if (seconds > 0) {
      new SpeedComparison(elements, seconds).lines().forEach(l -> line("Speed", l));
    }
    return 0;
  }

  private void line(String name, String text) {
    out.printf("%-16s %s%n", name, text);
    out.flush();
  }

  private void backend() {
    line("ND4J backend", Backend.require().getClass().getSimpleName());
    NativeOps ops = NativeOpsHolder.getInstance().getDeviceNativeOps();
    int binary = ops.binaryLevel();
    int best = ops.optimalLevel();
    line(
        "ND4J binary",
        level(binary)
            + (binary < best
                ? "; this CPU has "
                    + level(best)
                    + "; the classifier linux-x86_64-"
                    + level(best)
                    + " makes ND4J faster"
                : ""));
    line("ND4J threads", ops.ompGetMaxThreads() + " (OpenMP)");
  }

  private static String level(int level) {
    return level >= 0 && level < LEVELS.length ? LEVELS[level] : "level " + level;
  }

  private void kernel() {
    line("Kernel", Kernels.description());
    line("  why not faster", Kernels.reason());
  }

  private void graphics() {
    String devices = run("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader");
    line("GPUs", devices.isEmpty() ? "none found (nvidia-smi)" : devices);
    cuda(CudaReport.verdicts(), !devices.isEmpty()).forEach(l -> line("CUDA", l));
  }

  /**
   * What is to be told of the library's own kernels.
   *
   * @param verdicts on the device, by module; empty unless the backend is CUDA
   */
  static List<String> cuda(Map<String, String> verdicts, boolean hasDevices) {
    if (verdicts.isEmpty() && hasDevices) {
      return List.of(
          "not used: the backend is for CPUs. Use nd4j-cuda-11.6 in place of nd4j-native.");
    }
    return verdicts.entrySet().stream()
        .map(e -> String.format("%-28s %s", e.getKey(), e.getValue()))
        .collect(Collectors.toList());
  }

  private static String processor() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"), StandardCharsets.UTF_8)) {
      String[] found = new String[2];
      lines.forEach(
          l -> {
            String value = l.substring(l.indexOf(':') + 1).trim();
            found[0] = l.startsWith("model name") ? value : found[0];
            found[1] =
                l.startsWith("flags") || l.startsWith("Features") ? " " + value + " " : found[1];
          });
      String flags =
          found[1] == null
              ? ""
              : Arrays.stream(INTERESTING)
                  .filter(flag -> found[1].contains(" " + flag + " "))
                  .collect(Collectors.joining(" "));
      return (found[0] == null ? "" : ", " + found[0]) + ", " + flags.toLowerCase(Locale.ROOT);
    } catch (IOException | RuntimeException e) {
      return ""; // not Linux
    }
  }

  /** The first lines of what a program says; empty if it is not there. */
  private static String run(String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .redirectInput(ProcessBuilder.Redirect.from(new java.io.File(nullDevice())))
              .start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor(5, TimeUnit.SECONDS) && process.exitValue() == 0
          ? text.strip().replace("\n", "; ")
          : "";
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  private static String nullDevice() {
    return System.getProperty("os.name").startsWith("Windows") ? "NUL" : "/dev/null";
  }
}
