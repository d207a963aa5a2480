package org.lowbit4j.paging;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.lowbit4j.dl4j.Checkpoint;
import org.lowbit4j.dl4j.StateSlot;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the state of one network in a storage, until it is detached.
 *
 * <p>Whatever changes the network is done with its monitor, with which DL4J trains, and takes it
 * before any other. What only looks takes none.
 */
public final class StatePager {

  private static final Logger LOG = LoggerFactory.getLogger(StatePager.class);

  private final StateSlot<?> slot;
  private final Storage storage;
  private final long budget;
  private final Watch watch = new Watch();
  private final AtomicReference<CompletableFuture<Void>> asked = new AtomicReference<>();
  private volatile PagedArray paged = PagedArray.NONE;
  private volatile boolean attached;

  private StatePager(StateSlot<?> slot, Storage storage, long budget) {
    this.slot = slot;
    this.storage = storage;
    this.budget = budget;
  }

  /**
   * Moves the state of a network; waits until no other thread trains it.
   *
   * @param slot where the network has its state
   * @param storage where to
   * @param budget how many bytes of the state a step may have where it would have been
   * @return to be detached
   * @throws RuntimeException if that cannot be done; nothing was changed
   */
  public static StatePager attach(StateSlot<?> slot, Storage storage, long budget) {
    if (slot.isTraining()) {
      throw new IllegalStateException(
          "PagedState.attach was called by a listener of the network's, while DL4J goes through the listeners and none"
              + " can be added. Attach before fit, or between two calls of fit.");
    }
    StatePager pager = new StatePager(slot, storage, budget);
    synchronized (Objects.requireNonNull(slot.monitor(), "The network was collected.")) {
      Pageable.require(slot, storage);
      pager.attach();
    }
    return pager;
  }

  private void attach() {
    move();
    slot.remove(listener -> listener instanceof Watch && ((Watch) listener).isIdle());
    slot.add(watch);
    attached = true;
  }

  /**
   * Reads the state of a network that nobody else has from a file to where it is to be.
   *
   * @param slot where the network has its state
   * @param checkpoint open
   * @param storage where to
   * @param budget as for {@link #attach}
   * @throws IOException if the file has no such state, or is not whole
   */
  public static void restore(StateSlot<?> slot, Checkpoint checkpoint, Storage storage, long budget)
      throws IOException {
    Pageable.require(slot, storage);
    checkpoint.openState(slot.parameters().dataType(), slot.words());
    StatePager pager = new StatePager(slot, storage, budget);
    boolean whole = false;
    try {
      pager.attach();
      pager.paged.fill(checkpoint::readState);
      checkpoint.closeState();
      whole = true;
    } finally {
      if (!whole) {
        pager.release();
      }
    }
  }

  /**
   * Finds what pages a network's state. A clone has the listeners of what it was cloned from.
   *
   * @param slot where the network has its state
   * @return null if nothing does
   */
  public static StatePager of(StateSlot<?> slot) {
    return slot.listeners().stream()
        .filter(Watch.class::isInstance)
        .map(listener -> ((Watch) listener).pager())
        .filter(pager -> pager.attached && pager.slot.monitor() == slot.monitor())
        .findFirst()
        .orElse(null);
  }

  /**
   * Brings the state back and frees the storage; does nothing the second time. While another thread
   * trains, that does it in its next step. While the process ends it is left to that.
   */
  public void detach() {
    Object net = slot.monitor();
    if (net == null) {
      release();
    } else if (Thread.holdsLock(net)) {
      detachNow();
      detachIfAsked(); // another thread, which need not wait any more
    } else if (attached && !isProcessEnding()) {
      askForDetaching(net);
    }
  }

  /**
   * Whoever has the monitor first does it: the thread that trains, which may keep it for an epoch,
   * or one that waits until nobody trains.
   */
  private void askForDetaching(Object net) {
    CompletableFuture<Void> done =
        asked.updateAndGet(present -> present == null ? new CompletableFuture<>() : present);
    Thread waiting =
        new Thread(
            () -> {
              synchronized (net) {
                detachIfAsked();
              }
            },
            "lowbit4j detaching");
    waiting.setDaemon(true);
    waiting.start();
    try {
      done.join();
    } catch (CompletionException e) {
      Throwable cause = e.getCause();
      cause.addSuppressed(new IllegalStateException("Detaching was asked for here.", e));
      if (cause instanceof Error) {
        throw (Error) cause;
      }
      throw (RuntimeException) cause;
    }
  }

  private void detachIfAsked() {
    CompletableFuture<Void> done = asked.getAndSet(null);
    if (done != null) {
      try {
        detachNow();
        done.complete(null);
      } catch (RuntimeException | Error e) {
        done.completeExceptionally(e);
      }
    }
  }

  private void detachNow() {
    if (!attached) {
      return;
    }
    if (isPaged()) {
      INDArray array = paged.array();
      INDArray resident = Nd4j.createUninitializedDetached(array.dataType(), array.length());
      paged.copyOut(resident);
      slot.use(resident, this::release);
    } else {
      release();
    }
    if (!slot.isTraining()) {
      slot.remove(watch::equals);
    }
  }

  private synchronized void release() {
    attached = false;
    paged = paged.freed();
  }

  /**
   * There is no other way to ask. A thread that ends the process in a step is never done with it.
   */
  private static boolean isProcessEnding() {
    Thread hook = new Thread();
    try {
      Runtime.getRuntime().addShutdownHook(hook);
      Runtime.getRuntime().removeShutdownHook(hook);
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  /**
   * Whether the state is paged now.
   *
   * @return false if the network was closed or collected, or has another updater than before
   */
  public boolean isPaged() {
    INDArray array = paged.array();
    return attached
        && array != null
        && slot.monitor() != null
        && slot.array() == array
        && !array.wasClosed();
  }

  /**
   * Size of the state.
   *
   * @return bytes
   */
  public long bytes() {
    return paged.bytes();
  }

  /**
   * How much of the state a step may have where it would have been.
   *
   * @return bytes
   */
  public long budget() {
    return budget;
  }

  /**
   * How much was moved to where steps are done.
   *
   * @return bytes
   */
  public long bytesIn() {
    return paged.bytesIn();
  }

  /**
   * How much was moved back.
   *
   * @return bytes
   */
  public long bytesOut() {
    return paged.bytesOut();
  }

  @Override
  public String toString() {
    return bytes() + " bytes of optimizer state " + storage + ", budget " + budget;
  }

  /** Moves what the updater has now to the memory, which is made anew for fresh state, too. */
  private void move() {
    INDArray old = slot.array();
    long words = old == null ? slot.words() : old.length();
    if (old == null || !paged.fits(words)) {
      paged = paged.renewed(words, slot.parameters().dataType(), storage, budget);
    }
    boolean used = false;
    try {
      if (old != null) {
        paged.copyIn(old);
      }
      // Its memory is what this is about; the garbage collector does not know.
      slot.use(paged.array(), old != null && old.closeable() ? old::close : () -> {});
      used = true;
    } finally {
      if (!used && slot.array() != paged.array()) {
        paged = paged.freed();
      }
    }
  }

  private void pageAgain() {
    if (attached && slot.isStock() && slot.array() != paged.array()) {
      LOG.info("The updater was replaced; its state is paged again.");
      move();
    }
  }

  /** Called after a gradient was computed and before the updater is asked to use it. */
  private final class Watch extends BaseTrainingListener {

    StatePager pager() {
      return StatePager.this;
    }

    /** A step that detaches goes through the listeners, and cannot remove one. */
    boolean isIdle() {
      return !attached;
    }

    @Override
    public void onGradientCalculation(Model model) {
      if (slot.isOf(model)) {
        synchronized (model) {
          detachIfAsked();
          pageAgain();
        }
      }
    }
  }
}
