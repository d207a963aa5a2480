package org.lowbit4j.parallel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.lowbit4j.StateAverage;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The workers of one {@code fit}. All methods but {@link #isReady} are the main thread's. */
final class Workers {

  private final ParallelWrapper wrapper;
  private final CountDownLatch starting;

  /** Those that were given data in this round; ParallelWrapper averages the parameters of these. */
  private final List<StateTrainer> fed = new ArrayList<>();

  private StateAverage average;

  Workers(ParallelWrapper wrapper) {
    this.wrapper = wrapper;
    this.starting = new CountDownLatch(wrapper.getWorkers());
  }

  ParallelWrapper wrapper() {
    return wrapper;
  }

  /** A worker has its replica, or failed. */
  void isReady() {
    starting.countDown();
  }

  /**
   * Notes that a worker is given data, when all workers have their replicas: the first one trains
   * the network itself, of which the others make copies.
   */
  void feed(StateTrainer trainer) throws InterruptedException {
    starting.await();
    if (trainer.isFirst()) {
      fed.clear();
    }
    fed.add(trainer);
  }

  /** Whether ParallelWrapper averages parameters after this round. */
  boolean isAveraging() {
    return wrapper.getIterationsCounter().get() % wrapper.getAveragingFrequency() == 0;
  }

  /** Averages the states of the workers of this round, which wait. */
  void average() {
    List<INDArray> states = new ArrayList<>();
    for (StateTrainer trainer : fed) {
      INDArray state = state(trainer.getModel());
      if (state != null) {
        states.add(state);
      }
    }
    if (states.size() < 2) {
      return;
    }
    Model first = fed.get(0).getModel();
    if (average == null) {
      average = average(first);
    }
    states.forEach(average::add);
    average.into(states.get(0), iteration(first));
    states.subList(1, states.size()).forEach(state -> state.assign(states.get(0)));
    average.clear();
  }

  private static StateAverage average(Model model) {
    return model instanceof MultiLayerNetwork
        ? StateAverage.of((MultiLayerNetwork) model)
        : StateAverage.of((ComputationGraph) model);
  }

  /** Saved with the network, so that training that was resumed goes on alike. */
  private static int iteration(Model model) {
    return model instanceof MultiLayerNetwork
        ? ((MultiLayerNetwork) model).getIterationCount()
        : ((ComputationGraph) model).getIterationCount();
  }

  static INDArray state(Model model) {
    return model instanceof MultiLayerNetwork
        ? ((MultiLayerNetwork) model).getUpdater().getStateViewArray()
        : ((ComputationGraph) model).getUpdater().getStateViewArray();
  }
}
