package org.lowbit4j.examples.convergence;

import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The options of {@link Convergence} and their defaults. */
@Command(
    name = "Convergence",
    description = "Trains networks with optimizer state in 32, 8 and 4 bits, over several seeds.",
    showDefaultValues = true,
    sortOptions = false,
    abbreviateSynopsis = true)
public interface ConvergenceOptions {

  @Option(
      order = 1,
      names = "--networks",
      paramLabel = "<list>",
      defaultValue = "text,dense,image,recurrent",
      split = ",",
      description = "Networks to train, each at most once: ${COMPLETION-CANDIDATES}.")
  List<Network> networks();

  @Option(
      order = 2,
      names = "--seeds",
      paramLabel = "<n>",
      defaultValue = "5",
      description = "Trainings with each optimizer; seeds 1 to n decide weights and order of data.")
  int seeds();

  @Option(
      order = 3,
      names = "--steps",
      paramLabel = "<n>",
      defaultValue = "0",
      description = "Batches of each training; 0 for each network's own number.")
  int steps();

  @Option(
      order = 4,
      names = "--test",
      paramLabel = "<n>",
      defaultValue = "2000",
      description = "Test examples of each network at most.")
  int test();

  @Option(
      order = 5,
      names = {"-h", "--help"},
      usageHelp = true,
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description = "Shows this help.")
  boolean help();

  /**
   * The command line of these options.
   *
   * @return a parser that does not act yet
   */
  static CommandLine commandLine() {
    return new CommandLine(ConvergenceOptions.class).setCaseInsensitiveEnumValuesAllowed(true);
  }

  /**
   * The parsed options.
   *
   * @param line after parsing
   * @return the options, checked
   * @throws CommandLine.ParameterException if one is out of range
   */
  static ConvergenceOptions checked(CommandLine line) {
    ConvergenceOptions o = line.getCommand();
    if (o.networks().size() != Set.copyOf(o.networks()).size()) {
      throw refusal(line, "--networks", o.networks(), "each at most once");
    }
    if (o.seeds() < 2) {
      throw refusal(line, "--seeds", o.seeds(), "2 or more, a spread is wanted");
    }
    if (o.steps() < 0) {
      throw refusal(line, "--steps", o.steps(), "0 or more");
    }
    if (o.test() < 1) {
      throw refusal(line, "--test", o.test(), "1 or more");
    }
    return o;
  }

  private static CommandLine.ParameterException refusal(
      CommandLine line, String option, Object value, String range) {
    return new CommandLine.ParameterException(
        line, option + " is " + value + "; allowed: " + range + ".");
  }
}
