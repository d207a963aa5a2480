package org.lowbit4j.updater;

/** Moments in float32, a piece at a time. */
@FunctionalInterface
public interface MomentReader {

  /**
   * Reads some elements of a moment.
   *
   * @param moment its index in the rule's list
   * @param from the first element
   * @param n how many elements
   * @param out receives them
   * @param at where in it
   */
  void read(int moment, long from, int n, float[] out, int at);

  /**
   * Where all of a moment is stored as codes, to be copied rather than rounded once more.
   *
   * @param moment its index in the rule's list
   * @return null if it is not, or not in one place
   */
  default Encoded encoded(int moment) {
    return null;
  }

  /** A moment in 4 or 8 bits. */
  final class Encoded {

    final PackedState state;
    final int moment;

    /**
     * Names a moment.
     *
     * @param state that holds it
     * @param moment its index there
     */
    Encoded(PackedState state, int moment) {
      this.state = state;
      this.moment = moment;
    }
  }
}
