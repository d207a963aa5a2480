package org.lowbit4j.paging;

import org.lowbit4j.check.Check;
import org.lowbit4j.cuda.PinnedMemory;
import org.lowbit4j.memory.ArrayMemory;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;

/** Memory of the host that the GPU can reach. */
public final class PinnedStorage implements Storage {

  @Override
  public void requireBackend(OpExecutioner.ExecutionerType backend) {
    if (backend != OpExecutioner.ExecutionerType.CUDA) {
      throw new UnsupportedOperationException(
          String.format(
              "ND4J's backend is %s: the state is in memory of the host already. Use PagedState.onDisk(folder).",
              backend));
    }
  }

  @Override
  public void requireUsable(long budget) {
    Check.that(budget >= 0, "budget", budget, "0 or more");
  }

  @Override
  public ArrayMemory allocate(long bytes, long budget) {
    requireUsable(budget);
    return PinnedMemory.allocate(bytes);
  }

  @Override
  public boolean holds(INDArray array) {
    return PinnedMemory.of(array) != null;
  }

  @Override
  public String toString() {
    return "in pinned memory of the host";
  }
}
