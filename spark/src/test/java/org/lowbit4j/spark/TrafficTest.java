package org.lowbit4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.examples.scale.Scale;
import org.lowbit4j.examples.scale.ShardedTraining;
import org.lowbit4j.spark.wordnet.Traffic;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;

/** What Spark says it sent is what docs/scale.md computes, and what the simulation there counts. */
class TrafficTest {

  private static final int WORKERS = 2;
  private static final int ROUNDS = 4;

  @Test
  void averagingsSendWhatTheFormulasSay() {
    for (IUpdater updater : List.of(new Adam(1e-3), new Adam8bit(1e-3))) {
      MultiLayerNetwork net = ShardedTraining.example(updater);
      Traffic.Bytes bytes =
          measured(
              ParameterAveraging.builder().workers(WORKERS).averagingFrequency(1).build(), net);
      long parameters = net.numParams();
      double state = 4.0 * net.getUpdater().getStateViewArray().length();
      double once = Scale.sentByWorker(parameters, state);
      assertThat((double) bytes.shuffle() / ROUNDS).isCloseTo(WORKERS * once, withPercentage(2));
      assertThat((double) bytes.results() / ROUNDS).isCloseTo(once, withPercentage(2));
      assertThat((double) bytes.broadcast() / ROUNDS).isCloseTo(once, withPercentage(4));
    }
  }

  /** Gradients to owners; parameters to the driver, and from there to both. */
  @Test
  void gradientsAreWhatTheSimulationCounts() {
    Traffic.Bytes bytes =
        measured(GradientAveraging.builder().workers(WORKERS).build(), ShardedTraining.example());
    ShardedTraining simulation = new ShardedTraining(ShardedTraining::example, WORKERS);
    for (int step = 0; step < ROUNDS; step++) {
      simulation.step(
          List.of(ShardedTraining.batch(2 * step), ShardedTraining.batch(2 * step + 1)));
    }
    double toOthers = (double) bytes.shuffle() * (WORKERS - 1) / WORKERS;
    assertThat(toOthers).isCloseTo(simulation.gradientBytes(), withPercentage(2));
    // An owner in the simulation has its own part already, of two workers a half.
    assertThat((double) bytes.broadcast())
        .isCloseTo(simulation.parameterBytes(), withPercentage(4));
    assertThat((double) bytes.results()).isCloseTo(simulation.parameterBytes(), withPercentage(2));
  }

  private static Traffic.Bytes measured(SparkTraining training, MultiLayerNetwork net) {
    JavaSparkContext spark = LocalSpark.context();
    Traffic traffic = new Traffic();
    spark.sc().addSparkListener(traffic);
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < WORKERS * ROUNDS; i++) {
      numbers.add(i);
    }
    var batches = spark.parallelize(numbers, WORKERS).map(ShardedTraining::batch).cache();
    traffic.settle(spark);
    training.fit(net, batches, 1);
    Traffic.Bytes all = traffic.settle(spark);
    Traffic.Bytes dealt = dealing(spark, traffic, batches);
    spark.sc().removeSparkListener(traffic);
    return new Traffic.Bytes(
        all.shuffle() - dealt.shuffle(),
        all.results() - dealt.results(),
        all.broadcast() - dealt.broadcast());
  }

  /** What dealing out the batches takes, once for all rounds. */
  private static Traffic.Bytes dealing(
      JavaSparkContext spark,
      Traffic traffic,
      org.apache.spark.api.java.JavaRDD<org.nd4j.linalg.dataset.DataSet> batches) {
    Batches.deal(batches, NetworkReplica::pack, WORKERS).close();
    return traffic.settle(spark);
  }
}
