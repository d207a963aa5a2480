package org.lowbit4j.cli;

import java.io.File;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Whether files are whole. */
@Command(
    name = "verify",
    header = "Whether files are whole, and where not.",
    description = {
      "",
      "Tells whether files are whole: archive, configuration, parameters, and of each updater block"
          + " header, checksum, scales, codes, and agreement with configuration.json.",
      "",
      "Names the updater block and the byte, counted in the part of the archive once it is inflated."
          + " State of ND4J's own updaters has no checksum: there, and in SameDiff files, numbers that"
          + " are not finite are found, and with archives whatever their CRC tells.",
    },
    footer = {
      "",
      "Examples:",
      "  lowbit4j verify network.zip",
      "  lowbit4j verify checkpoints/*.zip && rm -r older/",
      "",
      "Exit status: 0 all are whole; 1 some are damaged; 2 some are not readable.",
    })
final class VerifyCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "Networks to check.")
  private List<File> files;

  @Override
  public Integer call() {
    int status = 0;
    for (File file : files) {
      status = Math.max(status, verify(file));
    }
    return status;
  }

  private int verify(File file) {
    PrintWriter out = spec.commandLine().getOut();
    ModelReport report;
    try {
      report = Models.read(file, true);
    } catch (Failure e) {
      Program.report(spec.commandLine(), e);
      return e.status();
    }
    if (report.damages.isEmpty()) {
      out.println(file + ": " + Output.green("whole") + ", " + summary(report));
      return 0;
    }
    out.flush();
    Output.damages(report, spec.commandLine().getErr()::println);
    return Failure.DAMAGED;
  }

  private static String summary(ModelReport report) {
    long ours = report.blocks.stream().filter(b -> b.steps >= 0 || b.fresh).count();
    long others = report.blocks.stream().filter(b -> b.bytes > 0).count() - ours;
    if (!report.hasState) {
      return "no updater state";
    }
    return ours
        + (ours == 1 ? " updater block" : " updater blocks")
        + " with checksum"
        + (others > 0 ? ", " + others + " of ND4J's updaters without" : "");
  }
}
