package org.lowbit4j.examples.wordnet;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The options of {@link WordNetClassifier} and their defaults. */
@Command(
    name = "WordNetClassifier",
    description =
        "Trains a text classifier with ND4J's Adam and with 8-bit optimizer state, side by side.",
    showDefaultValues = true,
    sortOptions = false,
    abbreviateSynopsis = true)
public interface WordNetOptions {

  @Option(
      order = 1,
      names = "--runs",
      paramLabel = "<list>",
      defaultValue = "adam,adam8bit,embedding32,stable",
      split = ",",
      description = "Optimizers to compare, each at most once: ${COMPLETION-CANDIDATES}.")
  List<UpdaterChoice> runs();

  @Option(
      order = 2,
      names = "--epochs",
      paramLabel = "<n>",
      defaultValue = "4",
      description = "Passes over the training glosses.")
  int epochs();

  @Option(
      order = 3,
      names = "--batch",
      paramLabel = "<n>",
      defaultValue = "256",
      description = "Glosses per training step.")
  int batch();

  @Option(
      order = 4,
      names = "--learning-rate",
      paramLabel = "<x>",
      defaultValue = "0.002",
      description = "Learning rate of all layers.")
  double learningRate();

  @Option(
      order = 5,
      names = "--vocabulary",
      paramLabel = "<n>",
      defaultValue = "12000",
      description = "Words with an embedding; the rarer ones share one.")
  int vocabulary();

  @Option(
      order = 6,
      names = "--embedding",
      paramLabel = "<n>",
      defaultValue = "32",
      description = "Length of an embedding.")
  int embedding();

  @Option(
      order = 7,
      names = "--hidden",
      paramLabel = "<list>",
      defaultValue = "512,512",
      split = ",",
      description = "Units of the dense layers.")
  List<Integer> hidden();

  @Option(
      order = 8,
      names = "--data-type",
      paramLabel = "<type>",
      defaultValue = "FLOAT",
      description = "Type of parameters and state, ${COMPLETION-CANDIDATES}; HALF is slow on CPUs.")
  Precision precision();

  @Option(
      order = 9,
      names = "--seed",
      paramLabel = "<n>",
      defaultValue = "7",
      description = "Seed of weights and order of glosses.")
  long seed();

  @Option(
      order = 10,
      names = "--limit",
      paramLabel = "<n>",
      defaultValue = "0",
      description = "Train on this many glosses only; 0 for all.")
  int limit();

  @Option(
      order = 11,
      names = "--resume-check",
      paramLabel = "<switch>",
      defaultValue = "on",
      description = "Save, restore, train on and compare bit for bit: ${COMPLETION-CANDIDATES}.")
  Switch resumeCheck();

  @Option(
      order = 12,
      names = "--out",
      paramLabel = "<folder>",
      defaultValue = "target/wordnet",
      description = "Folder for report and checkpoints.")
  Path out();

  @Option(
      order = 13,
      names = {"-h", "--help"},
      usageHelp = true,
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description = "Shows this help.")
  boolean help();

  /** The types that DL4J networks can have. */
  enum Precision {
    FLOAT(DataType.FLOAT),
    DOUBLE(DataType.DOUBLE),
    HALF(DataType.FLOAT16);

    private final DataType dataType;

    Precision(DataType dataType) {
      this.dataType = dataType;
    }

    /**
     * ND4J's name of it.
     *
     * @return the type
     */
    public DataType dataType() {
      return dataType;
    }
  }

  /** On or off. */
  enum Switch {
    ON,
    OFF
  }

  /**
   * The command line of these options.
   *
   * @return a parser that does not act yet
   */
  static CommandLine commandLine() {
    return new CommandLine(WordNetOptions.class)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(
            (e, args) -> {
              e.getCommandLine()
                  .getErr()
                  .println(e.getMessage() + System.lineSeparator() + "--help lists the options.");
              return CommandLine.ExitCode.USAGE;
            });
  }

  /**
   * Parses options.
   *
   * @param args as on the command line
   * @return the options, checked
   * @throws CommandLine.ParameterException if one is unknown or out of range
   */
  static WordNetOptions parse(String... args) {
    CommandLine line = commandLine();
    line.parseArgs(args);
    return checked(line);
  }

  /**
   * The parsed options.
   *
   * @param line after parsing
   * @return the options, checked
   * @throws CommandLine.ParameterException if one is out of range
   */
  static WordNetOptions checked(CommandLine line) {
    WordNetOptions o = line.getCommand();
    require(
        line,
        o.runs().size() == Set.copyOf(o.runs()).size(),
        "--runs",
        o.runs(),
        "each at most once");
    require(line, o.epochs() >= 1, "--epochs", o.epochs(), "1 or more");
    require(line, o.batch() >= 1, "--batch", o.batch(), "1 or more");
    require(line, o.vocabulary() >= 2, "--vocabulary", o.vocabulary(), "2 or more");
    require(line, o.embedding() >= 1, "--embedding", o.embedding(), "1 or more");
    require(
        line, o.hidden().stream().allMatch(n -> n >= 1), "--hidden", o.hidden(), "1 or more each");
    require(line, o.learningRate() > 0, "--learning-rate", o.learningRate(), "positive");
    require(line, o.limit() >= 0, "--limit", o.limit(), "0 or more");
    return o;
  }

  private static void require(
      CommandLine line, boolean holds, String option, Object value, String range) {
    if (!holds) {
      throw new CommandLine.ParameterException(
          line, option + " is " + value + "; allowed: " + range + ".");
    }
  }
}
