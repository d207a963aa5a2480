package org.lowbit4j.spark.wordnet;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lowbit4j.examples.wordnet.WordNetOptions;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

/** The options of {@link SparkWordNet}; those that it does not know are the main job's. */
@Command(
    name = "SparkWordNet",
    description = "Trains the main job's network on Spark, with ND4J's Adam and 8-bit state.",
    showDefaultValues = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    footer =
        "The options of the main job, such as --epochs, --batch, --limit and --seed, go for it.")
final class SparkOptions {

  /** What is averaged. */
  enum Average {
    PARAMETERS,
    GRADIENTS
  }

  @Option(names = "--master", defaultValue = "local[2]", description = "Where Spark runs.")
  String master;

  @Option(
      names = "--conf",
      paramLabel = "<key=value>",
      description = "A setting of Spark's; may be repeated.")
  Map<String, String> conf = Map.of();

  @Option(
      names = "--average",
      defaultValue = "parameters",
      description = "${COMPLETION-CANDIDATES}.")
  Average average;

  @Option(names = "--workers", defaultValue = "2", description = "Tasks that train side by side.")
  int workers;

  @Option(
      names = "--frequency",
      defaultValue = "5",
      description = "Batches of a worker between two averagings of parameters.")
  int frequency;

  @Option(
      names = "--checkpoint-every",
      defaultValue = "10",
      description = "Rounds between two checkpoints.")
  int checkpointEvery;

  @Option(names = "--resume", description = "Go on from the last checkpoints in the folder.")
  boolean resume;

  @Option(
      names = "--crash",
      paramLabel = "<round>",
      defaultValue = "0",
      description =
          "Halt this JVM after so many rounds of the last run, to try --resume; 0: never.")
  int crash;

  @Option(
      names = "--kill",
      paramLabel = "<round>",
      split = ",",
      description =
          "SIGKILL the executor that averages in the first of these rounds of each run, in the second one that"
              + " trains, and so on. The executors must be on this machine.")
  List<Integer> kill = List.of();

  @Option(
      names = "--out",
      defaultValue = "target/spark-wordnet",
      description = "Folder of checkpoints.")
  Path out;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help.")
  boolean help;

  @Unmatched private List<String> others = new ArrayList<>();

  /** The options of the main job, by default with the two optimizers that are compared. */
  String[] job() {
    List<String> args = new ArrayList<>(others);
    if (args.stream().noneMatch(arg -> arg.startsWith("--runs"))) {
      args.addAll(0, List.of("--runs", "adam,adam8bit"));
    }
    return args.toArray(String[]::new);
  }

  /**
   * Checks them.
   *
   * @throws CommandLine.ParameterException if one is unknown or out of range
   */
  WordNetOptions checked(CommandLine line) {
    require(line, workers >= 1, "--workers", workers);
    require(line, frequency >= 1, "--frequency", frequency);
    require(line, checkpointEvery >= 1, "--checkpoint-every", checkpointEvery);
    require(line, crash >= 0, "--crash", crash);
    return WordNetOptions.parse(job());
  }

  private static void require(CommandLine line, boolean holds, String option, int value) {
    if (!holds) {
      throw new CommandLine.ParameterException(
          line, option + " is " + value + "; allowed: 1 or more.");
    }
  }
}
