package org.lowbit4j.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lowbit4j.AMSGrad8bit;
import org.lowbit4j.AdaBelief8bit;
import org.lowbit4j.AdaDelta8bit;
import org.lowbit4j.AdaMax8bit;
import org.lowbit4j.Adagrad8bit;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.Lion8bit;
import org.lowbit4j.LowBitConfig;
import org.lowbit4j.Nadam8bit;
import org.lowbit4j.Nesterovs8bit;
import org.lowbit4j.RMSprop8bit;
import org.lowbit4j.SGD8bit;
import org.lowbit4j.kernel.Kernels;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.RmsProp;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Times steps of this library's updaters and ND4J's, in turn within one process, so that whatever
 * else the machine does meets all of them; prints medians.
 *
 * <p>JMH is no help here: it measures one candidate at a time.
 */
@Command(name = "UpdaterBenchmark", mixinStandardHelpOptions = true, sortOptions = false)
public final class UpdaterBenchmark implements Runnable {

  @Option(names = "--sizes", split = ",", description = "parameters, default ${DEFAULT-VALUE}")
  private double[] sizes = {1e4, 1e5, 1e6, 1e7};

  @Option(names = "--repetitions", description = "default ${DEFAULT-VALUE}; small sizes have more")
  private int repetitions = 15;

  @Option(names = "--kernel", description = "native or java")
  private String kernel;

  @Option(names = "--isa", description = "generic, avx2, avx512 or avx512-vbmi")
  private String isa;

  @Option(names = "--adam", description = "no other optimizers")
  private boolean adamOnly;

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
    List<Candidate> candidates = candidates(n);
    INDArray source = Nd4j.randn(DataType.FLOAT, n).muli(1e-3);
    INDArray gradient = source.dup();
    int turns = Math.max(repetitions, (int) Math.min(1000, 3e7 / n));
    double[][] seconds = new double[candidates.size()][turns];
    // The first turns warm up.
    int warmUp = Math.max(3, turns / 10);
    for (int turn = -warmUp; turn < turns; turn++) {
      for (int c = 0; c < seconds.length; c++) {
        gradient.assign(source);
        double s = candidates.get(c).time(gradient, turn + warmUp);
        if (turn >= 0) {
          seconds[c][turn] = s;
        }
      }
    }
    print(n, candidates, seconds);
    candidates.forEach(Candidate::close);
    source.close();
    gradient.close();
  }

  private List<Candidate> candidates(long n) {
    List<Candidate> all = new ArrayList<>();
    all.add(Candidate.updater("ND4J Adam", new Adam(), n));
    all.add(Candidate.updater("Adam8bit", new Adam8bit(), n));
    all.add(Candidate.updater("Adam8bit, optimBits(32)", new Adam8bit().optimBits(32), n));
    all.add(Candidate.handWritten(n, threads));
    all.add(Candidate.inPlaceCopy(n, threads));
    if (!adamOnly) {
      others()
          .forEach(
              (config, twin) -> {
                all.add(Candidate.updater(name(config), config, n));
                if (twin != null) {
                  all.add(Candidate.updater("ND4J " + name(twin), twin, n));
                }
              });
    }
    return all;
  }

  /** The other optimizers and, if they have one, their twins. */
  private static Map<LowBitConfig<?>, IUpdater> others() {
    Map<LowBitConfig<?>, IUpdater> others = new LinkedHashMap<>();
    others.put(new AMSGrad8bit(), new AMSGrad());
    others.put(new Nadam8bit(), new Nadam());
    others.put(new AdaBelief8bit(), null);
    others.put(new AdaMax8bit(), new AdaMax());
    others.put(new Adagrad8bit(), new AdaGrad());
    others.put(new RMSprop8bit(), new RmsProp());
    others.put(new Nesterovs8bit(), new Nesterovs());
    others.put(new AdaDelta8bit(), new AdaDelta());
    others.put(new SGD8bit(), null);
    others.put(new Lion8bit(), null);
    return others;
  }

  private static void print(long n, List<Candidate> candidates, double[][] seconds) {
    System.out.printf(
        "%nn = %,d%n%-28s %12s %10s %8s %20s%n",
        n, "", "ns/parameter", "lowest", "GB/s", "ND4J Adam's time over");
    double reference = median(seconds[0]);
    for (int c = 0; c < seconds.length; c++) {
      double median = median(seconds[c]);
      double lowest = Arrays.stream(seconds[c]).min().orElseThrow();
      System.out.printf(
          "%-28s %12.3f %10.3f %8.1f %20.2f%n",
          candidates.get(c).name,
          median / n * 1e9,
          lowest / n * 1e9,
          candidates.get(c).bytesPerParameter * n / median * 1e-9,
          reference / median);
    }
  }

  private static double median(double[] x) {
    double[] sorted = x.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static String name(IUpdater config) {
    return config.getClass().getSimpleName();
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
