package org.lowbit4j.updater;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lowbit4j.state.StateFormatException;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The updaters whose states lie in one array: those of all updater blocks of a network, which DL4J
 * steps one after the other. The first one asked for a step has all of them checked, so that none
 * has moved when one is refused.
 *
 * <p>DL4J does not tell updaters of each other, but hands them views of one array, whose buffer
 * they have in common. Updaters and buffers can be collected as if there were no groups.
 *
 * <p>SameDiff has an array for each variable, changes parameters as soon as a gradient is there,
 * and gives nothing that would tell which updaters belong together: there each one is alone.
 *
 * <p>The group is the lock of its updaters' states: who steps one looks at the others.
 */
final class StateGroup {

  private static final Logger LOG = LoggerFactory.getLogger(LowBitUpdater.class);

  /** By buffer. */
  private static final Map<Key, StateGroup> GROUPS = new HashMap<>();

  private static final ReferenceQueue<DataBuffer> COLLECTED = new ReferenceQueue<>();

  /** Replaced, never changed: a step must not wait for another one's registration. */
  private volatile List<Member> members = new ArrayList<>();

  /** The same is not said twice on end, as by replicas of one network. */
  private static String lastSummary = "";

  private boolean summarized;

  private StateGroup() {}

  /**
   * Adds an updater to the group of its array. Others whose state overlaps with its own, as DL4J
   * made another updater for the same array, are no longer in it.
   *
   * @param updater with the state given
   * @param state its state array
   * @return the group
   */
  static StateGroup join(LowBitUpdater<?> updater, INDArray state) {
    DataBuffer base = base(state);
    StateGroup group;
    synchronized (GROUPS) {
      for (Reference<?> key = COLLECTED.poll(); key != null; key = COLLECTED.poll()) {
        GROUPS.remove(key);
      }
      group = GROUPS.computeIfAbsent(new Key(base), key -> new StateGroup());
    }
    group.add(new Member(updater, state.offset(), state.offset() + state.length()));
    return group;
  }

  /** What an array is a part of. */
  private static DataBuffer base(INDArray array) {
    DataBuffer buffer = array.data();
    return buffer.originalDataBuffer() == null ? buffer : buffer.originalDataBuffer();
  }

  private synchronized void add(Member member) {
    List<Member> others = new ArrayList<>(members);
    others.removeIf(other -> other.get() == null || other.overlaps(member));
    others.add(member);
    members = others;
  }

  /** Whether an updater has not been replaced by another one. */
  boolean has(LowBitUpdater<?> updater) {
    List<Member> all = members;
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).get() == updater) {
        return true;
      }
    }
    return false;
  }

  /**
   * Checks all updaters but one, which checks itself, before any of them moves.
   *
   * @param first the one that was asked for a step
   * @param state its state array
   * @param gradient its gradient
   * @param iteration of the step
   * @param epoch of the step
   * @throws RuntimeException as the first one of them whose step would fail
   */
  void checkOthers(
      LowBitUpdater<?> first, INDArray state, INDArray gradient, int iteration, int epoch) {
    List<Member> all = members;
    boolean known = true;
    long words = 0;
    long elements = gradient.length();
    for (int i = 0; i < all.size(); i++) {
      Member member = all.get(i);
      LowBitUpdater<?> updater = member.get();
      words += member.to - member.from;
      if (updater == null || updater == first) {
        continue;
      }
      try {
        updater.checkAhead(iteration, epoch);
      } catch (StateFormatException e) {
        String which = updater.getConfig().getScope();
        throw e.in("updater block " + (i + 1) + (which == null ? "" : " (" + which + ")"));
      }
      known &= updater.hasKnownElements();
      elements += updater.elements();
    }
    if (!known && words == base(state).length()) {
      requireGradients(elements, gradient);
    }
  }

  /**
   * Compares what headers say of updaters that had no gradient yet with what there is: where states
   * fill an array, as in a network, gradients are parts of one, too.
   */
  private static void requireGradients(long elements, INDArray gradient) {
    long all = base(gradient).length();
    if (gradient.length() < all && all < elements) {
      throw StateFormatException.ofOtherSizes(elements, all);
    }
  }

  boolean isSummarized() {
    return summarized;
  }

  /**
   * Says once what the states take, when all updaters have done a step, or the second step begins:
   * the size of what was not used yet, as when layers are trained one by one, is not known.
   *
   * @param isComplete whether nothing is said while the size of some is not known
   * @param kernel which does the steps
   */
  void summarize(boolean isComplete, String kernel) {
    StateSummary summary = new StateSummary();
    boolean some = false;
    for (Member member : members) {
      LowBitUpdater<?> updater = member.get();
      boolean added = updater != null && updater.addTo(summary);
      some |= added;
      if (updater != null && !added && isComplete) {
        return;
      }
    }
    if (some) {
      summarized = true;
      say(summary.describe(kernel));
    }
  }

  /** What was said last. */
  static synchronized String lastSummary() {
    return lastSummary;
  }

  private static synchronized void say(String line) {
    if (line.equals(lastSummary)) {
      LOG.debug("{}", line);
    } else {
      LOG.info("{}", line);
    }
    lastSummary = line;
  }

  private static final class Member extends WeakReference<LowBitUpdater<?>> {

    private final long from;
    private final long to;

    /** With the words of the buffer that its state takes. */
    Member(LowBitUpdater<?> updater, long from, long to) {
      super(updater);
      this.from = from;
      this.to = to;
    }

    boolean overlaps(Member other) {
      return from < other.to && other.from < to;
    }
  }

  /** A buffer by its identity: buffers are equal if their contents are. */
  private static final class Key extends WeakReference<DataBuffer> {

    private final int hash;

    Key(DataBuffer buffer) {
      super(buffer, COLLECTED);
      this.hash = System.identityHashCode(buffer);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(Object other) {
      return this == other || other instanceof Key && get() != null && get() == ((Key) other).get();
    }
  }
}
