package org.lowbit4j.paging;

import java.nio.file.Path;
import org.lowbit4j.memory.ArrayMemory;
import org.lowbit4j.memory.Pages;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;

/** Scratch files in a folder. */
public final class DiskStorage implements Storage {

  private final Path folder;

  /**
   * Makes no file yet.
   *
   * @param folder an existing folder, on a disk
   */
  public DiskStorage(Path folder) {
    this.folder = folder;
  }

  @Override
  public void requireBackend(OpExecutioner.ExecutionerType backend) {
    if (backend == OpExecutioner.ExecutionerType.CUDA) {
      throw new UnsupportedOperationException(
          "ND4J's CUDA backend has no arrays over mapped files, and pinning a file's pages would keep all of it in"
              + " memory. Use PagedState.inHostMemory().");
    }
  }

  @Override
  public void requireUsable(long budget) {
    PageFile.requireUsable(folder, budget);
  }

  @Override
  public ArrayMemory allocate(long bytes, long budget) {
    return PageFile.create(folder, bytes, budget);
  }

  @Override
  public boolean holds(INDArray array) {
    return Pages.of(array) != null;
  }

  @Override
  public String toString() {
    return "in " + folder;
  }
}
