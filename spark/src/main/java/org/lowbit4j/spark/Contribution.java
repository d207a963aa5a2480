package org.lowbit4j.spark;

import java.io.Serializable;
import java.util.List;

/** What a worker sends to the one that averages a part of parameters, or gradient, and state. */
final class Contribution implements Serializable {

  private static final long serialVersionUID = 1;

  private final int worker;
  private final BatchResult result;
  private final int steps;
  private final byte[] values;
  private final byte[][] states;

  Contribution(int worker, BatchResult result, int steps, byte[] values, byte[][] states) {
    this.worker = worker;
    this.result = result;
    this.steps = steps;
    this.values = values;
    this.states = states;
  }

  /**
   * The part that a worker averages, of a network that was trained, or whose gradient is there.
   *
   * @param steps that the worker took
   */
  static Contribution of(
      int worker,
      BatchResult result,
      int steps,
      Replica replica,
      boolean gradients,
      Plan plan,
      int owner) {
    byte[] values =
        ArrayBytes.of(
            gradients ? replica.gradients() : replica.parameters(),
            plan.firstParameter(owner),
            plan.firstParameter(owner + 1));
    List<Plan.Block> blocks = plan.blocksOf(owner);
    byte[][] states = new byte[gradients ? 0 : blocks.size()][];
    for (int i = 0; i < states.length; i++) {
      Plan.Block block = blocks.get(i);
      states[i] = ArrayBytes.of(replica.state(), block.from(), block.to());
    }
    return new Contribution(worker, result, steps, values, states);
  }

  int worker() {
    return worker;
  }

  BatchResult result() {
    return result;
  }

  /** What the worker's count of steps grew by; truncated backpropagation takes several a batch. */
  int steps() {
    return steps;
  }

  byte[] values() {
    return values;
  }

  /** By updater block of the part. */
  byte[][] states() {
    return states;
  }

  long stateBytes() {
    long bytes = 0;
    for (byte[] state : states) {
      bytes += state.length;
    }
    return bytes;
  }
}
