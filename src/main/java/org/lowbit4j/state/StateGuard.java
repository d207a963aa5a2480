package org.lowbit4j.state;

/**
 * Lets a step begin only on state that this updater's configuration wrote, whole and unchanged.
 *
 * <p>DL4J restores, clones and averages state by writing into the view without telling anyone. The
 * header is therefore read at every step, and whenever it is not the one this object wrote last,
 * scales and codes are verified against its checksum. A replica whose state was averaged fails
 * here, by its checksum or, if all replicas were equal, its canary. Behind a header that is trusted
 * scales and gradient norms are looked at all the same: they are few, and one that is not a number
 * would ruin parameters.
 */
public final class StateGuard {

  private final StateMemory state;
  private final StateHeader header;

  /** The header behind which the state was verified, or written, last. */
  private final long[] trustedHeader;

  private boolean trusted;
  private boolean fresh;
  private int steps;

  /** Guards a state array. */
  public StateGuard(StateMemory state, StateHeader header) {
    this.state = state;
    this.header = header;
    this.trustedHeader = new long[StateLayout.HEADER_WORDS * state.words().bytes() / Long.BYTES];
  }

  /**
   * Begins a step: sets the layout and verifies the state.
   *
   * @throws StateFormatException if the state is not what this writer wrote; nothing was changed
   */
  public void open(StateLayout layout) {
    // What is fresh is so whatever the layout.
    boolean sameLayout = fresh || layout.equals(state.layout());
    if (state.bytes() < layout.bytes()) {
      throw new StateFormatException(tooSmall(layout));
    }
    state.layout(layout);
    if (!trusted || !sameLayout || !state.hasHeader(trustedHeader)) {
      trusted = false;
      verify();
      trust();
    }
    if (!fresh) {
      requireGoodSizes();
    }
  }

  /**
   * Whether the state is fresh.
   *
   * @return true if it was when it was opened last, and not written since
   */
  public boolean isFresh() {
    return fresh;
  }

  /**
   * How many steps were done with the state that was opened.
   *
   * @param iteration DL4J's count, for state of a lowbit4j that did not count
   * @return 0 or more
   */
  public int steps(int iteration) {
    return fresh || steps > 0 ? steps : iteration;
  }

  /** Marks the state as being written: if the step fails, the next one verifies it. */
  public void beginWrite() {
    trusted = false;
  }

  /**
   * Ends a step: writes the header.
   *
   * @param steps done with the state, this one included
   */
  public void close(long checksum, int steps) {
    header.write(state, checksum, steps);
    fresh = false;
    trust();
  }

  private void trust() {
    state.readHeader(trustedHeader);
    steps = StateHeader.steps(state);
    trusted = true;
  }

  private void verify() {
    fresh = StateHeader.isFresh(state);
    if (fresh) {
      requireZeros(0, "has a header of zeros, as fresh state has, but is not zero behind it");
    } else {
      // The header first: without it nothing is where it should be.
      long checksum = header.check(state);
      if (StateChecksum.of(state) != checksum) {
        throw new StateFormatException(Findings.checksum());
      }
      requireZeros(state.layout().bytes(), "is not zero behind its end");
    }
  }

  /** State of another kind would often be too small as well; what it is tells more. */
  private String tooSmall(StateLayout layout) {
    if (!StateHeader.isFresh(state)) {
      StateHeader.checkKind(state, layout);
    }
    return Findings.tooSmall(state.bytes(), layout);
  }

  private void requireGoodSizes() {
    long index = state.findBadSize();
    if (index >= 0) {
      throw new StateFormatException(Findings.size(state, index));
    }
  }

  private void requireZeros(long from, String otherwise) {
    if (!state.isZero(from, state.bytes())) {
      throw new StateFormatException(Findings.notZero(otherwise));
    }
  }
}
