package org.lowbit4j;

import java.nio.file.Path;
import org.lowbit4j.check.Check;
import org.lowbit4j.cuda.PinnedMemory;
import org.lowbit4j.memory.ArrayMemory;
import org.lowbit4j.memory.Pages;
import org.lowbit4j.paging.PageFile;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;

/** A place for state: that of {@link PagedState#onDisk} or {@link PagedState#inHostMemory}. */
public abstract class PagedStorage {

  PagedStorage() {}

  abstract void requireBackend(OpExecutioner.ExecutionerType backend);

  /** What {@link #allocate} checks, as far as the size does not matter. */
  abstract void requireUsable(long budget);

  abstract ArrayMemory allocate(long bytes, long budget);

  /** Whether an array lies in what this allocates. */
  abstract boolean holds(INDArray array);

  static final class Disk extends PagedStorage {

    private final Path folder;

    Disk(Path folder) {
      this.folder = folder;
    }

    @Override
    void requireBackend(OpExecutioner.ExecutionerType backend) {
      if (backend == OpExecutioner.ExecutionerType.CUDA) {
        throw new UnsupportedOperationException(
            "ND4J's CUDA backend has no arrays over mapped files, and pinning a file's pages would keep all of it in"
                + " memory. Use PagedState.inHostMemory().");
      }
    }

    @Override
    void requireUsable(long budget) {
      PageFile.requireUsable(folder, budget);
    }

    @Override
    ArrayMemory allocate(long bytes, long budget) {
      return PageFile.create(folder, bytes, budget);
    }

    @Override
    boolean holds(INDArray array) {
      return Pages.of(array) != null;
    }

    @Override
    public String toString() {
      return "in " + folder;
    }
  }

  /** Pinned memory of the host: {@link PagedState#inHostMemory}. */
  public static final class HostMemory extends PagedStorage {

    HostMemory() {}

    @Override
    void requireBackend(OpExecutioner.ExecutionerType backend) {
      if (backend != OpExecutioner.ExecutionerType.CUDA) {
        throw new UnsupportedOperationException(
            "ND4J's backend is "
                + backend
                + ": the state is in memory of the host already. Use PagedState.onDisk(folder).");
      }
    }

    @Override
    void requireUsable(long budget) {
      Check.that(budget >= 0, "budget", budget, "0 or more");
    }

    @Override
    ArrayMemory allocate(long bytes, long budget) {
      requireUsable(budget);
      return PinnedMemory.allocate(bytes);
    }

    @Override
    boolean holds(INDArray array) {
      return PinnedMemory.of(array) != null;
    }

    @Override
    public String toString() {
      return "in pinned memory of the host";
    }
  }
}
