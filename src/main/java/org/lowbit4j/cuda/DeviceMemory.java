package org.lowbit4j.cuda;

import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.javacpp.Pointer;

/**
 * Memory of one owner on the device of the thread that made it, freed once the owner is garbage.
 */
final class DeviceMemory {

  private static final Cleaner CLEANER = Cleaner.create();

  private final CUctx_st context = Driver.currentContext();
  private final List<Long> there = new ArrayList<>();
  private final List<Pointer> here = new ArrayList<>();
  private final Cleaner.Cleanable cleanable;

  /** The owner may keep this, but nothing here keeps the owner. */
  DeviceMemory(Object owner) {
    cleanable = CLEANER.register(owner, () -> Driver.in(context, this::freeAll));
  }

  /** Device memory, not initialized. */
  synchronized long allocate(long bytes) {
    long address = Driver.allocate(bytes);
    there.add(address);
    return address;
  }

  /** Memory of the host that kernels can write to. */
  synchronized Pointer allocateHere(long bytes) {
    Pointer pointer = Driver.allocateHere(bytes);
    here.add(pointer);
    return pointer;
  }

  /** Frees device memory. */
  synchronized void free(long address) {
    there.remove(address);
    Driver.free(address);
  }

  /** Frees all of it, once its device is done. */
  void free() {
    cleanable.clean();
  }

  private synchronized void freeAll() {
    there.forEach(Driver::free);
    here.forEach(Driver::freeHere);
    there.clear();
    here.clear();
  }
}
