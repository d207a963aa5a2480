package org.lowbit4j.parallel;

import java.util.List;
import org.deeplearning4j.earlystopping.EarlyStoppingConfiguration;
import org.deeplearning4j.earlystopping.EarlyStoppingResult;
import org.deeplearning4j.earlystopping.termination.IterationTerminationCondition;
import org.deeplearning4j.earlystopping.trainer.BaseEarlyStoppingTrainer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.SingletonMultiDataSetIterator;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/**
 * DL4J's early stopping with a ParallelWrapper whose state is averaged by {@link StateAveraging},
 * in the place of DL4J's {@code EarlyStoppingParallelTrainer}, which makes a wrapper of its own and
 * averages words.
 *
 * <pre>{@code
 * ParallelWrapper wrapper =
 *     StateAveraging.on(new ParallelWrapper.Builder<>(net).workers(4).averagingFrequency(5).build());
 * EarlyStoppingResult<MultiLayerNetwork> result =
 *     new EarlyStoppingAveragingTrainer<>(config, wrapper, net, iterator).fit();
 * }</pre>
 *
 * <p>An epoch is one {@code fit} of the wrapper. Conditions of iterations are asked after each step
 * of each worker, and end the epoch before the next round; a worker that fails ends training with
 * {@code TerminationReason.Error} and its message, and what was best until then. Results and models
 * saved are as with {@code EarlyStoppingTrainer}. Listeners of training are those of the wrapper,
 * which replaces the network's.
 *
 * @param <T> MultiLayerNetwork or ComputationGraph
 */
public final class EarlyStoppingAveragingTrainer<T extends Model>
    extends BaseEarlyStoppingTrainer<T> {

  private final ParallelWrapper wrapper;
  private final DataSetIterator data;
  private final MultiDataSetIterator multiData;
  private final Conditions conditions = new Conditions();

  /** The score by which a condition ended an epoch; null if none did. */
  private Double last;

  /** Of the wrapper; null if it did not fail. */
  private RuntimeException failure;

  /**
   * Trains by data sets.
   *
   * @param config when to stop, how to score and where to save
   * @param wrapper what {@link StateAveraging#on} returned, of this network
   * @param model the network
   * @param data an epoch; can be reset
   * @throws IllegalArgumentException if the wrapper does not average state, or is another network's
   */
  public EarlyStoppingAveragingTrainer(
      EarlyStoppingConfiguration<T> config,
      ParallelWrapper wrapper,
      T model,
      DataSetIterator data) {
    this(config, wrapper, model, data, null);
  }

  /**
   * Trains by sets of several inputs or outputs.
   *
   * @param config when to stop, how to score and where to save
   * @param wrapper what {@link StateAveraging#on} returned, of this network
   * @param model the network
   * @param data an epoch; can be reset
   * @throws IllegalArgumentException if the wrapper does not average state, or is another network's
   */
  public EarlyStoppingAveragingTrainer(
      EarlyStoppingConfiguration<T> config,
      ParallelWrapper wrapper,
      T model,
      MultiDataSetIterator data) {
    this(config, wrapper, model, null, data);
  }

  private EarlyStoppingAveragingTrainer(
      EarlyStoppingConfiguration<T> config,
      ParallelWrapper wrapper,
      T model,
      DataSetIterator data,
      MultiDataSetIterator multiData) {
    // DL4J's loop goes through sets; what it is given is one set for each epoch.
    super(config, model, null, new SingletonMultiDataSetIterator(epoch()), null);
    if (!(wrapper.getTrainerContext() instanceof StateAveraging)) {
      throw new IllegalArgumentException(
          "The wrapper averages words of optimizer state. Write StateAveraging.on(wrapper) first.");
    }
    if (wrapper.getModel() != model) {
      throw new IllegalArgumentException(
          "The wrapper trains another network than the one given. Build it with this one.");
    }
    this.wrapper = wrapper;
    this.data = data;
    this.multiData = multiData;
  }

  private static MultiDataSet epoch() {
    INDArray nothing = Nd4j.zeros(1, 1);
    return new org.nd4j.linalg.dataset.MultiDataSet(nothing, nothing);
  }

  /**
   * Trains until a condition ends it.
   *
   * @return why and when it ended, the scores and the best network
   * @throws RuntimeException of the worker that failed before there was a best network
   */
  @Override
  public EarlyStoppingResult<T> fit() {
    failure = null;
    try {
      return super.fit();
    } catch (RuntimeException e) {
      // DL4J looks for the best network even if there is none, in memory or in a file.
      throw failure == null ? e : failure;
    }
  }

  /**
   * Is refused: ParallelWrapper does not pretrain.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public EarlyStoppingResult<T> pretrain() {
    throw new UnsupportedOperationException(
        "ParallelWrapper does not pretrain. Pretrain the network first, with its own pretrain.");
  }

  @Override
  protected void fit(MultiDataSet epoch) {
    last = null;
    // Only while it trains: the wrapper may serve another trainer, or train by itself, afterwards.
    wrapper.getListeners().add(conditions);
    try {
      if (data != null) {
        wrapper.fit(data);
      } else {
        wrapper.fit(multiData);
      }
    } catch (RuntimeException e) {
      failure = e;
      throw e;
    } finally {
      wrapper.getListeners().remove(conditions);
    }
    if (last != null) {
      // DL4J's loop asks the conditions again, of this.
      setScore(last);
    }
  }

  @Override
  protected void fit(DataSet data) {
    throw new UnsupportedOperationException("Epochs are trained as a whole.");
  }

  @Override
  protected void pretrain(DataSet data) {
    throw new UnsupportedOperationException("ParallelWrapper does not pretrain.");
  }

  @Override
  protected void pretrain(MultiDataSet data) {
    throw new UnsupportedOperationException("ParallelWrapper does not pretrain.");
  }

  @Override
  protected void reset() {
    super.reset();
    if (data != null) {
      data.reset();
    } else if (multiData != null) {
      multiData.reset();
    }
  }

  private void setScore(double score) {
    if (model instanceof MultiLayerNetwork) {
      ((MultiLayerNetwork) model).setScore(score);
    } else {
      ((ComputationGraph) model).setScore(score);
    }
  }

  /** Called by all workers. */
  private final class Conditions extends BaseTrainingListener {
    @Override
    public synchronized void iterationDone(Model worker, int iteration, int epoch) {
      List<IterationTerminationCondition> conditions = esConfig.getIterationTerminationConditions();
      if (conditions == null || last != null) {
        return;
      }
      double score = worker.score();
      for (IterationTerminationCondition condition : conditions) {
        if (condition.terminate(score)) {
          last = score;
          wrapper.stopFit();
          return;
        }
      }
    }
  }
}
