package org.lowbit4j.examples.wordnet;

import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows how training goes on, on the error stream: a bar that moves on a terminal, a line now and
 * then in a log.
 */
public final class Progress implements AutoCloseable {

  private static final int LOG_WIDTH = 110;

  private final ProgressBar bar;
  private String lastLine = "";

  /**
   * Starts a bar.
   *
   * @param steps how often it will be told to step
   */
  public Progress(long steps) {
    boolean terminal = System.console() != null;
    ProgressBarBuilder builder =
        new ProgressBarBuilder()
            .setTaskName("Training")
            .setInitialMax(steps)
            .setStyle(terminal ? ProgressBarStyle.UNICODE_BLOCK : ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(terminal ? 500 : 10_000);
    if (!terminal) {
      builder.setConsumer(new DelegatingProgressBarConsumer(this::printOnce, LOG_WIDTH));
    }
    bar = builder.build();
  }

  /**
   * Counts one step.
   *
   * @param message what to show beside the bar
   */
  public void step(String message) {
    bar.setExtraMessage(message);
    bar.step();
  }

  @Override
  public void close() {
    bar.close();
  }

  /** The bar repeats its last line when it closes. */
  private void printOnce(String line) {
    if (!line.equals(lastLine)) {
      System.err.println(line);
      lastLine = line;
    }
  }
}
