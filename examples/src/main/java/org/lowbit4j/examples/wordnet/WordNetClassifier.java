package org.lowbit4j.examples.wordnet;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine;

/**
 * Trains a classifier of word definitions with ND4J's Adam and with 8-bit optimizer state, side by
 * side, and compares memory, loss, accuracy and time.
 *
 * <p>The data is WordNet 3.1, from the class path: the text that defines a synset goes in, its
 * category out of 45 (animal, food, motion, ...) comes out.
 *
 * <pre>{@code
 * mvn -q test-compile exec:exec -Dargs="--epochs 3"
 * }</pre>
 */
public final class WordNetClassifier {

  private WordNetClassifier() {}

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
   * @return 0; 1 if resumed training differs from uninterrupted; 2 for wrong options
   */
  public static int run(String... args) {
    System.setProperty("jdk.console", "java.base"); // from Java 22 on: a console only on a terminal
    return WordNetOptions.commandLine()
        .setExecutionStrategy(WordNetClassifier::execute)
        .execute(args);
  }

  private static int execute(CommandLine.ParseResult parsed) {
    if (CommandLine.executeHelpRequest(parsed) != null) {
      return CommandLine.ExitCode.OK;
    }
    WordNetOptions options = WordNetOptions.checked(parsed.commandSpec().commandLine());
    try {
      Comparison comparison = compare(options, System.out);
      return comparison.resumed().map(ResumeCheck.Result::identical).orElse(true) ? 0 : 1;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Trains and compares, and writes checkpoints and report.
   *
   * @param options what to do
   * @param out where results are printed; progress goes to the error stream
   * @return the results
   * @throws IOException if the data cannot be read or the results cannot be written
   */
  public static Comparison compare(WordNetOptions options, PrintStream out) throws IOException {
    System.setProperty("java.awt.headless", "true"); // charts need no display
    WordNetData data = WordNetData.load(options);
    Baselines baselines = Baselines.of(data, options.vocabulary());
    WordNetTraining training = new WordNetTraining(options, data);
    List<String> summary = summary(options, data, baselines, training.parameters());
    out.println(WordNetGlosses.NOTICE + " Licence: examples/WORDNET-LICENSE.txt");
    summary.forEach(out::println);

    Comparison comparison = training.run(baselines);
    out.println();
    out.println(ResultTable.epochs(comparison.runs()).text());
    out.println(ResultTable.summary(comparison.runs()).text());
    comparison.resumed().ifPresent(result -> out.println(result.line()));
    Path report = options.out().resolve("report.html");
    HtmlReport.write(report, summary, comparison);
    Path overview = options.out().resolve("overview.png");
    Files.write(overview, Charts.overview(comparison));
    out.println("Report: " + report + ", picture: " + overview);
    return comparison;
  }

  private static List<String> summary(
      WordNetOptions options, WordNetData data, Baselines baselines, long parameters) {
    String hidden =
        options.hidden().stream().map(String::valueOf).collect(Collectors.joining(" and "));
    return List.of(
        String.format(
            Locale.ROOT,
            "Data: %,d training and %,d test glosses in %d categories",
            data.train().size(),
            data.test().size(),
            WordNetGlosses.CATEGORIES),
        String.format(
            Locale.ROOT,
            "Accuracy to beat: %.1f%% (most frequent category), %.1f%% (naive Bayes)",
            100 * baselines.majority(),
            100 * baselines.naiveBayes()),
        String.format(
            Locale.ROOT,
            "Network: %,d words x %d embedding, dense %s, %,d parameters, %s",
            options.vocabulary(),
            options.embedding(),
            hidden,
            parameters,
            options.precision()),
        String.format(
            Locale.ROOT,
            "Training: %d x %,d steps of %d glosses, learning rate %s, seed %d",
            options.epochs(),
            data.trainBatches().perEpoch(),
            options.batch(),
            options.learningRate(),
            options.seed()));
  }
}
