package org.lowbit4j;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.lowbit4j.check.Check;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches optimizer state while a network trains: every so many iterations a {@link
 * OptimizerStateReport} to the log (level INFO), to a CSV file, or to whoever wants it.
 *
 * <pre>{@code
 * net.setListeners(new OptimizerStateListener().toCsv(Path.of("state.csv")));
 * }</pre>
 *
 * <p>A look reads all codes once, which takes about as long as a step of the updater. DL4J's
 * StatsListener has fixed series, to which others cannot add; learning rates are among them.
 */
public final class OptimizerStateListener extends BaseTrainingListener {

  /** Iterations from one report to the next. */
  public static final int DEFAULT_FREQUENCY = 100;

  private static final String HEADER =
      "iteration,epoch,score,layers,updater,bits,parameters,stateBytes,skipped,clipped,stepMillis,"
          + "moment,rms,quantizationError,saturated";

  private static final Logger LOG = LoggerFactory.getLogger(OptimizerStateListener.class);

  private final int frequency;
  private final List<Consumer<OptimizerStateReport>> consumers = new ArrayList<>();

  /** Null unless there is a file. */
  private Path csv;

  /** Makes a listener that reports every {@value #DEFAULT_FREQUENCY} iterations. */
  public OptimizerStateListener() {
    this(DEFAULT_FREQUENCY);
  }

  /**
   * Makes a listener.
   *
   * @param frequency iterations from one report to the next, 1 or more
   * @throws IllegalArgumentException if it is not
   */
  public OptimizerStateListener(int frequency) {
    Check.that(frequency >= 1, "frequency", frequency, "1 or more");
    this.frequency = frequency;
  }

  /**
   * Writes reports to a file as well, a line for each updater block and moment.
   *
   * @param file made anew
   * @return this
   * @throws UncheckedIOException if it cannot be written
   */
  public OptimizerStateListener toCsv(Path file) {
    csv = file;
    write(List.of(HEADER), StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
    return this;
  }

  /**
   * Hands reports to whoever wants them, on the thread that trains.
   *
   * @param consumer takes them; what it throws ends the training
   * @return this
   */
  public OptimizerStateListener to(Consumer<OptimizerStateReport> consumer) {
    consumers.add(consumer);
    return this;
  }

  @Override
  public void iterationDone(Model model, int iteration, int epoch) {
    boolean isNetwork = model instanceof MultiLayerNetwork || model instanceof ComputationGraph;
    if (iteration % frequency != 0 || !isNetwork) {
      return; // Layerwise pretraining tells of layers.
    }
    OptimizerStateReport report =
        model instanceof MultiLayerNetwork
            ? OptimizerStateReport.of((MultiLayerNetwork) model)
            : OptimizerStateReport.of((ComputationGraph) model);
    LOG.info("{}", report);
    if (csv != null) {
      write(lines(report, model.score()), StandardOpenOption.APPEND);
    }
    consumers.forEach(consumer -> consumer.accept(report));
  }

  private static List<String> lines(OptimizerStateReport report, double score) {
    List<String> lines = new ArrayList<>();
    for (OptimizerStateReport.Block block : report.blocks()) {
      String start =
          String.format(
              Locale.ROOT,
              "%d,%d,%s,%s,%s,%d,%d,%d,%d,%d,%.4f",
              report.iteration(),
              report.epoch(),
              score,
              quoted(block.name()),
              block.updater(),
              block.bits(),
              block.parameters(),
              block.stateBytes(),
              block.skipped(),
              block.clipped(),
              block.stepMillis());
      if (block.moments().isEmpty()) {
        lines.add(start + ",,,,");
      }
      for (OptimizerStateReport.Moment m : block.moments()) {
        lines.add(
            String.join(
                ",",
                start,
                m.name(),
                "" + m.rms(),
                "" + m.quantizationError(),
                "" + m.saturated()));
      }
    }
    return lines;
  }

  /** Layers may have commas in their names (RFC 4180). */
  private static String quoted(String name) {
    return name.matches("(?s).*[,\"\r\n].*") ? '"' + name.replace("\"", "\"\"") + '"' : name;
  }

  private void write(List<String> lines, StandardOpenOption... options) {
    try {
      Files.write(csv, lines, options);
    } catch (IOException e) {
      throw new UncheckedIOException(String.format("The file %s cannot be written.", csv), e);
    }
  }
}
