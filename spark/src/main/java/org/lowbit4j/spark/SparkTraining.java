package org.lowbit4j.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.lowbit4j.check.Check;
import org.lowbit4j.memory.Pages;
import org.lowbit4j.paging.StatePager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Training of a network on Apache Spark, in rounds: what the network has is sent to all workers,
 * these do their part, and what they send is averaged in the order of workers, each part of it in
 * another place. The result depends on data, order and number of workers alone: not on how many
 * executors there are, which ends first, or which are lost on the way.
 *
 * <p>The data must be the same whenever Spark makes a partition of it again, in the same order: no
 * {@code repartition}, and no random numbers without a seed. An element of it is one batch. Results
 * are repeatable where ND4J's are, with {@code OMP_NUM_THREADS=1}.
 *
 * <p>If a round fails, the network is as it was before that round. Not for two threads with one
 * network.
 */
public abstract class SparkTraining {

  private final TrainingBuilder<?> settings;
  private final String averaged;
  private final int frequency;

  /** Where the next {@code fit} begins; null for at the start. */
  private TrainingCheckpoint resumed;

  SparkTraining(TrainingBuilder<?> settings, String averaged, int frequency) {
    this.settings = settings;
    this.averaged = averaged;
    this.frequency = frequency;
  }

  abstract boolean averagesGradients();

  /** Refuses a network that cannot be trained in this way. */
  abstract void check(Replica net);

  /** Does what is left to do when averages are in the network. */
  abstract void finish(Replica net, Share share);

  /**
   * Trains a network.
   *
   * @param net after {@code init()}
   * @param batches one batch per element
   * @param epochs how many times to go through them, 1 or more
   * @throws IllegalArgumentException if there is no batch, or the network or checkpoint does not
   *     fit
   * @throws IllegalStateException if the state is paged
   * @throws UncheckedIOException if a checkpoint cannot be written
   */
  public void fit(MultiLayerNetwork net, JavaRDD<DataSet> batches, int epochs) {
    Replica replica = checked(net, epochs);
    train(replica, Batches.deal(batches, NetworkReplica::pack, workers(batches)), batches, epochs);
  }

  /**
   * Trains a graph with one input and one output.
   *
   * @param net after {@code init()}
   * @param batches one batch per element
   * @param epochs how many times to go through them, 1 or more
   * @throws IllegalArgumentException if there is no batch, or the network or checkpoint does not
   *     fit
   * @throws IllegalStateException if the state is paged
   * @throws UncheckedIOException if a checkpoint cannot be written
   */
  public void fit(ComputationGraph net, JavaRDD<DataSet> batches, int epochs) {
    fitMultiDataSet(net, batches.map(DataSet::toMultiDataSet), epochs);
  }

  /**
   * Trains a graph with any number of inputs and outputs.
   *
   * @param net after {@code init()}
   * @param batches one batch per element
   * @param epochs how many times to go through them, 1 or more
   * @throws IllegalArgumentException if there is no batch, or the network or checkpoint does not
   *     fit
   * @throws IllegalStateException if the state is paged
   * @throws UncheckedIOException if a checkpoint cannot be written
   */
  public void fitMultiDataSet(ComputationGraph net, JavaRDD<MultiDataSet> batches, int epochs) {
    Replica replica = checked(net, epochs);
    train(replica, Batches.deal(batches, GraphReplica::pack, workers(batches)), batches, epochs);
  }

  /**
   * Lets the next {@code fit} begin where a checkpoint was written, with its network, the same data
   * and the same settings; then all goes on as if nothing had been interrupted, bit for bit. The
   * rest of the checkpoint's epoch counts as the first epoch.
   *
   * @param checkpoint of a training like this
   * @throws IllegalArgumentException if it was written with other settings
   */
  public void resume(TrainingCheckpoint checkpoint) {
    checkpoint.requireSettings(averaged, frequency);
    resumed = checkpoint;
  }

  private Replica checked(org.deeplearning4j.nn.api.Model model, int epochs) {
    Check.notNull("net", model);
    Check.that(epochs > 0, "epochs", epochs, "1 or more");
    Replica net = Replica.of(model);
    if (net.parameters() == null || net.parameters().length() == 0) {
      throw new IllegalArgumentException("The network has no parameters; call init() first.");
    }
    INDArray state = net.state();
    if (StatePager.of(net.slot()) != null || state != null && Pages.of(state) != null) {
      throw new IllegalStateException(
          "The network's state is paged: it would be read as a whole for each averaging. Nothing was changed."
              + " Call PagedState.of(net).detach() first.");
    }
    check(net);
    requireFolder(net);
    net.prepare();
    return net;
  }

  private void requireFolder(Replica net) {
    try {
      if (settings.folder() != null) {
        TrainingCheckpoint.requireNoneAfter(settings.folder(), net.iterations());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Checkpoints cannot be written to " + settings.folder() + ": " + e, e);
    }
  }

  private int workers(JavaRDD<?> batches) {
    int partitions = batches.getNumPartitions();
    return settings.workers() > 0 ? settings.workers() : Math.max(1, partitions);
  }

  private void train(Replica net, Batches batches, JavaRDD<?> source, int epochs) {
    try (batches) {
      Check.that(batches.count() > 0, "the number of batches", batches.count(), "1 or more");
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(source.context());
      try (Session session = new Session(spark, net, batches, averagesGradients())) {
        int first = firstRound(net, session);
        for (int epoch = 0; epoch < epochs; epoch++) {
          trainEpoch(session, net, first);
          first = 0;
        }
      }
    }
  }

  private int firstRound(Replica net, Session session) {
    if (resumed == null) {
      return 0;
    }
    resumed.requireFit(net, session.batches(), session.workers());
    int round = resumed.round();
    resumed = null;
    return round;
  }

  private void trainEpoch(Session session, Replica net, int first) {
    int rounds = (session.batchesPerWorker() + frequency - 1) / frequency;
    for (int round = first; round < rounds; round++) {
      int epoch = net.epochs();
      int steps = Math.min(frequency, session.batchesPerWorker() - round * frequency);
      List<Share> shares = session.round(round * frequency, steps);
      Share any = shares.get(0);
      finish(net, any);
      net.setScore(any.total().meanLoss());
      boolean last = round + 1 == rounds;
      if (last) {
        net.incrementEpochCount();
      }
      save(session, net, last ? 0 : round + 1);
      settings.listener().accept(new Round(epoch, round + 1, rounds, net.iterations(), shares));
    }
  }

  private void save(Session session, Replica net, int round) {
    if (settings.folder() == null || round % settings.everyRounds() != 0) {
      return;
    }
    try {
      TrainingCheckpoint.write(
          settings.folder(), net, averaged, frequency, session.workers(), session.batches(), round);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The checkpoint was not written, training ends: " + e.getMessage(), e);
    }
  }
}
