package org.lowbit4j.cuda;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.javacpp.Pointer;
import org.lowbit4j.memory.ArrayMemory;
import org.lowbit4j.memory.Indexers;
import org.lowbit4j.memory.RawMemory;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memory of the host that kernels read and write over the bus: pinned, mapped, and the same for all
 * devices. An array over it takes no device memory.
 *
 * <p>To ND4J its host and its device memory are this one. It must never be told that one of the two
 * is older, or it would copy the memory to itself.
 *
 * <p>It is freed when its array and all views of it are collected, or before.
 */
public final class PinnedMemory implements ArrayMemory {

  private static final int PIECE = 16 << 20;

  private static final Logger LOG = LoggerFactory.getLogger(PinnedMemory.class);
  private static final Cleaner CLEANER = Cleaner.create();

  /** By device address; ND4J makes pointers of its own to the same memory. */
  private static final ConcurrentSkipListMap<Long, PinnedMemory> ALL =
      new ConcurrentSkipListMap<>();

  private final CUctx_st context;
  private final Pointer here;
  private final long there;
  private final long bytes;
  private final LongAdder moved = new LongAdder();

  private PinnedMemory(CUctx_st context, Pointer here, long there, long bytes) {
    this.context = context;
    this.here = here;
    this.there = there;
    this.bytes = bytes;
  }

  /**
   * Allocates.
   *
   * @param bytes size, 1 or more
   * @return memory of zeros
   * @throws CudaException if the driver does not give it
   */
  public static PinnedMemory allocate(long bytes) {
    // A thread that did nothing with ND4J yet has no context: this makes it.
    Nd4j.getExecutioner().commit();
    CUctx_st context = Driver.currentContext();
    Pointer here;
    try {
      here = Driver.allocateHere(bytes);
    } catch (CudaException e) {
      throw new CudaException(
          String.format(
              "There are no %d bytes of pinned host memory (%s). Nothing was changed. It must fit into physical memory that"
                  + " nothing else uses.",
              bytes, e.getMessage()));
    }
    long there;
    try {
      there = Driver.onDevice(here);
    } catch (CudaException e) {
      Driver.freeHere(here);
      throw e;
    }
    Pointer.memset(here, 0, bytes);
    PinnedMemory memory = new PinnedMemory(context, here, there, bytes);
    ALL.put(memory.there, memory);
    return memory;
  }

  private static PinnedMemory at(long address) {
    Map.Entry<Long, PinnedMemory> entry = ALL.floorEntry(address);
    boolean inside = entry != null && address - entry.getKey() < entry.getValue().bytes;
    return inside ? entry.getValue() : null;
  }

  /**
   * The memory that an array lies in.
   *
   * @return null if it is other memory
   */
  public static PinnedMemory of(INDArray array) {
    // On the CUDA backend the address in device memory, a view's offset included.
    return at(array.data().platformAddress());
  }

  /** Tells ND4J that neither host nor device have to be brought up to date. */
  private static void tagAsValid(INDArray array) {
    Nd4j.getAffinityManager().tagLocation(array, AffinityManager.Location.EVERYWHERE);
  }

  @Override
  public INDArray array(DataType type) {
    long length = bytes / type.width();
    Pointer device = new DevicePointer(there, bytes);
    DataBuffer buffer =
        Nd4j.getDataBufferFactory()
            .create(here, device, type, length, Indexers.of(here, type, word -> word));
    // Views keep the buffer, but ND4J's CUDA buffers do not keep the pointer.
    CLEANER.register(buffer, this::freeQuietly);
    INDArray array = Nd4j.create(buffer, length);
    tagAsValid(array);
    return array;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  /** What steps read over the bus. */
  @Override
  public long bytesIn() {
    return moved.sum();
  }

  /** What steps wrote over the bus. */
  @Override
  public long bytesOut() {
    return moved.sum();
  }

  /** Notes that a step, which has ended, read and wrote so many bytes. */
  void noteStep(INDArray array, long count) {
    moved.add(count);
    tagAsValid(array);
  }

  /** On the device: ND4J's arrays need not have a copy on the host. */
  @Override
  public void copyIn(INDArray from, INDArray array) {
    array.assign(from);
    Nd4j.getExecutioner().commit();
    tagAsValid(array);
  }

  @Override
  public void copyOut(INDArray array, INDArray to) {
    to.assign(array);
    Nd4j.getExecutioner().commit();
  }

  @Override
  public void fill(INDArray array, Source source) throws IOException {
    RawMemory target = new RawMemory(array, bytes);
    for (long at = 0; at < bytes; at += PIECE) {
      ByteBuffer window = target.at(at).slice().order(ByteOrder.nativeOrder());
      window.limit((int) Math.min(PIECE, bytes - at));
      source.read(window);
    }
    tagAsValid(array);
    Reference.reachabilityFence(array);
  }

  @Override
  public void free() {
    if (ALL.remove(there, this)) {
      Driver.in(context, () -> Driver.freeHere(here));
    }
  }

  private void freeQuietly() {
    try {
      free();
    } catch (CudaException e) {
      LOG.warn("{} bytes of pinned host memory are not given back: {}", bytes, e.getMessage());
    }
  }

  private static final class DevicePointer extends Pointer {
    DevicePointer(long address, long bytes) {
      this.address = address;
      this.capacity = bytes;
      this.limit = bytes;
    }
  }
}
