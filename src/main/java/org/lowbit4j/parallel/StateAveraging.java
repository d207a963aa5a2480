package org.lowbit4j.parallel;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.deeplearning4j.parallelism.factory.DefaultTrainerContext;
import org.deeplearning4j.parallelism.trainer.Trainer;
import org.lowbit4j.check.Check;
import org.lowbit4j.dl4j.StateSlot;
import org.lowbit4j.memory.Pages;
import org.lowbit4j.paging.StatePager;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Lets DL4J's ParallelWrapper average the optimizer state of its workers as it does their
 * parameters, in 4, 8 and 32 bits, of this library's updaters and ND4J's.
 *
 * <pre>{@code
 * ParallelWrapper wrapper =
 *     StateAveraging.on(new ParallelWrapper.Builder<>(net).workers(4).averagingFrequency(5).build());
 * wrapper.fit(iterator);
 * }</pre>
 *
 * <p>ParallelWrapper itself averages the words of states as if they were numbers, and forgets the
 * state of the network after {@code fit}. With this, state is decoded, averaged and encoded; it
 * stays with the network, so that fitting twice is the same as fitting once, and training can be
 * resumed from a file, bit for bit. Workers begin together, so that two runs are the same. A worker
 * that fails ends {@code fit} with its exception.
 *
 * <p>Needs {@code org.deeplearning4j:deeplearning4j-parallel-wrapper} on the class path.
 */
public final class StateAveraging extends DefaultTrainerContext {

  private Workers workers;

  private StateAveraging() {}

  /**
   * Makes a wrapper average state.
   *
   * @param wrapper of a MultiLayerNetwork or ComputationGraph, in training mode AVERAGING, before
   *     its {@code fit}
   * @return the same wrapper
   * @throws IllegalArgumentException if it shares gradients, where replicas keep equal state and
   *     nothing is to be averaged
   */
  public static ParallelWrapper on(ParallelWrapper wrapper) {
    if (Check.notNull("wrapper", wrapper).getGradientsAccumulator() != null) {
      throw new IllegalArgumentException(
          "The wrapper shares gradients: its replicas keep equal state, and nothing is to be averaged. Use it as it is,"
              + " or build it with trainingMode(ParallelWrapper.TrainingMode.AVERAGING).");
    }
    wrapper.setTrainerContext(new StateAveraging());
    // By words; what is set above does it in their place.
    wrapper.setAverageUpdaters(false);
    return wrapper;
  }

  /**
   * DL4J calls it at the start of each {@code fit}, before it makes the trainers.
   *
   * @throws IllegalStateException if the network's state is paged, which takes a listener of the
   *     network's: DL4J replaces them all
   */
  @Override
  public void init(Model model, Object... args) {
    StateSlot<?> slot =
        model instanceof MultiLayerNetwork
            ? StateSlot.of((MultiLayerNetwork) model)
            : StateSlot.of((ComputationGraph) model);
    // A wrapper that was made in the meantime may have the listener by which the pager is found.
    INDArray state = slot.array();
    if (StatePager.of(slot) != null || state != null && Pages.of(state) != null) {
      throw new IllegalStateException(
          "ParallelWrapper cannot train a network whose state is paged: it replaces the network's listeners, and what pages"
              + " is one of them. Nothing was changed. Call PagedState.of(net).detach() before the wrapper is made.");
    }
    workers = null;
  }

  @Override
  public Trainer create(
      String uuid,
      int threadId,
      Model model,
      int rootDevice,
      boolean useMds,
      ParallelWrapper wrapper,
      WorkspaceMode mode,
      int averagingFrequency) {
    if (workers == null) {
      workers = new Workers(wrapper);
    }
    return new StateTrainer(workers, uuid, threadId, model, useMds, mode);
  }
}
