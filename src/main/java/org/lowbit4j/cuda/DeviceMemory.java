package org.lowbit4j.cuda;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;

/**
 * Memory of one owner on one device. Once the owner is garbage it is freed by whoever next asks for
 * memory or does a step on that device: a thread of the garbage collector's has no context.
 */
final class DeviceMemory {

  private static final ReferenceQueue<Object> DROPPED = new ReferenceQueue<>();

  /** Keeps the references to owners, else nobody would be told. */
  private static final Set<DeviceMemory> OWNED = new HashSet<>();

  /** Of owners that are garbage. */
  private static final List<DeviceMemory> GARBAGE = new ArrayList<>();

  private final Owner owner;
  private final long context = Driver.context();
  private final List<Long> there = new ArrayList<>();
  private final List<Pointer> here = new ArrayList<>();

  /** On the calling thread's device. */
  DeviceMemory(Object owner) {
    this.owner = new Owner(owner, this);
    synchronized (DeviceMemory.class) {
      OWNED.add(this);
    }
    freeGarbage();
  }

  /** Device memory, not initialized. */
  long allocate(long bytes) {
    long address = Driver.allocate(bytes);
    there.add(address);
    return address;
  }

  /** Memory of the host that kernels can write to. */
  Pointer allocateHere(long bytes) {
    Pointer pointer = Driver.allocateHere(bytes);
    here.add(pointer);
    return pointer;
  }

  /** Frees device memory. */
  void free(long address) {
    there.remove(address);
    Driver.free(address);
  }

  /** Frees all of it. */
  void free() {
    there.forEach(Driver::free);
    here.forEach(Driver::freeHere);
    there.clear();
    here.clear();
    owner.clear();
    synchronized (DeviceMemory.class) {
      OWNED.remove(this);
    }
  }

  /** Frees what garbage has of the calling thread's device. */
  static synchronized void freeGarbage() {
    for (Reference<?> dropped = DROPPED.poll(); dropped != null; dropped = DROPPED.poll()) {
      GARBAGE.add(((Owner) dropped).memory);
    }
    if (GARBAGE.isEmpty()) {
      return;
    }
    long context = Driver.context();
    if (GARBAGE.stream().anyMatch(memory -> memory.context == context)) {
      // The last launches may be under way.
      Driver.synchronize();
      GARBAGE.forEach(memory -> memory.freeIn(context));
      GARBAGE.removeIf(memory -> memory.context == context);
    }
  }

  private void freeIn(long context) {
    if (this.context == context) {
      free();
    }
  }

  private static final class Owner extends PhantomReference<Object> {
    private final DeviceMemory memory;

    Owner(Object owner, DeviceMemory memory) {
      super(owner, DROPPED);
      this.memory = memory;
    }
  }
}
