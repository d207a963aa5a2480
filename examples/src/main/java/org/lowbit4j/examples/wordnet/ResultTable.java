package org.lowbit4j.examples.wordnet;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Results as text in cells, for the terminal and for the report.
 *
 * @param header names of the columns
 * @param rows cells in the order of the header
 */
public record ResultTable(List<String> header, List<List<String>> rows) {

  /** Memory, outcome and time: one row per run. */
  static ResultTable summary(List<RunResult> runs) {
    return new ResultTable(
        List.of(
            "Updater",
            "State bytes",
            "of Adam's",
            "Checkpoint bytes",
            "Loss",
            "Test accuracy",
            "Updater ms/step",
            "Whole ms/step"),
        runs.stream()
            .map(
                run ->
                    List.of(
                        run.updater().label(),
                        format("%,d", run.stateBytes()),
                        format("%.1f%%", 100 * run.stateShare()),
                        format("%,d", run.checkpointBytes()),
                        format("%.4f", run.losses().get(run.losses().size() - 1)),
                        format("%.2f%%", 100 * run.accuracy()),
                        format("%.1f", run.updateMillis()),
                        format("%.1f", run.stepMillis())))
            .toList());
  }

  /** Loss and test accuracy: one row per epoch. */
  static ResultTable epochs(List<RunResult> runs) {
    List<String> header = new ArrayList<>(List.of("Loss, test accuracy"));
    runs.forEach(run -> header.add(run.updater().label()));
    List<List<String>> rows = new ArrayList<>();
    for (int epoch = 0; epoch < runs.get(0).losses().size(); epoch++) {
      List<String> row = new ArrayList<>(List.of("Epoch " + (epoch + 1)));
      for (RunResult run : runs) {
        row.add(
            format("%.4f  ", run.losses().get(epoch))
                + format("%.2f%%", 100 * run.accuracies().get(epoch)));
      }
      rows.add(row);
    }
    return new ResultTable(header, rows);
  }

  /**
   * Lines with aligned columns: the first to the left, the others to the right.
   *
   * @return text
   */
  public String text() {
    int[] widths =
        IntStream.range(0, header.size())
            .map(
                column ->
                    rows.stream()
                        .mapToInt(row -> row.get(column).length())
                        .reduce(header.get(column).length(), Math::max))
            .toArray();
    return rows.stream()
        .map(row -> line(row, widths))
        .collect(Collectors.joining("", line(header, widths), ""));
  }

  private static String line(List<String> cells, int[] widths) {
    return IntStream.range(0, cells.size())
        .mapToObj(c -> String.format("%" + (c == 0 ? "-" : "") + widths[c] + "s", cells.get(c)))
        .collect(Collectors.joining("  ", "", System.lineSeparator()));
  }

  private static String format(String format, Object value) {
    return String.format(Locale.ROOT, format, value);
  }
}
