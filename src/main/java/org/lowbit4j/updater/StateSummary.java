package org.lowbit4j.updater;

import java.util.Locale;
import org.lowbit4j.state.StateLayout;

/** What the states of a network's updater blocks take, in words. */
final class StateSummary {

  private int blocks4;
  private int blocks8;
  private int blocks32;
  private long parameters4;
  private long parameters8;
  private long parameters32;
  private long bytes;
  private long bytesOf32;

  /** Whether 32 bits were kept, or nothing was gained, for want of parameters alone. */
  private boolean small;

  /**
   * Adds a block.
   *
   * @param layout of its state
   * @param reserved bytes of its state array
   * @param config how its state is kept
   */
  void add(StateLayout layout, long reserved, StateConfig<?> config) {
    if (layout.bits() == 4) {
      blocks4++;
      parameters4 += layout.elements();
    } else if (layout.bits() == 8) {
      blocks8++;
      parameters8 += layout.elements();
    } else {
      blocks32++;
      parameters32 += layout.elements();
    }
    bytes += reserved;
    bytesOf32 += layout.elements() * layout.moments() * layout.wordType().bytes();
    small |= config.getOptimBits() < 32;
  }

  /**
   * The summary.
   *
   * @param kernel which does the steps
   * @return one line
   */
  String describe(String kernel) {
    boolean saves = bytes < bytesOf32;
    return String.format(
        Locale.ROOT,
        "Optimizer state: %d updater blocks in 8 bits (%,d parameters), %d in 32 bits (%,d)%s; %,d bytes, ND4J's updaters"
            + " would take %,d. Kernel: %s.%s",
        blocks8,
        parameters8,
        blocks32,
        parameters32,
        blocks4 == 0
            ? ""
            : String.format(Locale.ROOT, ", %d in 4 bits (%,d)", blocks4, parameters4),
        bytes,
        bytesOf32,
        kernel,
        saves || !small
            ? ""
            : " Nothing is saved, as blocks of fewer parameters than min8bitSize keep 32 bits: min8bitSize(0) gives all of"
                + " them fewer.");
  }
}
