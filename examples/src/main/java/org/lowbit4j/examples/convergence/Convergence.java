package org.lowbit4j.examples.convergence;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.lowbit4j.examples.wordnet.Progress;
import org.lowbit4j.examples.wordnet.WordNetData;
import org.nd4j.linalg.dataset.DataSet;
import picocli.CommandLine;

/**
 * Does a training with optimizer state in 8 or 4 bits end where one in 32 bits ends? Trains a text,
 * a dense, an image and a recurrent network with ND4J's Adam and with Adam8bit in 32, 8 and 4 bits:
 * the same weights at the start, the same batches, several seeds.
 *
 * <pre>{@code
 * mvn -q test-compile exec:exec -Dexample=org.lowbit4j.examples.convergence.Convergence
 * }</pre>
 */
public final class Convergence {

  private Convergence() {}

  /**
   * Runs the program and ends the JVM with its exit code.
   *
   * @param args options, see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /**
   * Runs the program.
   *
   * @param args options, see {@code --help}
   * @return 0; 2 for wrong options
   */
  public static int run(String... args) {
    System.setProperty("jdk.console", "java.base"); // from Java 22 on: a console only on a terminal
    System.setProperty("java.awt.headless", "true"); // images are drawn without a display
    return ConvergenceOptions.commandLine()
        .setExecutionStrategy(Convergence::execute)
        .execute(args);
  }

  private static int execute(CommandLine.ParseResult parsed) {
    if (CommandLine.executeHelpRequest(parsed) != null) {
      return CommandLine.ExitCode.OK;
    }
    try {
      compare(ConvergenceOptions.checked(parsed.commandSpec().commandLine()), System.out);
      return CommandLine.ExitCode.OK;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Trains all networks.
   *
   * @param options what to do
   * @param out where results are printed; progress goes to the error stream
   * @return one outcome per training
   * @throws IOException if the data cannot be read
   */
  public static List<Outcome> compare(ConvergenceOptions options, PrintStream out)
      throws IOException {
    WordNetData glosses = WordNetData.load(TextTask.options(0));
    Map<Network, Task> tasks = new EnumMap<>(Network.class);
    options.networks().forEach(network -> tasks.put(network, network.task(glosses)));
    long steps = tasks.values().stream().mapToLong(task -> steps(options, task)).sum();
    List<Outcome> outcomes = new ArrayList<>();
    try (Progress progress = new Progress(options.seeds() * steps)) {
      for (Map.Entry<Network, Task> entry : tasks.entrySet()) {
        Task task = entry.getValue();
        List<DataSet> test = task.test(options.test());
        for (long seed = 1; seed <= options.seeds(); seed++) {
          List<Outcome> ends =
              train(entry.getKey(), task, test, seed, steps(options, task), progress);
          ends.forEach(end -> out.println(line(end)));
          outcomes.addAll(ends);
        }
      }
    }
    out.println();
    new MarkdownReport(outcomes).lines().forEach(out::println);
    return outcomes;
  }

  private static int steps(ConvergenceOptions options, Task task) {
    return options.steps() == 0 ? task.steps() : options.steps();
  }

  /** One training per optimizer, all on the same batches, one batch after the other. */
  private static List<Outcome> train(
      Network network, Task task, List<DataSet> test, long seed, int steps, Progress progress) {
    List<Training> trainings =
        Stream.of(Optimizer.values())
            .map(optimizer -> new Training(network, task, optimizer, seed))
            .toList();
    LongFunction<DataSet> batches = task.batches(seed);
    for (int step = 0; step < steps; step++) {
      DataSet batch = batches.apply(step);
      trainings.forEach(training -> training.step(batch));
      progress.step(network.label() + ", seed " + seed);
    }
    return trainings.stream().map(training -> training.test(test)).toList();
  }

  private static String line(Outcome end) {
    return String.format(
        Locale.ROOT,
        "%s, seed %d, %s: loss %.4f, accuracy %.2f%%",
        end.network().label(),
        end.seed(),
        end.optimizer().label(),
        end.loss(),
        100 * end.accuracy());
  }
}
