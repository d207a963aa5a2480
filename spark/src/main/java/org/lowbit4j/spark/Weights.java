package org.lowbit4j.spark;

import java.io.Serializable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Parameters and packed state at the start of a round, as they are sent to all workers. */
final class Weights implements Serializable {

  private static final long serialVersionUID = 1;

  private final byte[][] parameters;
  private final byte[][] states;
  private final int iteration;
  private final int epoch;

  /**
   * Copies them from a network.
   *
   * @param withState whether workers take steps of their own
   */
  Weights(Replica replica, Plan plan, boolean withState) {
    parameters = new byte[plan.workers()][];
    INDArray array = replica.parameters();
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] = ArrayBytes.of(array, plan.firstParameter(i), plan.firstParameter(i + 1));
    }
    states = new byte[withState ? plan.blocks().size() : 0][];
    for (int i = 0; i < states.length; i++) {
      Plan.Block block = plan.blocks().get(i);
      states[i] = ArrayBytes.of(replica.state(), block.from(), block.to());
    }
    iteration = replica.iterations();
    epoch = replica.epochs();
  }

  int iteration() {
    return iteration;
  }

  /** Gives them to a network. */
  void into(Replica replica, Plan plan) {
    for (int i = 0; i < parameters.length; i++) {
      ArrayBytes.into(parameters[i], replica.parameters(), plan.firstParameter(i));
    }
    for (int i = 0; i < states.length; i++) {
      ArrayBytes.into(states[i], replica.state(), plan.blocks().get(i).from());
    }
    replica.setCounts(iteration, epoch);
  }
}
