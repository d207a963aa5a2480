package org.lowbit4j.paging;

import java.util.List;
import java.util.stream.Collectors;
import org.lowbit4j.dl4j.StateSlot;
import org.lowbit4j.updater.LowBitConfig;

/** Which networks' state can be moved. */
final class Pageable {

  private Pageable() {}

  static void require(StateSlot<?> slot, Storage storage) {
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
          String.format(
              "Updaters with state that are not lowbit4j's go through all of it at once: %s. Use those of lowbit4j, with"
                  + " optimBits(32) where 8 bits will not do.",
              foreign));
    }
    if (slot.words() == 0) {
      throw new IllegalStateException("The network's updaters have no state: nothing to page.");
    }
  }
}
