package org.lowbit4j.cli;

import java.io.File;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What is in a file. */
@Command(
    name = "inspect",
    header = "What optimizer state is in a file.",
    description = {
      "",
      "Shows what optimizer state a file has, one line for each updater block of DL4J's.",
      "",
      "Reads files of ModelSerializer, of PagedState.save and of SameDiff.save. Needs no backend of"
          + " ND4J, and does not read the parameters.",
    },
    footer = {
      "",
      "Examples:",
      "  lowbit4j inspect network.zip",
      "  lowbit4j inspect --json network.zip | jq '.blocks[] | {layers, bits, bytes}'",
      "",
      "Columns:",
      "  of Adam    bytes of state, compared with the two moments of ND4J's Adam",
      "  steps      done with this state; \"fresh\" before the first",
      "  norms      gradient norms kept for percentile clipping",
      "  RMS        root mean square of each moment",
      "  saturated  codes of the largest magnitude that the codebook has: one in a",
      "             block at least, some 0.4%% with blocks of 256",
      "",
      "Exit status: 0; 1 the file is damaged (see lowbit4j verify); 2 it is not readable.",
    })
final class InspectCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "Network to look at.")
  private File file;

  @Option(names = "--json", description = "Print JSON, for scripts; numbers are exact.")
  private boolean json;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    return print(Models.read(file, false), json, out::println, err::println);
  }

  /** Prints a report; returns the exit status. */
  static int print(ModelReport report, boolean json, Consumer<String> out, Consumer<String> err) {
    if (json) {
      out.accept(JsonReport.of(report));
    } else {
      TextReport.lines(report).forEach(out);
      Output.damages(report, err);
    }
    return report.damages.isEmpty() ? 0 : Failure.DAMAGED;
  }
}
