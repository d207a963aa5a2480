package org.lowbit4j.examples.wordnet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** Writes the results as one HTML file that needs no other. */
final class HtmlReport {

  private static final String PAGE =
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>WordNet classifier: Adam and Adam8bit</title>
      <style>
      body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
      .wide { overflow-x: auto; }
      table { border-collapse: collapse; width: 100%%; }
      th, td { padding: .4rem .5rem; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap; }
      th { white-space: normal; vertical-align: bottom; }
      th:first-child, td:first-child { text-align: left; }
      td { font-variant-numeric: tabular-nums; }
      .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%%, 28rem), 1fr)); gap: 1rem; margin: 1.5rem 0; }
      .charts img { width: 100%%; height: auto; }
      footer { color: #666; font-size: .85rem; margin-top: 2rem; }
      </style>
      </head>
      <body>
      <h1>WordNet classifier: Adam and Adam8bit</h1>
      %s
      %s
      <div class="charts">
      %s</div>
      %s
      <p>%s</p>
      <footer>%s</footer>
      </body>
      </html>
      """;

  private HtmlReport() {}

  /**
   * Writes the report.
   *
   * @param file where to
   * @param summary lines that tell data, baselines and network
   * @param comparison the results
   */
  static void write(Path file, List<String> summary, Comparison comparison) throws IOException {
    List<RunResult> runs = comparison.runs();
    Files.writeString(
        file,
        PAGE.formatted(
            summary.stream()
                .map(line -> "<p>" + escape(line) + "</p>")
                .collect(Collectors.joining("\n")),
            table(ResultTable.summary(runs)),
            image("Training loss over epochs", Charts.loss(comparison))
                + image("Difference of the training losses", Charts.lossDifference(comparison))
                + image("Test accuracy over epochs", Charts.accuracy(comparison))
                + image("Quantization error over epochs", Charts.quantization(comparison)),
            table(ResultTable.epochs(runs)),
            comparison.resumed().map(ResumeCheck.Result::line).orElse(""),
            escape(WordNetGlosses.NOTICE)));
  }

  private static String table(ResultTable table) {
    return table.rows().stream()
        .map(cells -> row("td", cells))
        .collect(
            Collectors.joining(
                "", "<div class=\"wide\"><table>\n" + row("th", table.header()), "</table></div>"));
  }

  private static String row(String tag, List<String> cells) {
    return cells.stream()
        .map(cell -> "<" + tag + ">" + escape(cell) + "</" + tag + ">")
        .collect(Collectors.joining("", "<tr>", "</tr>\n"));
  }

  private static String image(String alt, byte[] png) {
    return "<img alt=\""
        + alt
        + "\" src=\"data:image/png;base64,"
        + Base64.getEncoder().encodeToString(png)
        + "\">\n";
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
