package org.lowbit4j.examples.wordnet;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.nd4j.linalg.dataset.DataSet;

/** Trains one network per optimizer, all on the same batches, one batch after the other. */
final class WordNetTraining {

  private final WordNetOptions options;
  private final WordNetData data;
  private final List<TrainingRun> runs = new ArrayList<>();

  WordNetTraining(WordNetOptions options, WordNetData data) {
    this.options = options;
    this.data = data;
    for (UpdaterChoice choice : options.runs()) {
      runs.add(new TrainingRun(choice, options));
    }
  }

  /** Number of parameters of each network. */
  long parameters() {
    return runs.get(0).network().numParams();
  }

  /** Trains, tests and saves the networks, then checks resuming. */
  Comparison run(Baselines baselines) throws IOException {
    Files.createDirectories(options.out());
    Optional<ResumeCheck> resumeCheck = resumeCheck();
    train(resumeCheck);
    List<RunResult> results = new ArrayList<>();
    for (TrainingRun run : runs) {
      results.add(run.finish(options.out()));
    }
    Optional<ResumeCheck.Result> resumed = Optional.empty();
    if (resumeCheck.isPresent()) {
      resumed = Optional.of(resumeCheck.get().verify());
    }
    return new Comparison(baselines, results, resumed);
  }

  private void train(Optional<ResumeCheck> resumeCheck) throws IOException {
    int perEpoch = data.trainBatches().perEpoch();
    long steps = (long) perEpoch * options.epochs();
    try (Progress progress = new Progress(steps)) {
      for (long step = 0; step < steps; step++) {
        if (resumeCheck.isPresent()) {
          resumeCheck.get().observe(step);
        }
        DataSet batch = data.trainBatches().batch(step);
        runs.forEach(run -> run.step(batch));
        if ((step + 1) % perEpoch == 0) {
          runs.forEach(run -> run.endEpoch(data.testBatches()));
        }
        progress.step(message(step / perEpoch + 1));
      }
      if (resumeCheck.isPresent()) {
        resumeCheck.get().observe(steps);
      }
    }
  }

  private String message(long epoch) {
    return runs.stream()
        .map(run -> String.format(Locale.ROOT, "%.2f", run.recentLoss()))
        .collect(Collectors.joining(" ", "epoch " + epoch + "/" + options.epochs() + " loss ", ""));
  }

  /** Follows the first run with 8-bit state, if there is any. */
  private Optional<ResumeCheck> resumeCheck() {
    if (options.resumeCheck() == WordNetOptions.Switch.OFF) {
      return Optional.empty();
    }
    TrainingRun followed =
        runs.stream()
            .filter(run -> run.choice() != UpdaterChoice.ADAM)
            .findFirst()
            .orElse(runs.get(0));
    return Optional.of(
        new ResumeCheck(
            followed.network(),
            data.trainBatches(),
            options.epochs(),
            options.out().resolve("resume.zip")));
  }
}
