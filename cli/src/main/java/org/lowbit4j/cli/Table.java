package org.lowbit4j.cli;

import java.util.ArrayList;
import java.util.List;

/** Columns of text. */
final class Table {

  private final String[] titles;
  private final boolean[] right;
  private final List<String[]> rows = new ArrayList<>();

  /**
   * Makes a table.
   *
   * @param titles a {@code >} in front of one puts its column to the right
   */
  Table(String... titles) {
    this.titles = new String[titles.length];
    this.right = new boolean[titles.length];
    for (int i = 0; i < titles.length; i++) {
      right[i] = titles[i].startsWith(">");
      this.titles[i] = right[i] ? titles[i].substring(1) : titles[i];
    }
    rows.add(this.titles);
  }

  void add(String... cells) {
    rows.add(cells);
  }

  /** Lines without those columns that are empty but for their titles. */
  List<String> lines() {
    int[] widths = new int[titles.length];
    for (int i = 0; i < widths.length; i++) {
      for (String[] row : rows.subList(1, rows.size())) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
      widths[i] = widths[i] == 0 ? 0 : Math.max(widths[i], titles[i].length());
    }
    List<String> lines = new ArrayList<>();
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        if (widths[i] > 0) {
          String blanks = " ".repeat(widths[i] - row[i].length());
          line.append(right[i] ? blanks + row[i] : row[i] + blanks).append("  ");
        }
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }
}
