package org.lowbit4j.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.lowbit4j.dl4j.LayerSlot;
import org.lowbit4j.regularization.UpdaterCheck;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;

/** The table that {@link org.lowbit4j.OptimManager#describe} prints. */
public final class PlanTable {

  private static final String[] TITLES = {
    "#",
    "layer",
    "parameters",
    "size",
    "updater",
    "bits",
    "state bytes",
    "regularization",
    "moments"
  };

  private final int width;

  /** What becomes of a layer's parameters' moments; null if there are none yet. */
  private final BiFunction<LayerSlot, List<String>, String> moments;

  private final List<String[]> rows = new ArrayList<>();
  private long totalSize;
  private long totalBytes;

  /**
   * Makes the table.
   *
   * @param slots layers as they would be trained
   */
  public PlanTable(List<LayerSlot> slots, DataType dataType) {
    this(slots, dataType, null);
  }

  /**
   * Makes the table for a network that has state.
   *
   * @param slots layers as they would be trained
   * @param moments tells what becomes of the moments of some parameters of a layer
   */
  public PlanTable(
      List<LayerSlot> slots,
      DataType dataType,
      BiFunction<LayerSlot, List<String>, String> moments) {
    this.width = dataType.width();
    this.moments = moments;
    rows.add(moments == null ? Arrays.copyOf(TITLES, TITLES.length - 1) : TITLES);
    for (LayerSlot slot : slots) {
      if (!slot.groups().isEmpty()) {
        addLayer(slot);
      }
    }
    boolean known = totalSize > 0;
    rows.add(
        row(
            "",
            "total",
            "",
            known ? number(totalSize) : "?",
            "",
            "",
            known ? number(totalBytes) : "?",
            "",
            ""));
  }

  /** A row for each run of parameters that DL4J merges into one updater block. */
  private void addLayer(LayerSlot slot) {
    Map<String, Long> sizes = slot.sizes();
    for (List<String> run : slot.runs()) {
      addRun(slot, run, slot.updaterOf(run.get(0)), sizes);
    }
  }

  private void addRun(
      LayerSlot slot, List<String> parameters, IUpdater updater, Map<String, Long> sizes) {
    boolean known = sizes.keySet().containsAll(parameters);
    long size = parameters.stream().mapToLong(p -> sizes.getOrDefault(p, 0L)).sum();
    long words =
        parameters.stream().mapToLong(p -> updater.stateSize(sizes.getOrDefault(p, 0L))).sum();
    long bytes = width * words;
    totalSize += size;
    totalBytes += bytes;
    rows.add(
        row(
            Integer.toString(slot.index()),
            slot.name(),
            String.join(" ", parameters),
            known ? number(size) : "?",
            updater.getClass().getSimpleName(),
            bits(updater, size, words),
            known ? number(bytes) : "?",
            regularization(slot, parameters),
            moments == null ? "" : moments.apply(slot, parameters)));
  }

  private static String bits(IUpdater updater, long size, long words) {
    if (updater.stateSize(1) == 0) {
      return "-";
    }
    if (!(updater instanceof LowBitConfig)) {
      return "32";
    }
    LowBitConfig<?> config = (LowBitConfig<?>) updater;
    return Integer.toString(words == 0 ? config.getOptimBits() : config.bits(size, words));
  }

  /** What applies to which of the parameters, those with the same together. */
  private static String regularization(LayerSlot slot, List<String> parameters) {
    Map<String, List<String>> having = new LinkedHashMap<>();
    for (String p : parameters) {
      String all =
          slot.regularizationsOf(p).stream()
              .filter(r -> !(r instanceof UpdaterCheck))
              .map(Object::toString)
              .collect(Collectors.joining(" + "));
      having.computeIfAbsent(all, none -> new ArrayList<>()).add(p);
    }
    having.remove("");
    return having.entrySet().stream()
        .map(e -> String.join(" ", e.getValue()) + ": " + e.getKey())
        .collect(Collectors.joining("; "));
  }

  private static String[] row(String... cells) {
    return cells;
  }

  private static String number(long n) {
    return String.format(Locale.ROOT, "%,d", n);
  }

  @Override
  public String toString() {
    int[] widths = new int[TITLES.length];
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining("\n"));
  }

  private static String line(String[] row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < row.length; i++) {
      boolean right = i == 3 || i == 5 || i == 6;
      line.append(String.format("%" + (right ? "" : "-") + Math.max(1, widths[i]) + "s  ", row[i]));
    }
    return line.toString().stripTrailing();
  }
}
