package org.lowbit4j.spark.wordnet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.lowbit4j.examples.wordnet.ResultTable;
import org.lowbit4j.examples.wordnet.UpdaterChoice;
import org.lowbit4j.examples.wordnet.WordNetData;
import org.lowbit4j.examples.wordnet.WordNetGlosses;
import org.lowbit4j.examples.wordnet.WordNetOptions;
import picocli.CommandLine;

/**
 * Trains the main job's classifier of word definitions on Spark, with ND4J's Adam and with 8-bit
 * optimizer state, and compares loss, accuracy, checkpoints and what was sent.
 *
 * <pre>{@code
 * mvn -q -f spark/pom.xml test-compile exec:exec -Dargs="--epochs 2"
 * }</pre>
 */
public final class SparkWordNet {

  /** The exit code of {@code --crash}. */
  private static final int CRASHED = 3;

  private SparkWordNet() {}

  /**
   * Runs the program and ends the JVM.
   *
   * @param args options, see {@code --help}
   */
  public static void main(String[] args) {
    System.setProperty("jdk.console", "java.base"); // from Java 22 on: a console only on a terminal
    System.exit(
        new CommandLine(new SparkOptions())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionStrategy(SparkWordNet::execute)
            .execute(args));
  }

  private static int execute(CommandLine.ParseResult parsed) {
    if (CommandLine.executeHelpRequest(parsed) != null) {
      return CommandLine.ExitCode.OK;
    }
    SparkOptions options = (SparkOptions) parsed.commandSpec().userObject();
    WordNetOptions job = options.checked(parsed.commandSpec().commandLine());
    SparkConf conf =
        new SparkConf()
            .setMaster(options.master)
            .setAppName("SparkWordNet")
            .set("spark.ui.enabled", "false")
            .set("spark.ui.showConsoleProgress", "false");
    options.conf.forEach(conf::set);
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      return run(spark, options, job);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int run(JavaSparkContext spark, SparkOptions options, WordNetOptions job)
      throws IOException {
    describe(spark, options, job);
    Traffic traffic = new Traffic();
    spark.sc().addSparkListener(traffic);
    List<SparkRun.Result> results = new ArrayList<>();
    boolean spared = false;
    for (UpdaterChoice choice : job.runs()) {
      ExecutorKiller killer = new ExecutorKiller(spark.sc().applicationId(), options.kill);
      spark.sc().addSparkListener(killer);
      boolean last = choice == job.runs().get(job.runs().size() - 1);
      results.add(
          new SparkRun(spark, traffic, options, job, choice)
              .crashAfter(last ? options.crash : 0, () -> killer.hasKilledNone() ? 1 : CRASHED)
              .train());
      spark.sc().removeSparkListener(killer);
      spared |= killer.isUnsatisfied();
    }
    System.out.println();
    System.out.println(table(results).text());
    List<String> lines = new ArrayList<>();
    for (SparkRun.Result result : results) {
      lines.add(result.choice() + " " + options.average + " " + result.fingerprint());
    }
    lines.forEach(
        line -> System.out.println("CRC of parameters and state, steps, epochs: " + line));
    Files.write(options.out.resolve("fingerprints.txt"), lines);
    if (spared) {
      System.err.println(
          "There were too few rounds to kill all executors at work that were to be killed.");
    }
    return spared ? 1 : 0;
  }

  private static void describe(JavaSparkContext spark, SparkOptions options, WordNetOptions job)
      throws IOException {
    WordNetData data = EpochBatches.data(options.job());
    System.out.println(WordNetGlosses.NOTICE + " Licence: examples/WORDNET-LICENSE.txt");
    System.out.printf(
        Locale.ROOT,
        "Spark %s on %s: %d workers average %s%s%n",
        spark.version(),
        options.master,
        options.workers,
        options.average.name().toLowerCase(Locale.ROOT),
        options.average == SparkOptions.Average.PARAMETERS
            ? " after every " + options.frequency + " batches"
            : " in every step");
    System.out.printf(
        Locale.ROOT,
        "Training: %d x %,d batches of %d glosses, learning rate %s, seed %d%n",
        job.epochs(),
        data.trainBatches().perEpoch(),
        job.batch(),
        job.learningRate(),
        job.seed());
  }

  private static ResultTable table(List<SparkRun.Result> results) {
    List<String> header =
        List.of(
            "Updater",
            "State bytes",
            "Checkpoint bytes",
            "Loss",
            "Test accuracy",
            "Rounds",
            "Workers sent/round",
            "To driver/round",
            "To each executor/round",
            "Seconds/round");
    List<List<String>> rows = new ArrayList<>();
    for (SparkRun.Result r : results) {
      double rounds = Math.max(1, r.rounds());
      rows.add(
          List.of(
              r.choice().label(),
              format("%,d", r.stateBytes()),
              format("%,d", r.checkpointBytes()),
              r.rounds() == 0 ? "trained before" : format("%.4f", r.loss()),
              format("%.2f%%", 100 * r.accuracy()),
              format("%d", r.rounds()),
              format("%,.0f", r.bytes().shuffle() / rounds),
              format("%,.0f", r.bytes().results() / rounds),
              format("%,.0f", r.bytes().broadcast() / rounds),
              format("%.2f", r.seconds() / rounds)));
    }
    return new ResultTable(header, rows);
  }

  private static String format(String format, Object value) {
    return String.format(Locale.ROOT, format, value);
  }
}
