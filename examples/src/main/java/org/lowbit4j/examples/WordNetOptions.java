package org.lowbit4j.examples;

import java.nio.file.Path;
import java.util.List;
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
    mixinStandardHelpOptions = true)
public interface WordNetOptions {

  @Option(names = "--seed", defaultValue = "7", description = "Seed of weights and batches.")
  long seed();

  @Option(names = "--epochs", defaultValue = "4", description = "Passes over the training data.")
  int epochs();

  @Option(names = "--batch", defaultValue = "256", description = "Glosses per training step.")
  int batch();

  @Option(names = "--vocabulary", defaultValue = "12000", description = "Words with an embedding.")
  int vocabulary();

  @Option(names = "--embedding", defaultValue = "32", description = "Numbers per embedding.")
  int embedding();

  @Option(
      names = "--hidden",
      defaultValue = "512,512",
      split = ",",
      description = "Units of the dense layers.")
  List<Integer> hidden();

  @Option(names = "--learning-rate", defaultValue = "0.001", description = "Learning rate.")
  double learningRate();

  @Option(
      names = "--data-type",
      defaultValue = "FLOAT",
      description = "${COMPLETION-CANDIDATES}: the type of parameters and of the state array.")
  Precision precision();

  @Option(
      names = "--limit",
      defaultValue = "0",
      description = "Train on this many glosses only; 0 for all.")
  int limit();

  @Option(
      names = "--runs",
      defaultValue = "adam,adam8bit,embedding32",
      split = ",",
      description = "Optimizers to compare: ${COMPLETION-CANDIDATES}.")
  List<UpdaterChoice> runs();

  @Option(
      names = "--resume-check",
      defaultValue = "on",
      description = "${COMPLETION-CANDIDATES}: save, restore, train on, compare bit for bit.")
  Switch resumeCheck();

  @Option(
      names = "--out",
      defaultValue = "target/wordnet",
      description = "Folder of report and checkpoints.")
  Path out();

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
    return new CommandLine(WordNetOptions.class).setCaseInsensitiveEnumValuesAllowed(true);
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
          line, option + " is " + value + "; it must be " + range + ".");
    }
  }
}
