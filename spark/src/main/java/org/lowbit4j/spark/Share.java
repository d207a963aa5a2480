package org.lowbit4j.spark;

import java.io.Serializable;
import java.util.List;

/** The average of one part, as it comes to the driver. */
final class Share implements Serializable {

  private static final long serialVersionUID = 1;

  private final int owner;
  private final int workers;
  private final BatchResult total;
  private final int steps;
  private final byte[] values;
  private final byte[][] states;
  private final long valueBytes;
  private final long stateBytes;

  Share(
      int owner,
      int workers,
      BatchResult total,
      int steps,
      byte[] values,
      byte[][] states,
      long valueBytes,
      long stateBytes) {
    this.owner = owner;
    this.workers = workers;
    this.total = total;
    this.steps = steps;
    this.values = values;
    this.states = states;
    this.valueBytes = valueBytes;
    this.stateBytes = stateBytes;
  }

  /** Writes the average into the network, or a gradient into the array of its gradients. */
  void into(Replica replica, Plan plan, boolean gradient) {
    ArrayBytes.into(
        values, gradient ? replica.gradients() : replica.parameters(), plan.firstParameter(owner));
    List<Plan.Block> blocks = plan.blocksOf(owner);
    for (int i = 0; i < states.length; i++) {
      ArrayBytes.into(states[i], replica.state(), blocks.get(i).from());
    }
  }

  /** How many workers had batches. */
  int workers() {
    return workers;
  }

  /** Of all workers. */
  BatchResult total() {
    return total;
  }

  /** Of the worker that took most. */
  int steps() {
    return steps;
  }

  /** Bytes of parameters or gradients that workers sent of this part. */
  long valueBytes() {
    return valueBytes;
  }

  /** Bytes of packed state that workers sent of this part. */
  long stateBytes() {
    return stateBytes;
  }
}
