package org.lowbit4j.paging;

import org.lowbit4j.memory.ArrayMemory;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;

/** Where state can be moved to. */
public interface Storage {

  /**
   * Checks that arrays in this can be used.
   *
   * @param backend ND4J's
   * @throws UnsupportedOperationException if it is of another kind
   */
  void requireBackend(OpExecutioner.ExecutionerType backend);

  /**
   * What {@link #allocate} checks, as far as the size does not matter.
   *
   * @param budget as for {@link #allocate}
   */
  void requireUsable(long budget);

  /**
   * Takes memory.
   *
   * @param bytes how much
   * @param budget how many of them a step may have where they would have been
   * @return memory of zeros
   */
  ArrayMemory allocate(long bytes, long budget);

  /** Whether an array lies in what this allocates. */
  boolean holds(INDArray array);
}
