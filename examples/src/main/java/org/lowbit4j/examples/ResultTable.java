package org.lowbit4j.examples;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The results as rows of text, for the terminal and for the report. */
final class ResultTable {

  static final List<String> HEADER =
      List.of(
          "Updater",
          "State bytes",
          "of Adam's",
          "Checkpoint bytes",
          "Loss per epoch",
          "Accuracy",
          "Update ms",
          "Step ms");

  private ResultTable() {}

  /** One row per run, cells as in the header. */
  static List<List<String>> rows(List<RunResult> runs) {
    return runs.stream().map(ResultTable::row).toList();
  }

  private static List<String> row(RunResult run) {
    return List.of(
        run.updater().label(),
        number("%,d", run.stateBytes()),
        number("%.1f%%", 100 * run.stateShare()),
        number("%,d", run.checkpointBytes()),
        run.losses().stream().map(l -> number("%.4f", l)).collect(Collectors.joining(" ")),
        number("%.2f%%", 100 * run.accuracy()),
        number("%.1f", run.updateMillis()),
        number("%.1f", run.stepMillis()));
  }

  /** The table with aligned columns: the first to the left, numbers to the right. */
  static String text(List<RunResult> runs) {
    List<List<String>> rows = rows(runs);
    int[] widths =
        IntStream.range(0, HEADER.size())
            .map(
                c ->
                    Math.max(
                        HEADER.get(c).length(),
                        rows.stream().mapToInt(row -> row.get(c).length()).max().orElse(0)))
            .toArray();
    StringBuilder text = new StringBuilder(line(HEADER, widths));
    rows.forEach(row -> text.append(line(row, widths)));
    return text.toString();
  }

  private static String line(List<String> cells, int[] widths) {
    return IntStream.range(0, cells.size())
        .mapToObj(c -> String.format("%" + (c == 0 ? "-" : "") + widths[c] + "s", cells.get(c)))
        .collect(Collectors.joining("  ", "", System.lineSeparator()));
  }

  static String number(String format, Object value) {
    return String.format(Locale.ROOT, format, value);
  }
}
