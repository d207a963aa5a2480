package org.lowbit4j.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntToDoubleFunction;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.Rules;
import org.lowbit4j.rule.UpdateRule;

/**
 * The first words of a state array: what wrote it, and the checksum of the rest.
 *
 * <p>Every word but the canaries is a small whole number in the array's own data type, so that a
 * header survives whatever treats the state as an array of numbers, and tells what happened to it:
 *
 * <pre>
 * 0, 1    magic 1217, 1846
 * 2       version of the format, 1
 * 3       data type of the array that was written: 1 FLOAT, 2 DOUBLE, 3 HALF
 * 4       rule
 * 5       codebook family, 0 for 32 bits
 * 6       bits, 4, 8 or 32
 * 7       block size
 * 8       number of moments
 * 9..12   number of elements, base 2048, lowest digit first
 * 13..18  checksum, base 2048, lowest digit first
 * 19      canary: the smallest denormal, which halving rounds away
 * 20      canary: the largest number, which adding overflows
 * 21      number of gradient norms kept, 0 without percentile clipping
 * 22, 23  steps done with this state, base 2048, lowest digit first
 * </pre>
 *
 * <p>A header of zeros is the header of fresh state, which is zero as a whole.
 *
 * <p>The steps are the state's age, whatever DL4J's iteration count says: a graph's {@code clone()}
 * begins to count anew, fresh state in mid-training does not. 0 in state that is not fresh was
 * written by a lowbit4j that did not count; such state is as old as the iteration at its next step.
 * Behind 2^22 - 1 comes 2^21, so that old state never becomes young.
 */
public final class StateHeader {

  private static final int[] MAGIC = {1217, 1846};
  private static final int VERSION = 1;
  private static final int BASE_BITS = 11;
  private static final int BASE = 1 << BASE_BITS;
  private static final int RULE_AT = 4;
  private static final int CODEBOOK_AT = 5;
  private static final int BITS_AT = 6;
  private static final int BLOCK_SIZE_AT = 7;
  private static final int ELEMENTS_AT = 9;
  private static final int ELEMENTS_DIGITS = 4;
  private static final int CHECKSUM_AT = 13;
  private static final int CHECKSUM_DIGITS = 6;
  private static final int CANARY_AT = 19;
  private static final int NORMS_AT = 21;
  private static final int LARGEST_NORMS = 100;
  private static final int STEPS_AT = 22;
  private static final int STEPS_DIGITS = 2;
  private static final int STEPS_LIMIT = 1 << STEPS_DIGITS * BASE_BITS;

  /**
   * The most telling differences first: the word after the magic in order, but bits before the
   * codebook.
   */
  private static final int[] CHECK_ORDER = {
    2, 3, 4, 6, 5, 7, 8, 21, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 23
  };

  private final int rule;
  private final String ruleName;
  private final int codebook;

  /**
   * Describes who writes the state.
   *
   * @param ruleName its name, for messages
   * @param codebook number of the codebook family
   */
  public StateHeader(int rule, String ruleName, int codebook) {
    this.rule = rule;
    this.ruleName = ruleName;
    this.codebook = codebook;
  }

  /**
   * Writes the header.
   *
   * @param state with its layout set
   * @param steps done with the state, 0 or more
   */
  public void write(StateMemory state, long checksum, int steps) {
    double[] words = expected(state.layout());
    putDigits(words, CHECKSUM_AT, CHECKSUM_DIGITS, checksum);
    putDigits(words, STEPS_AT, STEPS_DIGITS, storedSteps(steps));
    for (int i = 0; i < words.length; i++) {
      state.headerWord(i, words[i]);
    }
  }

  /**
   * The header's bytes but for its checksum, which is zero.
   *
   * @param steps done with the state, as the header has them
   * @return its words, in native byte order
   */
  public byte[] bytes(StateLayout layout, int steps) {
    WordType words = layout.wordType();
    ByteBuffer bytes = ByteBuffer.allocate(StateLayout.HEADER_WORDS * words.bytes());
    bytes.order(ByteOrder.nativeOrder());
    double[] header = expected(layout);
    putDigits(header, STEPS_AT, STEPS_DIGITS, steps);
    for (double word : header) {
      words.put(bytes, word);
    }
    return bytes.array();
  }

  /**
   * A number of steps as a header keeps it.
   *
   * @param steps 0 or more, or one more than the largest int
   * @return the same up to 2^22 - 1, else a number from 2^21 on
   */
  public static int storedSteps(int steps) {
    int half = STEPS_LIMIT / 2;
    return steps >= 0 && steps < STEPS_LIMIT ? steps : half | steps & half - 1;
  }

  /**
   * The number of steps that a header states.
   *
   * @param state the state, its header checked
   * @return 0 if it is fresh, or written by a lowbit4j that did not count
   */
  public static int steps(StateMemory state) {
    return (int) readDigits(state, STEPS_AT, STEPS_DIGITS);
  }

  /**
   * The number of parameters that a header is for.
   *
   * @return the number, without meaning if the header is not one of this format
   */
  public static long elements(StateMemory state) {
    return readDigits(state, ELEMENTS_AT, ELEMENTS_DIGITS);
  }

  /**
   * The width of the state that a header is for.
   *
   * @return 4, 8 or 32; 0 if it is fresh; without meaning if the header is not one of this format
   */
  public static int bits(StateMemory state) {
    return (int) state.headerWord(BITS_AT);
  }

  /**
   * Whether the header is that of fresh state.
   *
   * @return true if all its words are zero
   */
  public static boolean isFresh(StateMemory state) {
    return state.isZero(0, (long) StateLayout.HEADER_WORDS * state.words().bytes());
  }

  /**
   * Reads the header and compares it with what this writer would have written.
   *
   * @param state with the layout expected
   * @throws StateFormatException if anything differs; any number of steps will do
   */
  public long check(StateMemory state) {
    double[] words = new double[StateLayout.HEADER_WORDS];
    for (int i = 0; i < words.length; i++) {
      words[i] = state.headerWord(i);
    }
    return check(words, state.layout());
  }

  /**
   * Compares a header with what this writer would have written.
   *
   * @param words the header's
   * @param layout expected
   * @return the checksum that it states
   * @throws StateFormatException if anything differs; any number of steps will do
   */
  public long check(double[] words, StateLayout layout) {
    double[] expected = expected(layout);
    checkMagic(words[0], words[1]);
    long checksum = readDigits(words, CHECKSUM_AT, CHECKSUM_DIGITS);
    // Digits that are no whole numbers below the base do not come back from the number they make.
    putDigits(expected, CHECKSUM_AT, CHECKSUM_DIGITS, checksum);
    putDigits(expected, STEPS_AT, STEPS_DIGITS, readDigits(words, STEPS_AT, STEPS_DIGITS));
    for (int i : CHECK_ORDER) {
      if (Double.compare(words[i], expected[i]) != 0) {
        throw new StateFormatException(finding(words, layout, i, expected[i]), i);
      }
    }
    return checksum;
  }

  /**
   * The layout that a header states by itself, to read state whose writer is not known.
   *
   * @param words the header's
   * @param type of the array that has it
   * @return null if it states none
   */
  public static StateLayout layout(double[] words, WordType type) {
    UpdateRule rule = Rules.of((int) words[RULE_AT]);
    int bits = (int) words[BITS_AT];
    int blockSize = (int) words[BLOCK_SIZE_AT];
    int norms = (int) words[NORMS_AT];
    long elements = readDigits(words, ELEMENTS_AT, ELEMENTS_DIGITS);
    boolean good =
        rule != null
            && words[0] == MAGIC[0]
            && words[1] == MAGIC[1]
            && words[2] == VERSION
            && (bits == 4 || bits == 8 || bits == 32)
            && Integer.bitCount(blockSize) == 1
            && blockSize > 0
            && blockSize <= StateLayout.LARGEST_BLOCK
            && (norms == 0 || norms == LARGEST_NORMS)
            && elements > 0
            && elements < 1L << ELEMENTS_DIGITS * BASE_BITS;
    return good
        ? new StateLayout(rule.moments().size(), bits, blockSize, elements, type, norms)
        : null;
  }

  /**
   * Who wrote a header that states a layout: as this, its codebook included.
   *
   * @param words the header's, from which {@link #layout} was read
   */
  public static StateHeader writer(double[] words) {
    UpdateRule rule = Rules.of((int) words[RULE_AT]);
    return new StateHeader(rule.id(), rule.name(), (int) words[CODEBOOK_AT]);
  }

  /**
   * The number of the rule.
   *
   * @return as in the state header
   */
  public int rule() {
    return rule;
  }

  /**
   * The number of the codebook family, which 32 bits do not use.
   *
   * @return as in the state header
   */
  public int codebook() {
    return codebook;
  }

  /**
   * The number of steps that a header states.
   *
   * @param words the header's
   */
  public static int steps(double[] words) {
    return (int) readDigits(words, STEPS_AT, STEPS_DIGITS);
  }

  private double[] expected(StateLayout layout) {
    double[] words = new double[StateLayout.HEADER_WORDS];
    words[0] = MAGIC[0];
    words[1] = MAGIC[1];
    words[2] = VERSION;
    words[3] = layout.wordType().id();
    words[4] = rule;
    words[5] = layout.isQuantized() ? codebook : 0;
    words[6] = layout.bits();
    words[7] = layout.blockSize();
    words[8] = layout.moments();
    putDigits(words, ELEMENTS_AT, ELEMENTS_DIGITS, layout.elements());
    words[CANARY_AT] = layout.wordType().smallest();
    words[CANARY_AT + 1] = layout.wordType().largest();
    words[NORMS_AT] = layout.norms();
    return words;
  }

  /**
   * Checks that there is a header of this format at all, and of state of that width.
   *
   * @param state any state that is not fresh
   * @param layout of the state that was expected
   * @throws StateFormatException if not
   */
  static void checkKind(StateMemory state, StateLayout layout) {
    checkMagic(state.headerWord(0), state.headerWord(1));
    double bits = state.headerWord(BITS_AT);
    if (bits != layout.bits()) {
      throw new StateFormatException(Findings.bits(bits, layout.bits()), BITS_AT);
    }
  }

  private static void checkMagic(double first, double second) {
    if (first == MAGIC[0] && second == MAGIC[1]) {
      return;
    }
    // An average over n replicas, k of them with a header, is k/n of it; HALF words round to 11
    // bits.
    double part = first / MAGIC[0];
    boolean scaled = part > 1e-3 && part < 1 && Math.abs(second / MAGIC[1] / part - 1) < 2e-3;
    throw new StateFormatException(
        scaled ? Findings.scaled(part) : Findings.foreign(first, second));
  }

  private String finding(double[] words, StateLayout layout, int index, double expected) {
    double found = words[index];
    switch (index) {
      case 2:
        return Findings.version(found, VERSION);
      case 3:
        return Findings.dataType(found, layout.wordType());
      case 4:
        return Findings.rule(found, rule, ruleName);
      case 5:
        return Findings.codebook(found, expected);
      case 6:
        return Findings.bits(found, expected);
      case 7:
        return Findings.blockSize(found, expected);
      case CANARY_AT:
      case CANARY_AT + 1:
        return Findings.canary(found);
      case NORMS_AT:
        return Findings.norms(found, expected);
      default:
        return index >= ELEMENTS_AT && index < ELEMENTS_AT + ELEMENTS_DIGITS
            ? Findings.elements(readDigits(words, ELEMENTS_AT, ELEMENTS_DIGITS), layout.elements())
            : Findings.damaged(index, found, expected);
    }
  }

  private static long readDigits(StateMemory state, int at, int digits) {
    return readDigits(state.header(), at, digits);
  }

  private static long readDigits(double[] words, int at, int digits) {
    return readDigits((int i) -> words[i], at, digits);
  }

  private static long readDigits(IntToDoubleFunction header, int at, int digits) {
    long value = 0;
    for (int i = 0; i < digits; i++) {
      value |= (long) header.applyAsDouble(at + i) << (i * BASE_BITS);
    }
    return value;
  }

  private static double digit(long value, int index) {
    return value >>> (index * BASE_BITS) & BASE - 1;
  }

  private static void putDigits(double[] words, int at, int digits, long value) {
    for (int i = 0; i < digits; i++) {
      words[at + i] = digit(value, i);
    }
  }
}
