package org.lowbit4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** A report for people. */
final class TextReport {

  private TextReport() {}

  static List<String> lines(ModelReport report) {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%s: %s, %s, %,d parameters, iteration %d, epoch %d",
            report.file,
            report.kind,
            report.type,
            report.parameters,
            report.iteration,
            report.epoch));
    lines.add(state(report));
    if (report.hasState && !report.blocks.isEmpty()) {
      lines.add("");
      lines.addAll(table(report));
    }
    return lines;
  }

  private static String state(ModelReport report) {
    if (!report.hasState) {
      return "No updater state: the file is for inference, or was saved without it.";
    }
    long bytes = report.stateBytes();
    long adam = report.ofAdam(report.blocks.stream().mapToLong(b -> b.elements).sum());
    return String.format(
        Locale.ROOT,
        "Updater state: %,d bytes, %s of what ND4J's Adam would keep (%,d)",
        bytes,
        percent((double) bytes / adam),
        adam);
  }

  private static List<String> table(ModelReport report) {
    Table table =
        new Table(
            ">#",
            "layers",
            "updater",
            ">bits",
            ">block",
            "codebook",
            ">elements",
            ">bytes",
            ">of Adam",
            ">steps",
            ">norms",
            "RMS",
            "saturated");
    for (BlockReport b : report.blocks) {
      table.add(
          Integer.toString(b.number),
          b.label(),
          b.updater,
          b.bits == 0 ? "-" : Integer.toString(b.bits),
          b.blockSize == 0 ? "" : Integer.toString(b.blockSize),
          b.codebook == null ? "" : b.codebook,
          number(b.elements),
          number(b.bytes),
          percent((double) b.bytes / report.ofAdam(b.elements)),
          b.fresh ? "fresh" : b.steps > 0 ? Integer.toString(b.steps) : "",
          b.norms == 0 ? "" : Integer.toString(b.norms),
          moments(b, m -> m.rms, x -> String.format(Locale.ROOT, "%.2e", x)),
          moments(b, m -> m.saturated, TextReport::percent));
    }
    return table.lines();
  }

  private interface Format {
    String of(double x);
  }

  private static String moments(
      BlockReport block, ToDoubleFunction<MomentReport> value, Format format) {
    return block.moments.stream()
        .filter(m -> !Double.isNaN(value.applyAsDouble(m)))
        .map(m -> m.name + " " + format.of(value.applyAsDouble(m)))
        .collect(Collectors.joining(", "));
  }

  static String number(long n) {
    return String.format(Locale.ROOT, "%,d", n);
  }

  static String percent(double share) {
    return String.format(Locale.ROOT, share < 0.1 ? "%.2f%%" : "%.1f%%", 100 * share);
  }
}
