package org.lowbit4j.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.nd4j.linalg.dataset.DataSet;

/** Trains one network per optimizer, all on the same batches, one batch after the other. */
final class WordNetTraining {

  private final WordNetOptions options;
  private final WordNetData data;
  private final List<TrainingRun> runs = new ArrayList<>();
  private final Optional<ResumeCheck> resumeCheck;

  WordNetTraining(WordNetOptions options, WordNetData data) {
    this.options = options;
    this.data = data;
    for (UpdaterChoice choice : options.runs()) {
      runs.add(new TrainingRun(choice, options));
    }
    resumeCheck =
        options.resumeCheck() == WordNetOptions.Switch.OFF
            ? Optional.empty()
            : Optional.of(
                new ResumeCheck(
                    options.out().resolve("resume.zip"), data.trainBatches(), options.epochs()));
  }

  /** Number of parameters of each network. */
  long parameters() {
    return runs.get(0).network().numParams();
  }

  /** Trains, tests and saves the networks, then checks resuming. */
  Comparison run(Baselines baselines) throws IOException {
    Files.createDirectories(options.out());
    int perEpoch = data.trainBatches().perEpoch();
    try (Progress progress = new Progress((long) perEpoch * options.epochs())) {
      for (int epoch = 0; epoch < options.epochs(); epoch++) {
        for (int step = 0; step < perEpoch; step++) {
          step((long) epoch * perEpoch + step);
          progress.step(epoch + 1, options.epochs(), runs);
        }
      }
    }
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

  private void step(long step) throws IOException {
    DataSet batch = data.trainBatches().batch(step);
    boolean endOfEpoch = (step + 1) % data.trainBatches().perEpoch() == 0;
    for (TrainingRun run : runs) {
      run.step(batch);
      if (endOfEpoch) {
        run.endEpoch(data.testBatches());
      }
      if (resumeCheck.isPresent() && run == resumable()) {
        resumeCheck.get().observe(run.network(), step + 1);
      }
    }
  }

  /** The run that the resume check follows: the first with 8-bit state, if there is any. */
  private TrainingRun resumable() {
    return runs.stream()
        .filter(run -> run.choice() != UpdaterChoice.ADAM)
        .findFirst()
        .orElse(runs.get(0));
  }
}
