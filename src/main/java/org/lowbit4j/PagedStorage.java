package org.lowbit4j;

import org.lowbit4j.paging.PinnedStorage;
import org.lowbit4j.paging.Storage;

/** A place for state: that of {@link PagedState#onDisk} or {@link PagedState#inHostMemory}. */
public class PagedStorage {

  private final Storage storage;

  PagedStorage(Storage storage) {
    this.storage = storage;
  }

  final Storage storage() {
    return storage;
  }

  @Override
  public final String toString() {
    return storage.toString();
  }

  /** Pinned memory of the host: {@link PagedState#inHostMemory}. */
  public static final class HostMemory extends PagedStorage {

    HostMemory() {
      super(new PinnedStorage());
    }
  }
}
