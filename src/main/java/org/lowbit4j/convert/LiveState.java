package org.lowbit4j.convert;

import java.util.List;
import java.util.function.BiPredicate;
import org.lowbit4j.dl4j.LayerSlot;

/** The optimizer state of a network or a model, and how another plan takes it over. */
public interface LiveState {

  /** What the configuration consists of. */
  List<LayerSlot> layers();

  /**
   * Puts another plan into the configuration, and makes updaters by it that go on with the state of
   * those before. All or nothing.
   *
   * @param install writes the plan into the configuration
   * @param anew which parameters of which layers are to begin with fresh state
   * @param from another network whose layers of the same names are to be gone on with; or null
   * @throws IllegalStateException if the network was not initialized, was closed, is paged or in
   *     the middle of a step, has an updater that DL4J did not make, or moments that are not finite
   * @throws UnsupportedOperationException if some updater's moments are not known here
   */
  void replan(Runnable install, BiPredicate<LayerSlot, String> anew, NetworkState from);

  /**
   * Tells what {@link #replan} would do.
   *
   * @param anew which parameters of which layers are to begin with fresh state
   * @param from another network whose layers of the same names are to be gone on with; or null
   * @return for the layers of a copy of the configuration
   */
  Outcome outcome(BiPredicate<LayerSlot, String> anew, NetworkState from);
}
