package org.lowbit4j;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.lowbit4j.check.Check;
import org.lowbit4j.dl4j.Checkpoint;
import org.lowbit4j.dl4j.StateSlot;
import org.lowbit4j.paging.DiskStorage;
import org.lowbit4j.paging.PageFile;
import org.lowbit4j.paging.StatePager;
import org.lowbit4j.paging.Storage;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.factory.Nd4j;

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

  private final StatePager pager;

  private PagedState(StatePager pager) {
    this.pager = pager;
  }

  /**
   * A place on a disk, for CPU backends.
   *
   * @param folder an existing folder on a disk with room for the state; no file can be seen in it
   * @return to be passed to {@code attach}
   */
  public static PagedStorage onDisk(Path folder) {
    return new PagedStorage(new DiskStorage(Check.notNull("folder", folder)));
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
   * <p>May be called from any thread but not by a listener. While another thread trains it waits:
   * until the end of the batch in {@code fit(DataSet)}, of the epoch in {@code fit(iterator)}.
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
   * @throws IllegalStateException if the network is attached already, was closed, or has no state,
   *     or a listener calls this in a step of the network's
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
    Storage place = Check.notNull("storage", storage).storage();
    place.requireBackend(backend);
    return new PagedState(StatePager.attach(slot, place, budget));
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
    Storage place = usable(storage, budget);
    try (Checkpoint checkpoint = new Checkpoint(Check.notNull("file", file))) {
      MultiLayerNetwork net = checkpoint.network();
      StatePager.restore(StateSlot.of(net), checkpoint, place, budget);
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
    Storage place = usable(storage, budget);
    try (Checkpoint checkpoint = new Checkpoint(Check.notNull("file", file))) {
      ComputationGraph net = checkpoint.graph();
      StatePager.restore(StateSlot.of(net), checkpoint, place, budget);
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
  private static Storage usable(PagedStorage storage, long budget) {
    Storage place = Check.notNull("storage", storage).storage();
    place.requireBackend(Nd4j.getExecutioner().type());
    place.requireUsable(budget);
    return place;
  }

  /**
   * The paged state of a network. May be called from any thread.
   *
   * @param net any network
   * @return null if it is not attached; else a handle that is as good as that of {@code attach}
   */
  public static PagedState of(MultiLayerNetwork net) {
    return of(StateSlot.of(net));
  }

  /**
   * The paged state of a graph.
   *
   * @param net any graph
   * @return null if it is not attached
   */
  public static PagedState of(ComputationGraph net) {
    return of(StateSlot.of(net));
  }

  private static PagedState of(StateSlot<?> slot) {
    StatePager pager = StatePager.of(slot);
    return pager == null ? null : new PagedState(pager);
  }

  /**
   * Brings the state back and frees the storage; does nothing the second time, and only frees the
   * storage if the network was closed or collected. Training goes on with the state in memory.
   *
   * <p>May be called from any thread, and by a listener. While another thread trains, that one does
   * it in its next step, and this waits for it. While the process ends ({@code System.exit}, a
   * signal) this does nothing: the storage goes with the process, and a shutdown hook must not wait
   * for a step that may never be done.
   */
  public void detach() {
    pager.detach();
  }

  /** The same as {@link #detach}. */
  @Override
  public void close() {
    detach();
  }

  /**
   * Whether the network's state is paged now. May be called from any thread, as may all that
   * follow.
   *
   * @return false after {@link #detach}, after the network was closed, and between DL4J's replacing
   *     the updater and the next step
   */
  public boolean isPaged() {
    return pager.isPaged();
  }

  /**
   * Size of the state.
   *
   * @return bytes
   */
  public long bytes() {
    return pager.bytes();
  }

  /**
   * How much of the state a step may have where it would have been.
   *
   * @return bytes, as given
   */
  public long budget() {
    return pager.budget();
  }

  /**
   * How much of the state was asked for so far: on a disk by steps, by checks and by saving; over
   * the bus by steps on the GPU.
   *
   * @return bytes; 0 as long as the budget of a disk has room for all of the state
   */
  public long bytesPagedIn() {
    return pager.bytesIn();
  }

  /**
   * How much of the state was given back so far: on a disk by steps, by checks, by saving, and when
   * it was moved here; over the bus by steps on the GPU.
   *
   * @return bytes
   */
  public long bytesPagedOut() {
    return pager.bytesOut();
  }

  @Override
  public String toString() {
    return pager.toString();
  }
}
