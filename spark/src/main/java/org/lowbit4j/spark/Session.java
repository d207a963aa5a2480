package org.lowbit4j.spark;

import java.util.List;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** A network and its data while they are on Spark. */
final class Session implements AutoCloseable {

  private final JavaSparkContext spark;
  private final Replica net;
  private final Batches batches;
  private final boolean gradients;
  private final Broadcast<Plan> plan;

  /**
   * Sends what workers have to know.
   *
   * @param gradients whether gradients are averaged, and not parameters
   */
  Session(JavaSparkContext spark, Replica net, Batches batches, boolean gradients) {
    this.spark = spark;
    this.net = net;
    this.batches = batches;
    this.gradients = gradients;
    this.plan = spark.broadcast(new Plan(net, batches.rdd().getNumPartitions()));
  }

  int workers() {
    return plan.value().workers();
  }

  int batches() {
    return batches.count();
  }

  /** Batches of the worker that has most. */
  int batchesPerWorker() {
    return (batches.count() + workers() - 1) / workers();
  }

  /**
   * Lets workers do their part of a round, and writes the averages into the network.
   *
   * @param first the number of a worker's first batch
   * @param count of its batches, or less where it has no more
   * @return the averages, by part
   */
  List<Share> round(int first, int count) {
    Broadcast<Weights> weights = spark.broadcast(new Weights(net, plan.value(), !gradients));
    try {
      WorkerTask work = new WorkerTask(plan, weights, gradients, first, count);
      AverageTask average = new AverageTask(plan, gradients, net.iterations() + count);
      List<Share> shares =
          JavaPairRDD.fromJavaRDD(batches.rdd().mapPartitionsWithIndex(work, false))
              .groupByKey(new HashPartitioner(workers()))
              .map(average)
              .collect();
      shares.forEach(share -> share.into(net, plan.value(), gradients));
      return shares;
    } finally {
      weights.destroy();
    }
  }

  @Override
  public void close() {
    plan.destroy();
  }
}
