package org.lowbit4j.examples.wordnet;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows how training goes on, on the error stream: a bar that moves on a terminal, a line now and
 * then in a log.
 */
final class Progress implements AutoCloseable {

  private static final int LOG_WIDTH = 110;

  private final ProgressBar bar;
  private String lastLine = "";

  Progress(long steps) {
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

  /** Counts one step of all runs. */
  void step(long epoch, int epochs, List<TrainingRun> runs) {
    bar.setExtraMessage(
        runs.stream()
            .map(run -> String.format(Locale.ROOT, "%.2f", run.recentLoss()))
            .collect(Collectors.joining(" ", "epoch " + epoch + "/" + epochs + " loss ", "")));
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
