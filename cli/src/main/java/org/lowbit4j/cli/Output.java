package org.lowbit4j.cli;

import java.util.function.Consumer;
import picocli.CommandLine.Help.Ansi;

/** Colour where there is a terminal. */
final class Output {

  private static final int MOST = 20;

  private Output() {}

  static void damages(ModelReport report, Consumer<String> err) {
    report.damages.stream().limit(MOST).forEach(d -> err.accept(red(report.file + ": " + d)));
    if (report.damages.size() > MOST) {
      err.accept(report.file + ": and " + (report.damages.size() - MOST) + " more.");
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
