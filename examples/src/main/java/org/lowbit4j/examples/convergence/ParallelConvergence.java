package org.lowbit4j.examples.convergence;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.lowbit4j.examples.wordnet.Progress;
import org.lowbit4j.examples.wordnet.WordNetData;
import org.lowbit4j.parallel.StateAveraging;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Does training by several workers that average 8-bit state end where one with ND4J's Adam ends?
 * Trains the text network by DL4J's ParallelWrapper: with Adam as DL4J averages it, and with
 * Adam8bit and {@link StateAveraging}.
 *
 * <pre>{@code
 * mvn -q test-compile exec:exec -Dexample=org.lowbit4j.examples.convergence.ParallelConvergence
 * }</pre>
 */
@Command(
    name = "ParallelConvergence",
    description = "Trains a text network on several workers, with state in 32 and in 8 bits.",
    showDefaultValues = true,
    sortOptions = false,
    mixinStandardHelpOptions = true)
public final class ParallelConvergence implements Callable<Integer> {

  @Option(names = "--workers", split = ",", defaultValue = "2,4", description = "Workers.")
  private List<Integer> workers;

  @Option(
      names = "--frequencies",
      split = ",",
      defaultValue = "1,5,10",
      description = "Batches of each worker from one averaging to the next.")
  private List<Integer> frequencies;

  @Option(names = "--seeds", defaultValue = "3", description = "Trainings of each kind, from 2 on.")
  private int seeds;

  @Option(
      names = "--steps",
      defaultValue = "800",
      description = "Batches of 128 of each training, shared among its workers.")
  private int steps;

  @Option(names = "--test", defaultValue = "2000", description = "Test examples at most.")
  private int test;

  private final PrintStream out;

  /**
   * Makes the program.
   *
   * @param out where the table is printed; progress goes to the error stream
   */
  public ParallelConvergence(PrintStream out) {
    this.out = out;
  }

  /**
   * Runs the program and ends the JVM with its exit code.
   *
   * @param args options, see {@code --help}
   */
  public static void main(String[] args) {
    System.setProperty("jdk.console", "java.base"); // from Java 22 on: a console only on a terminal
    System.exit(new CommandLine(new ParallelConvergence(System.out)).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    Task task = new TextTask(WordNetData.load(TextTask.options(0)));
    List<DataSet> testing = task.test(test);
    List<String> rows = new ArrayList<>();
    try (Progress progress = new Progress(2L * workers.size() * frequencies.size() * seeds)) {
      for (int count : workers) {
        for (int frequency : frequencies) {
          rows.add(row(task, testing, count, frequency, progress));
        }
      }
    }
    out.println("| workers | averaged every | Adam (ND4J) | Adam8bit | difference |");
    out.println("|---|---|---|---|---|");
    rows.forEach(out::println);
    return CommandLine.ExitCode.OK;
  }

  private String row(
      Task task, List<DataSet> testing, int count, int frequency, Progress progress) {
    double[] adam = new double[seeds];
    double[] bits8 = new double[seeds];
    double[] difference = new double[seeds];
    for (int seed = 1; seed <= seeds; seed++) {
      adam[seed - 1] = loss(task, testing, Optimizer.ADAM, count, frequency, seed);
      progress.step(count + " workers");
      bits8[seed - 1] = loss(task, testing, Optimizer.BITS8, count, frequency, seed);
      progress.step(count + " workers");
      difference[seed - 1] = bits8[seed - 1] - adam[seed - 1];
    }
    Spread paired = Spread.of(difference);
    return String.format(
        Locale.ROOT,
        "| %d | %s | %s | %s | %+.4f ± %.4f |",
        count,
        frequency == 1 ? "batch" : frequency + " batches",
        words(Spread.of(adam)),
        words(Spread.of(bits8)),
        paired.mean(),
        paired.standardError());
  }

  private static String words(Spread spread) {
    return String.format(Locale.ROOT, "%.4f ± %.4f", spread.mean(), spread.deviation());
  }

  private double loss(
      Task task, List<DataSet> testing, Optimizer optimizer, int count, int frequency, long seed) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(task.configuration(optimizer.updater(task.learningRate()), seed));
    network.init();
    ParallelWrapper wrapper =
        new ParallelWrapper.Builder<>(network)
            .workers(count)
            .averagingFrequency(frequency)
            .prefetchBuffer(0)
            .build();
    if (optimizer != Optimizer.ADAM) {
      StateAveraging.on(wrapper);
    }
    wrapper.fit(data(task.batches(seed)));
    return TestScore.of(network, testing).loss();
  }

  private DataSetIterator data(LongFunction<DataSet> batches) {
    return new ListDataSetIterator<>(LongStream.range(0, steps).mapToObj(batches).toList(), 1);
  }
}
