package org.lowbit4j.examples.wordnet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.lowbit4j.OptimizerStateListener;
import org.lowbit4j.OptimizerStateReport;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;

/** One network in training with one optimizer, and what is noted on the way. */
final class TrainingRun {

  private static final int POINTS_PER_EPOCH = 20;

  /** Steps between two looks at the state. */
  private static final int LOOK = 10;

  private final UpdaterChoice choice;
  private final MultiLayerNetwork network;
  private final Stopwatch updates = new Stopwatch();
  private final Stopwatch steps = new Stopwatch();
  private double recentLoss = Double.NaN;
  private final List<Double> stepLosses = new ArrayList<>();
  private final List<Double> losses = new ArrayList<>();
  private final List<Double> lossCurve = new ArrayList<>();
  private final List<Double> accuracies = new ArrayList<>();
  private final List<Double> quantizationErrors = new ArrayList<>();

  TrainingRun(UpdaterChoice choice, WordNetOptions options) {
    this.choice = choice;
    network = WordNetNetwork.build(options, choice);
    network.setUpdater(new TimedUpdater(network, updates));
    network.setListeners(new OptimizerStateListener(LOOK).to(this::look));
  }

  /** Of the first moment of the largest block in 8 bits. */
  private void look(OptimizerStateReport report) {
    report.blocks().stream()
        .filter(block -> block.bits() == 8 && !block.moments().isEmpty())
        .max(Comparator.comparingLong(OptimizerStateReport.Block::parameters))
        .ifPresent(block -> quantizationErrors.add(block.moments().get(0).quantizationError()));
  }

  UpdaterChoice choice() {
    return choice;
  }

  MultiLayerNetwork network() {
    return network;
  }

  /** Trains on one batch. */
  void step(DataSet batch) {
    steps.time(() -> network.fit(batch));
    double loss = network.score();
    stepLosses.add(loss);
    recentLoss = Double.isNaN(recentLoss) ? loss : 0.95 * recentLoss + 0.05 * loss;
  }

  /** Running mean of the loss, for display. */
  double recentLoss() {
    return recentLoss;
  }

  /** Ends an epoch: counts it, sums up its losses, tests. */
  void endEpoch(GlossBatches testBatches) {
    network.incrementEpochCount();
    int steps = stepLosses.size();
    for (int point = 0; point < POINTS_PER_EPOCH; point++) {
      int from = steps * point / POINTS_PER_EPOCH;
      int to = steps * (point + 1) / POINTS_PER_EPOCH;
      lossCurve.add(mean(stepLosses.subList(from, Math.max(to, from + 1))));
    }
    losses.add(mean(stepLosses));
    stepLosses.clear();
    accuracies.add(Accuracy.of(network, testBatches));
  }

  /** Writes network and optimizer state and sums up. */
  RunResult finish(Path folder) throws IOException {
    INDArray state = network.getUpdater().getStateViewArray();
    int word = state.dataType().width();
    Path file = folder.resolve(choice.name().toLowerCase(Locale.ROOT) + ".zip");
    ModelSerializer.writeModel(network, file.toFile(), true);
    return new RunResult(
        choice,
        network.numParams(),
        state.length() * word,
        new Adam().stateSize(network.numParams()) * word,
        Files.size(file),
        List.copyOf(losses),
        List.copyOf(accuracies),
        List.copyOf(lossCurve),
        List.copyOf(quantizationErrors),
        updates.medianMillis(),
        steps.medianMillis());
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
  }
}
