package org.lowbit4j.updater;

import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateHeader;
import org.lowbit4j.state.StateLayout;

/**
 * What the bytes of a configuration's state must be, for those who have them without an updater.
 */
public final class StateSpecification {

  private final LowBitConfig<?> config;

  /**
   * Specifies the state of a configuration.
   *
   * @param config as read from a file
   * @throws IllegalArgumentException naming the first property out of range
   */
  public StateSpecification(LowBitConfig<?> config) {
    config.validateAll();
    this.config = config;
  }

  /**
   * The arithmetic, which has the moments.
   *
   * @return its rule
   */
  public UpdateRule rule() {
    return config.rule();
  }

  /**
   * Who writes the state.
   *
   * @return what writes and checks headers
   */
  public StateHeader header() {
    return config.header();
  }

  /**
   * Where things lie.
   *
   * @param elements parameters of the updater block
   * @param type of the state array
   * @param bytes that the block has of the array
   * @param written bits of the state that is there, 0 if it is fresh
   * @return the layout
   */
  public StateLayout layout(long elements, WordType type, long bytes, int written) {
    return config.layout(elements, type, bytes, written);
  }
}
