package org.lowbit4j;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.lowbit4j.check.Check;
import org.lowbit4j.dl4j.Checkpoint;
import org.lowbit4j.dl4j.StateSlot;
import org.lowbit4j.memory.ArrayMemory;
import org.lowbit4j.paging.PageFile;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Optimizer state elsewhere, for networks whose state is larger than the memory it should take: on
 * a disk in place of memory, or, with ND4J's CUDA backend, in memory of the host in place of the
 * GPU's. The results are the same, bit for bit.
 *
 * <p>On a disk a step goes through the state in chunks; the kernel is asked for the next one ahead,
 * and those behind leave the resident memory. In memory of the host, CUDA's kernels read and write
 * it over the bus, each byte once.
 *
 * <p>Checkpoints are written as ever. {@link #restoreMultiLayerNetwork} brings state from a file to
 * where it is to be; networks restored by {@code ModelSerializer}, and clones, have theirs in
 * memory until they are attached themselves.
 *
 * <pre>{@code
 * MultiLayerNetwork net = new MultiLayerNetwork(conf);
 * net.init();
 * PagedState paged = PagedState.attach(net, PagedState.onDisk(Path.of("/scratch")), 256 << 20);
 * net.fit(data);
 * ModelSerializer.writeModel(net, file, true);
 * }</pre>
 *
 * <p>What DL4J puts in the place of the updater while attached is paged again before the next step,
 * by a listener, which {@code net.setListeners} removes and {@code net.addListeners} does not.
 * {@code net.setLearningRate} is such a case and takes memory for all of the state until then;
 * {@link LearningRates} does not.
 *
 * <p>A scratch file has no name. It takes disk space, as memory of the host is taken, until the
 * state is detached or the network collected, or the process ends, by whatever.
 */
public final class PagedState implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(PagedState.class);

  private final StateSlot<?> slot;
  private final PagedStorage storage;
  private final long budget;
  private final Watch watch = new Watch();
  private ArrayMemory memory;
  private INDArray array;
  private boolean attached;
  private long bytesIn;
  private long bytesOut;

  private PagedState(StateSlot<?> slot, PagedStorage storage, long budget) {
    this.slot = slot;
    this.storage = storage;
    this.budget = budget;
  }

  /**
   * A place on a disk, for CPU backends.
   *
   * @param folder an existing folder on a disk with room for the state; no file can be seen in it
   * @return to be passed to {@code attach}
   */
  public static PagedStorage onDisk(Path folder) {
    return new PagedStorage.Disk(Check.notNull("folder", folder));
  }

  /**
   * Pinned memory of the host, for the CUDA backend: the state takes no memory of the GPU's.
   *
   * @return to be passed to {@code attach}
   */
  public static PagedStorage.HostMemory inHostMemory() {
    return new PagedStorage.HostMemory();
  }

  /**
   * Moves the state of a network.
   *
   * @param net after {@code init()}; if it has not been trained yet, its state is never as a whole
   *     where it would have been
   * @param storage where to
   * @param budget how many bytes of the state a step may have where it would have been: on a disk,
   *     how many may be resident, {@link PageFile#LEAST_BUDGET} or more; in memory of the host, how
   *     many may be copied to the GPU, 0 or more, of which none are used
   * @return to look at counters and to detach; need not be kept
   * @throws IllegalArgumentException if the budget is too small, the folder does not exist or is in
   *     memory, or some updater with state is not of this library
   * @throws java.io.UncheckedIOException if the disk has no space for the state, or the folder
   *     cannot be written to
   * @throws org.lowbit4j.cuda.CudaException if there is not enough memory that can be pinned
   * @throws UnsupportedOperationException if the storage is not for ND4J's present backend, or the
   *     native library does not load
   * @throws IllegalStateException if the network is attached already, was closed, or has no state
   */
  public static PagedState attach(MultiLayerNetwork net, PagedStorage storage, long budget) {
    return attach(StateSlot.of(Check.notNull("network", net)), storage, budget);
  }

  /**
   * Moves the state of a graph; see the first method.
   *
   * @param net after {@code init()}
   * @param storage where to
   * @param budget how many bytes of the state a step may have where it would have been
   * @return to look at counters and to detach; need not be kept
   */
  public static PagedState attach(ComputationGraph net, PagedStorage storage, long budget) {
    return attach(StateSlot.of(Check.notNull("network", net)), storage, budget);
  }

  /**
   * Moves the state of a network to memory of the host; see the first method.
   *
   * @param net after {@code init()}
   * @param storage where to
   * @return to look at counters and to detach; need not be kept
   */
  public static PagedState attach(MultiLayerNetwork net, PagedStorage.HostMemory storage) {
    return attach(net, storage, 0);
  }

  /**
   * Moves the state of a graph to memory of the host; see the first method.
   *
   * @param net after {@code init()}
   * @param storage where to
   * @return to look at counters and to detach; need not be kept
   */
  public static PagedState attach(ComputationGraph net, PagedStorage.HostMemory storage) {
    return attach(net, storage, 0);
  }

  private static PagedState attach(StateSlot<?> slot, PagedStorage storage, long budget) {
    return attach(slot, storage, budget, Nd4j.getExecutioner().type());
  }

  /** With a backend given: tests have none of CUDA's. */
  static PagedState attach(
      StateSlot<?> slot, PagedStorage storage, long budget, OpExecutioner.ExecutionerType backend) {
    Check.notNull("storage", storage).requireBackend(backend);
    PagedState paged = new PagedState(slot, storage, budget);
    paged.requireUsable();
    paged.attach();
    return paged;
  }

  private void attach() {
    move();
    slot.add(watch);
    attached = true;
  }

  /**
   * Restores a network whose state need not fit into memory: it is read from the file straight to
   * where it is to be.
   *
   * @param file written by {@code ModelSerializer.writeModel(net, file, true)}; a normalizer in it
   *     is restored by {@code ModelSerializer}, which reads the whole file into the heap
   * @param storage where the state is to be
   * @param budget as for {@code attach}
   * @return the network, attached; see {@link #of(MultiLayerNetwork)}
   * @throws IOException if the file is not whole, or holds no MultiLayerNetwork with its state
   * @throws RuntimeException as {@code attach} does
   */
  public static MultiLayerNetwork restoreMultiLayerNetwork(
      File file, PagedStorage storage, long budget) throws IOException {
    requireUsable(storage, budget);
    try (Checkpoint checkpoint = new Checkpoint(Check.notNull("file", file))) {
      MultiLayerNetwork net = checkpoint.network();
      restore(StateSlot.of(net), checkpoint, storage, budget);
      return net;
    }
  }

  /**
   * Restores a graph whose state need not fit into memory; see the other method.
   *
   * @param file written by {@code ModelSerializer.writeModel(net, file, true)}
   * @param storage where the state is to be
   * @param budget as for {@code attach}
   * @return the graph, attached; see {@link #of(ComputationGraph)}
   * @throws IOException if the file is not whole, or holds no ComputationGraph with its state
   * @throws RuntimeException as {@code attach} does
   */
  public static ComputationGraph restoreComputationGraph(
      File file, PagedStorage storage, long budget) throws IOException {
    requireUsable(storage, budget);
    try (Checkpoint checkpoint = new Checkpoint(Check.notNull("file", file))) {
      ComputationGraph net = checkpoint.graph();
      restore(StateSlot.of(net), checkpoint, storage, budget);
      return net;
    }
  }

  /**
   * Restores a network with its state in memory of the host; see the first method.
   *
   * @param file written by {@code ModelSerializer.writeModel(net, file, true)}
   * @param storage where the state is to be
   * @return the network, attached
   * @throws IOException if the file is not whole, or holds no MultiLayerNetwork with its state
   */
  public static MultiLayerNetwork restoreMultiLayerNetwork(
      File file, PagedStorage.HostMemory storage) throws IOException {
    return restoreMultiLayerNetwork(file, storage, 0);
  }

  /**
   * Restores a graph with its state in memory of the host; see the first method.
   *
   * @param file written by {@code ModelSerializer.writeModel(net, file, true)}
   * @param storage where the state is to be
   * @return the graph, attached
   * @throws IOException if the file is not whole, or holds no ComputationGraph with its state
   */
  public static ComputationGraph restoreComputationGraph(File file, PagedStorage.HostMemory storage)
      throws IOException {
    return restoreComputationGraph(file, storage, 0);
  }

  /** Before a large file is read. */
  private static void requireUsable(PagedStorage storage, long budget) {
    Check.notNull("storage", storage).requireBackend(Nd4j.getExecutioner().type());
    storage.requireUsable(budget);
  }

  private static void restore(
      StateSlot<?> slot, Checkpoint checkpoint, PagedStorage storage, long budget)
      throws IOException {
    PagedState paged = new PagedState(slot, storage, budget);
    paged.requireUsable();
    checkpoint.openState(slot.parameters().dataType(), slot.words());
    paged.attach();
    boolean whole = false;
    try {
      paged.memory.fill(paged.array, checkpoint::readState);
      checkpoint.closeState();
      whole = true;
    } finally {
      if (!whole) {
        paged.freeMemory();
      }
    }
  }

  /**
   * The paged state of a network.
   *
   * @param net any network
   * @return null if it is not attached
   */
  public static PagedState of(MultiLayerNetwork net) {
    return of(net, net.getListeners());
  }

  /**
   * The paged state of a graph.
   *
   * @param net any graph
   * @return null if it is not attached
   */
  public static PagedState of(ComputationGraph net) {
    return of(net, net.getListeners());
  }

  /** A clone has the listeners of what it was cloned from. */
  private static PagedState of(Model net, Collection<TrainingListener> listeners) {
    return listeners.stream()
        .filter(Watch.class::isInstance)
        .map(listener -> ((Watch) listener).owner())
        .filter(paged -> paged.slot.isOf(net))
        .findFirst()
        .orElse(null);
  }

  /**
   * Brings the state back and frees the storage; does nothing the second time, and only frees the
   * storage if the network was closed or collected.
   */
  public synchronized void detach() {
    if (!attached) {
      return;
    }
    if (!slot.isGone()) {
      if (slot.array() == array && !array.wasClosed()) {
        INDArray resident = Nd4j.createUninitializedDetached(array.dataType(), array.length());
        memory.copyOut(array, resident);
        slot.use(resident);
      }
      slot.remove(watch);
    }
    attached = false;
    freeMemory();
  }

  /** The same as {@link #detach}. */
  @Override
  public void close() {
    detach();
  }

  /**
   * Whether the network's state is paged now.
   *
   * @return false after {@link #detach}, after the network was closed, and between DL4J's replacing
   *     the updater and the next step
   */
  public synchronized boolean isPaged() {
    return attached && !slot.isGone() && slot.array() == array && !array.wasClosed();
  }

  /**
   * Size of the state.
   *
   * @return bytes
   */
  public synchronized long bytes() {
    return memory.bytes();
  }

  /**
   * How much of the state a step may have where it would have been.
   *
   * @return bytes, as given
   */
  public long budget() {
    return budget;
  }

  /**
   * How much of the state was asked for so far: on a disk by steps, by checks and by saving; over
   * the bus by steps on the GPU.
   *
   * @return bytes; 0 as long as the budget of a disk has room for all of the state
   */
  public synchronized long bytesPagedIn() {
    return bytesIn + memory.bytesIn();
  }

  /**
   * How much of the state was given back so far: on a disk by steps, by checks, by saving, and when
   * it was moved here; over the bus by steps on the GPU.
   *
   * @return bytes
   */
  public synchronized long bytesPagedOut() {
    return bytesOut + memory.bytesOut();
  }

  @Override
  public String toString() {
    return bytes() + " bytes of optimizer state " + storage + ", budget " + budget;
  }

  private void requireUsable() {
    if (slot.parameters().length() == 0) {
      throw new IllegalStateException("The network has no parameters; call init() first.");
    }
    if (slot.parameters().wasClosed()) {
      throw new IllegalStateException("The network was closed.");
    }
    if (!slot.isStock()) {
      throw new IllegalStateException(
          "The network has an updater that DL4J did not make: its state cannot be moved.");
    }
    if (slot.array() != null && storage.holds(slot.array())) {
      throw new IllegalStateException(
          "The network's state is paged already; detach it before attaching it anew.");
    }
    List<String> foreign =
        slot.updaters().entrySet().stream()
            .filter(e -> !(e.getValue() instanceof LowBitConfig))
            .map(e -> e.getKey() + " (" + e.getValue().getClass().getSimpleName() + ")")
            .collect(Collectors.toList());
    if (!foreign.isEmpty()) {
      throw new IllegalArgumentException(
          "Updaters with state that are not lowbit4j's go through all of it at once: "
              + foreign
              + ". Use those of lowbit4j, with optimBits(32) where 8 bits will not do.");
    }
    if (slot.words() == 0) {
      throw new IllegalStateException("The network's updaters have no state: nothing to page.");
    }
  }

  /** Moves what the updater has now to the memory, which is made anew if it does not fit. */
  private void move() {
    INDArray old = slot.array();
    long words = old == null ? slot.words() : old.length();
    if (words > Integer.MAX_VALUE) {
      throw new IllegalStateException(
          "The state has "
              + words
              + " words; DL4J can address "
              + Integer.MAX_VALUE
              + ". Use 8 bits where it has 32.");
    }
    if (old == null || array == null || array.wasClosed() || array.length() != words) {
      makeMemory(words);
    }
    if (old != null) {
      memory.copyIn(old, array);
    }
    slot.use(array);
    if (old != null && old.closeable()) {
      // Its memory is what this is about; the garbage collector does not know.
      old.close();
    }
  }

  private void makeMemory(long words) {
    DataType type = slot.parameters().dataType();
    ArrayMemory made = storage.allocate(words * type.width(), budget);
    INDArray fresh;
    try {
      fresh = made.array(type);
    } catch (RuntimeException e) {
      made.free();
      throw e;
    }
    if (memory != null) {
      freeMemory();
      bytesIn += memory.bytesIn();
      bytesOut += memory.bytesOut();
    }
    memory = made;
    array = fresh;
  }

  /** Views of the array are refused by ND4J from here on. */
  private void freeMemory() {
    if (array.closeable()) {
      array.close();
    }
    memory.free();
  }

  private synchronized void pageAgain() {
    if (!attached || !slot.isStock() || slot.array() == array) {
      return;
    }
    LOG.info("The updater was replaced; its state is paged again.");
    move();
  }

  /** Called after a gradient was computed and before the updater is asked to use it. */
  private final class Watch extends BaseTrainingListener {

    PagedState owner() {
      return PagedState.this;
    }

    @Override
    public void onGradientCalculation(Model model) {
      if (slot.isOf(model)) {
        pageAgain();
      }
    }
  }
}
