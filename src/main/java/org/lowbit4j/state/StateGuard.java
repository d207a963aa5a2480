package org.lowbit4j.state;

/**
 * Lets a step begin only on state that this updater's configuration wrote, whole and unchanged.
 *
 * <p>DL4J restores, clones and averages state by writing into the view without telling anyone. The
 * header is therefore read at every step, and whenever its checksum is not the one this object
 * wrote last, scales and codes are verified against it. A replica whose state was averaged fails
 * here, by its checksum or, if all replicas were equal, its canary.
 */
public final class StateGuard {

  private final StateMemory state;
  private final StateHeader header;
  private boolean written;
  private long lastChecksum;

  /**
   * Guards a state array.
   *
   * @param state the array
   * @param header describes its writer
   */
  public StateGuard(StateMemory state, StateHeader header) {
    this.state = state;
    this.header = header;
  }

  /**
   * Begins a step: sets the layout and verifies the state.
   *
   * @param layout the layout expected
   * @throws StateFormatException if the state is not what this writer wrote; nothing was changed
   */
  public void open(StateLayout layout) {
    if (state.bytes() < layout.bytes()) {
      throw new StateFormatException(Findings.tooSmall(state.bytes(), layout));
    }
    state.layout(layout);
    if (StateHeader.isFresh(state)) {
      requireZeros(0, "has a header of zeros, as fresh state has, but is not zero behind it");
      written = false;
      return;
    }
    long checksum = header.check(state);
    if (!written || checksum != lastChecksum) {
      verify(checksum);
    }
  }

  /**
   * Ends a step: writes the header.
   *
   * @param checksum of the scales and codes just written
   */
  public void close(long checksum) {
    if (written) {
      header.writeChecksum(state, checksum);
    } else {
      header.write(state, checksum);
    }
    written = true;
    lastChecksum = checksum;
  }

  private void verify(long checksum) {
    if (StateChecksum.of(state) != checksum) {
      throw new StateFormatException(Findings.checksum());
    }
    requireZeros(state.layout().bytes(), "is not zero behind its end");
    written = true;
    lastChecksum = checksum;
  }

  private void requireZeros(long from, String otherwise) {
    if (!state.isZero(from, state.bytes())) {
      throw new StateFormatException(Findings.notZero(otherwise));
    }
  }
}
