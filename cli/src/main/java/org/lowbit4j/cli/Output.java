package org.lowbit4j.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;

/** Colour where there is a terminal. */
final class Output {

  private static final int MOST = 20;

  private Output() {}

  static void damages(CommandSpec spec, ModelReport report) {
    PrintWriter err = spec.commandLine().getErr();
    report.damages.stream().limit(MOST).forEach(d -> err.println(red(report.file + ": " + d)));
    if (report.damages.size() > MOST) {
      err.println(report.file + ": and " + (report.damages.size() - MOST) + " more.");
    }
  }

  static String red(String text) {
    return styled("31", text);
  }

  static String green(String text) {
    return styled("32", text);
  }

  private static String styled(String code, String text) {
    return Ansi.AUTO.enabled() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
