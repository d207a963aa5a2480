package org.lowbit4j.cli;

import java.io.PrintStream;

/** A bar on the terminal, for what takes longer than a second. */
final class Progress implements AutoCloseable {

  private static final long QUIET_NANOS = 1_000_000_000L;
  private static final long BETWEEN_NANOS = 100_000_000L;
  private static final int WIDTH = 40;

  private final String what;
  private final long total;
  private final PrintStream terminal;
  private final long start = System.nanoTime();
  private long last = start;
  private long done;
  private boolean shown;

  /**
   * Begins.
   *
   * @param total of the units of {@link #add}
   */
  Progress(String what, long total) {
    this(what, total, System.console() == null ? null : System.err);
  }

  /** The same; null for no terminal. */
  Progress(String what, long total, PrintStream terminal) {
    this.what = what;
    this.total = Math.max(1, total);
    this.terminal = terminal;
  }

  void add(long some) {
    done += some;
    long now = System.nanoTime();
    if (terminal != null && now - start > QUIET_NANOS && now - last > BETWEEN_NANOS) {
      last = now;
      show();
    }
  }

  private void show() {
    shown = true;
    int full = (int) (WIDTH * Math.min(done, total) / total);
    terminal.printf(
        "\r%s [%s%s] %d%%",
        what, "#".repeat(full), " ".repeat(WIDTH - full), 100 * Math.min(done, total) / total);
    terminal.flush();
  }

  @Override
  public void close() {
    if (shown) {
      terminal.print("\r" + " ".repeat(what.length() + WIDTH + 9) + "\r");
      terminal.flush();
    }
  }
}
