package org.lowbit4j.spark.wordnet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntSupplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.lowbit4j.examples.wordnet.Accuracy;
import org.lowbit4j.examples.wordnet.Progress;
import org.lowbit4j.examples.wordnet.UpdaterChoice;
import org.lowbit4j.examples.wordnet.WordNetNetwork;
import org.lowbit4j.examples.wordnet.WordNetOptions;
import org.lowbit4j.spark.GradientAveraging;
import org.lowbit4j.spark.ParameterAveraging;
import org.lowbit4j.spark.Round;
import org.lowbit4j.spark.SparkTraining;
import org.lowbit4j.spark.TrainingBuilder;
import org.lowbit4j.spark.TrainingCheckpoint;

/** One network in training with one optimizer. */
final class SparkRun {

  private final JavaSparkContext spark;
  private final Traffic traffic;
  private final SparkOptions options;
  private final WordNetOptions job;
  private final UpdaterChoice choice;
  private final Path folder;
  private int rounds;
  private int crash;
  private IntSupplier exitCode;
  private double loss;
  private long examples;

  /**
   * What came of it.
   *
   * @param stateBytes of the optimizer state in memory
   * @param checkpointBytes of the last checkpoint
   * @param loss mean over the examples of the last epoch, of the part that this JVM trained
   * @param accuracy on the test glosses
   * @param rounds that this JVM trained
   * @param bytes that Spark sent in these rounds
   * @param seconds of these rounds
   * @param fingerprint of parameters and state
   */
  record Result(
      UpdaterChoice choice,
      long stateBytes,
      long checkpointBytes,
      double loss,
      double accuracy,
      int rounds,
      Traffic.Bytes bytes,
      double seconds,
      String fingerprint) {}

  SparkRun(
      JavaSparkContext spark,
      Traffic traffic,
      SparkOptions options,
      WordNetOptions job,
      UpdaterChoice choice) {
    this.spark = spark;
    this.traffic = traffic;
    this.options = options;
    this.job = job;
    this.choice = choice;
    this.folder = options.out.resolve(choice.name().toLowerCase(Locale.ROOT));
  }

  /** Lets the JVM end after so many rounds, as in a crash. */
  SparkRun crashAfter(int rounds, IntSupplier exitCode) {
    crash = rounds;
    this.exitCode = exitCode;
    return this;
  }

  Result train() throws IOException {
    String[] args = options.job();
    int batches = EpochBatches.data(args).trainBatches().perEpoch();
    int perWorker = (batches + options.workers - 1) / options.workers;
    int frequency = options.average == SparkOptions.Average.GRADIENTS ? 1 : options.frequency;
    int perEpoch = (perWorker + frequency - 1) / frequency;
    try (Progress progress = new Progress((long) perEpoch * job.epochs())) {
      SparkTraining training = training(progress);
      MultiLayerNetwork net = start(training);
      for (int i = 0; i < net.getEpochCount() * perEpoch; i++) {
        progress.step("done before");
      }
      traffic.settle(spark);
      long start = System.nanoTime();
      while (net.getEpochCount() < job.epochs()) {
        loss = examples = 0;
        training.fit(net, EpochBatches.rdd(spark, args, net.getEpochCount(), options.workers), 1);
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      return result(net, seconds);
    }
  }

  private SparkTraining training(Progress progress) {
    return options.average == SparkOptions.Average.GRADIENTS
        ? with(GradientAveraging.builder(), progress).build()
        : with(ParameterAveraging.builder(), progress)
            .averagingFrequency(options.frequency)
            .build();
  }

  private <B extends TrainingBuilder<B>> B with(B builder, Progress progress) {
    return builder
        .workers(options.workers)
        .checkpoints(folder, options.checkpointEvery)
        .listener(round -> listen(round, progress));
  }

  private void listen(Round round, Progress progress) {
    loss += round.loss() * round.examples();
    examples += round.examples();
    rounds++;
    progress.step(
        String.format(
            Locale.ROOT,
            "%s epoch %d/%d loss %.2f",
            choice.label(),
            round.epoch() + 1,
            job.epochs(),
            loss / examples));
    if (rounds == crash) {
      System.err.println("Halted after round " + rounds);
      Runtime.getRuntime().halt(exitCode.getAsInt());
    }
  }

  private MultiLayerNetwork start(SparkTraining training) throws IOException {
    Optional<TrainingCheckpoint> last = TrainingCheckpoint.latest(folder);
    if (last.isEmpty() || !options.resume) {
      if (Files.isDirectory(folder)) {
        try (var old = Files.newDirectoryStream(folder, "step-*.zip")) {
          for (Path file : old) {
            Files.delete(file);
          }
        }
      }
      return WordNetNetwork.build(job, choice);
    }
    MultiLayerNetwork net = last.get().network();
    if (net.getEpochCount() < job.epochs()) {
      training.resume(last.get());
    }
    return net;
  }

  private Result result(MultiLayerNetwork net, double seconds) throws IOException {
    TrainingCheckpoint last = TrainingCheckpoint.latest(folder).orElseThrow();
    var state = net.getUpdater().getStateViewArray();
    return new Result(
        choice,
        state.length() * state.dataType().width(),
        Files.size(last.file()),
        loss / examples,
        Accuracy.of(net, EpochBatches.data(options.job()).testBatches()),
        rounds,
        traffic.settle(spark),
        seconds,
        last.fingerprint());
  }
}
