package org.lowbit4j;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.lowbit4j.dl4j.StateSlot;
import org.lowbit4j.memory.Pages;
import org.lowbit4j.paging.PageFile;
import org.lowbit4j.paging.PageTransfer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Optimizer state on a disk, for networks whose state is larger than the memory it should take.
 *
 * <p>A step goes through the state in chunks; the kernel is asked for the next one ahead, and those
 * behind leave the resident memory. The results are the same, bit for bit. Checkpoints are written
 * and restored as ever; a restored or cloned network has its state in memory until it is attached
 * itself.
 *
 * <pre>{@code
 * MultiLayerNetwork net = new MultiLayerNetwork(conf);
 * net.init();
 * PagedState paged = PagedState.attach(net, PagedState.onDisk(Path.of("/scratch")), 256 << 20);
 * net.fit(data);
 * ModelSerializer.writeModel(net, file, true);
 * }</pre>
 *
 * <p>What DL4J puts in the place of the updater while attached, as {@code net.setLearningRate}
 * does, is paged again before the next step, by a listener. {@code net.setListeners} removes that
 * listener, {@code net.addListeners} does not. The scratch file has no name and takes disk space
 * until the state is detached or the network collected, or the process ends, by whatever.
 *
 * <p>There is no paging to host memory: on a CPU backend that is where the state is, and CUDA
 * backends are not supported.
 */
public final class PagedState implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(PagedState.class);

  private final StateSlot<?> slot;
  private final Disk disk;
  private final long budget;
  private final Watch watch = new Watch();
  private PageFile file;
  private INDArray array;
  private boolean attached;
  private long bytesIn;
  private long bytesOut;

  private PagedState(StateSlot<?> slot, Disk disk, long budget) {
    this.slot = slot;
    this.disk = disk;
    this.budget = budget;
  }

  /**
   * Where to page to.
   *
   * @param folder an existing folder on a disk with room for the state; no file can be seen in it
   * @return to be passed to {@code attach}
   */
  public static Disk onDisk(Path folder) {
    return new Disk(Check.notNull("folder", folder));
  }

  /**
   * Moves the state of a network to a disk.
   *
   * @param net after {@code init()}; if it has not been trained yet, its state is never in memory
   *     as a whole
   * @param disk where to
   * @param budget how many bytes of the state may be resident during a step, {@link
   *     PageFile#LEAST_BUDGET} or more
   * @return to look at counters and to detach; need not be kept
   * @throws IllegalArgumentException if the budget is too small, the folder does not exist or is in
   *     memory, or some updater with state is not of this library
   * @throws java.io.UncheckedIOException if the disk has no space for the state, or the folder
   *     cannot be written to
   * @throws UnsupportedOperationException where the native library does not load
   * @throws IllegalStateException if the network is attached already, was closed, or has no state
   */
  public static PagedState attach(MultiLayerNetwork net, Disk disk, long budget) {
    return attach(StateSlot.of(Check.notNull("network", net)), disk, budget);
  }

  /**
   * Moves the state of a graph to a disk; see the other method.
   *
   * @param net after {@code init()}
   * @param disk where to
   * @param budget how many bytes of the state may be resident during a step
   * @return to look at counters and to detach; need not be kept
   */
  public static PagedState attach(ComputationGraph net, Disk disk, long budget) {
    return attach(StateSlot.of(Check.notNull("network", net)), disk, budget);
  }

  private static PagedState attach(StateSlot<?> slot, Disk disk, long budget) {
    PagedState paged = new PagedState(slot, Check.notNull("disk", disk), budget);
    requireUsable(slot);
    paged.move();
    slot.add(paged.watch);
    paged.attached = true;
    return paged;
  }

  /**
   * Brings the state back into memory and frees the disk; does nothing the second time, and only
   * frees the disk if the network was closed or collected.
   */
  public synchronized void detach() {
    if (!attached) {
      return;
    }
    if (!slot.isGone()) {
      if (slot.array() == array && !array.wasClosed()) {
        INDArray resident = Nd4j.createUninitializedDetached(array.dataType(), array.length());
        PageTransfer.copy(array, resident);
        slot.use(resident);
      }
      slot.remove(watch);
    }
    attached = false;
    freeFile();
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
    return file.bytes();
  }

  /**
   * How much of the state may be resident.
   *
   * @return bytes, as given
   */
  public long budget() {
    return budget;
  }

  /**
   * How much of the state was asked for so far, by steps and by checks.
   *
   * @return bytes; 0 as long as the budget has room for all of the state
   */
  public synchronized long bytesPagedIn() {
    return bytesIn + file.bytesIn();
  }

  /**
   * How much of the state was released so far, by steps, by checks, and when it was moved here.
   *
   * @return bytes
   */
  public synchronized long bytesPagedOut() {
    return bytesOut + file.bytesOut();
  }

  @Override
  public String toString() {
    return bytes() + " bytes of optimizer state in " + disk.folder + ", budget " + budget;
  }

  private static void requireUsable(StateSlot<?> slot) {
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
    if (slot.array() != null && Pages.of(slot.array()) != null) {
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

  /** Moves what the updater has now to the file, of which a new one is made if it does not fit. */
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
      makeFile(words);
    }
    if (old != null) {
      PageTransfer.copy(old, array);
    }
    slot.use(array);
    if (old != null && old.closeable()) {
      // Its memory is what this is about; the garbage collector does not know.
      old.close();
    }
  }

  private void makeFile(long words) {
    DataType type = slot.parameters().dataType();
    PageFile made = PageFile.create(disk.folder, words * type.width(), budget);
    if (file != null) {
      freeFile();
      bytesIn += file.bytesIn();
      bytesOut += file.bytesOut();
    }
    file = made;
    array = made.array(type);
  }

  /** Views of the array are refused by ND4J from here on. */
  private void freeFile() {
    if (array.closeable()) {
      array.close();
    }
    file.empty();
  }

  private synchronized void pageAgain() {
    if (!attached || !slot.isStock() || slot.array() == array) {
      return;
    }
    LOG.info("The updater was replaced; its state is paged again.");
    move();
  }

  /** A place to page to. */
  public static final class Disk {

    private final Path folder;

    private Disk(Path folder) {
      this.folder = folder;
    }
  }

  /** Called after a gradient was computed and before the updater is asked to use it. */
  private final class Watch extends BaseTrainingListener {

    @Override
    public void onGradientCalculation(Model model) {
      if (slot.isOf(model)) {
        pageAgain();
      }
    }
  }
}
