package org.lowbit4j.state;

import java.util.function.IntToDoubleFunction;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.Rules;

/**
 * What the header of a state says, read without ND4J's backend and without knowing who wrote it: of
 * a file, for instance. What lies behind the header is not looked at.
 */
public final class StateDescription {

  private static final int QUANTIZATION_BLOCK = 7;

  private final int rule;
  private final int codebook;
  private final StateLayout layout;
  private final int steps;
  private final long checksum;
  private final boolean fresh;

  private StateDescription(WordType words, IntToDoubleFunction header, boolean fresh) {
    this.fresh = fresh;
    this.rule = (int) header.applyAsDouble(4);
    this.codebook = (int) header.applyAsDouble(5);
    this.layout =
        new StateLayout(
            (int) header.applyAsDouble(8),
            (int) header.applyAsDouble(6),
            (int) header.applyAsDouble(QUANTIZATION_BLOCK),
            StateHeader.elements(header),
            words,
            (int) header.applyAsDouble(StateHeader.NORMS_AT));
    this.steps = StateHeader.steps(header);
    this.checksum = StateHeader.checksum(header);
  }

  /**
   * Reads a header.
   *
   * @param words type of the array
   * @param header gives its first {@link StateLayout#HEADER_WORDS} words as numbers, by index
   * @return what it says; without meaning but for {@link #isFresh} if the state is fresh
   * @throws StateFormatException if it is no header of this format's version
   */
  public static StateDescription of(WordType words, IntToDoubleFunction header) {
    boolean fresh = true;
    for (int i = 0; i < StateLayout.HEADER_WORDS; i++) {
      fresh &= header.applyAsDouble(i) == 0;
    }
    if (!fresh) {
      StateHeader.checkMagic(header.applyAsDouble(0), header.applyAsDouble(1));
      if (header.applyAsDouble(2) != StateHeader.VERSION) {
        throw new StateFormatException(
            Findings.version(header.applyAsDouble(2), StateHeader.VERSION));
      }
      if (header.applyAsDouble(3) != words.id()) {
        throw new StateFormatException(Findings.dataType(header.applyAsDouble(3), words));
      }
    }
    return new StateDescription(words, header, fresh);
  }

  /** Whether no step was done with the state. */
  public boolean isFresh() {
    return fresh;
  }

  /**
   * The number of the rule that wrote the state.
   *
   * @return see {@link Rules}
   */
  public int rule() {
    return rule;
  }

  /**
   * The name of the rule that wrote the state.
   *
   * @return null if this library does not know it
   */
  public String ruleName() {
    return Rules.name(rule);
  }

  /**
   * The family of codebooks.
   *
   * @return 1 POWER, 2 DYNAMIC, 0 for 32 bits
   */
  public int codebook() {
    return codebook;
  }

  /** Where norms, scales and codes lie; its size tells where the state ends. */
  public StateLayout layout() {
    return layout;
  }

  /** Steps done with the state; 0 if a lowbit4j wrote it that did not count. */
  public int steps() {
    return steps;
  }

  /** What {@link StateChecksum} is to be. */
  public long checksum() {
    return checksum;
  }
}
