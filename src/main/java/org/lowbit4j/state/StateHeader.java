package org.lowbit4j.state;

import org.lowbit4j.memory.WordType;

/**
 * The first words of a state array: what wrote it, and the checksum of the rest.
 *
 * <p>Every word is a small whole number in the array's own data type, so that a header survives
 * whatever treats the state as an array of numbers, and tells what happened to it:
 *
 * <pre>
 * 0, 1    magic 1217, 1846
 * 2       version of the format, 1
 * 3       data type of the array that was written: 1 FLOAT, 2 DOUBLE, 3 HALF
 * 4       rule
 * 5       codebook family, 0 for 32 bits
 * 6       bits, 8 or 32
 * 7       block size
 * 8       number of moments
 * 9..12   number of elements, base 2048, lowest digit first
 * 13..18  checksum, base 2048, lowest digit first
 * 19      canary: the smallest denormal, which averaging two equal arrays rounds away
 * 20..23  zero
 * </pre>
 *
 * <p>A header of zeros is the header of fresh state, which is zero as a whole.
 */
public final class StateHeader {

  private static final int[] MAGIC = {1217, 1846};
  private static final int VERSION = 1;
  private static final int BASE_BITS = 11;
  private static final int BASE = 1 << BASE_BITS;
  private static final int ELEMENTS_AT = 9;
  private static final int ELEMENTS_DIGITS = 4;
  private static final int CHECKSUM_AT = 13;
  private static final int CHECKSUM_DIGITS = 6;
  private static final int CANARY_AT = 19;

  /**
   * The most telling differences first: the word after the magic in order, but bits before the
   * codebook.
   */
  private static final int[] CHECK_ORDER = {
    2, 3, 4, 6, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23
  };

  private final int rule;
  private final String ruleName;
  private final int codebook;

  /**
   * Describes who writes the state.
   *
   * @param rule number of the update rule
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
   * @param checksum of the scales and codes
   */
  public void write(StateMemory state, long checksum) {
    double[] words = expected(state.layout());
    putDigits(words, CHECKSUM_AT, CHECKSUM_DIGITS, checksum);
    for (int i = 0; i < words.length; i++) {
      state.headerWord(i, words[i]);
    }
  }

  /**
   * Updates the checksum of a header that {@link #write} wrote.
   *
   * @param state with its layout set
   * @param checksum of the scales and codes
   */
  public void writeChecksum(StateMemory state, long checksum) {
    for (int i = 0; i < CHECKSUM_DIGITS; i++) {
      state.headerWord(CHECKSUM_AT + i, digit(checksum, i));
    }
  }

  /**
   * Whether the header is that of fresh state.
   *
   * @param state the state
   * @return true if all its words are zero
   */
  public static boolean isFresh(StateMemory state) {
    return state.isZero(0, (long) StateLayout.HEADER_WORDS * state.words().bytes());
  }

  /**
   * Reads the header and compares it with what this writer would have written.
   *
   * @param state with the layout expected
   * @return the checksum it states
   * @throws StateFormatException if anything differs
   */
  public long check(StateMemory state) {
    double[] expected = expected(state.layout());
    checkMagic(state);
    for (int i : CHECK_ORDER) {
      double found = state.headerWord(i);
      if (isChecksum(i) ? !isDigit(found) : found != expected[i]) {
        throw new StateFormatException(mismatch(state, i, found, expected[i]));
      }
    }
    long checksum = 0;
    for (int i = 0; i < CHECKSUM_DIGITS; i++) {
      checksum |= (long) state.headerWord(CHECKSUM_AT + i) << (i * BASE_BITS);
    }
    return checksum;
  }

  private double[] expected(StateLayout layout) {
    double[] words = new double[StateLayout.HEADER_WORDS];
    words[0] = MAGIC[0];
    words[1] = MAGIC[1];
    words[2] = VERSION;
    words[3] = layout.wordType().id();
    words[4] = rule;
    words[5] = layout.bits() == 8 ? codebook : 0;
    words[6] = layout.bits();
    words[7] = layout.blockSize();
    words[8] = layout.moments();
    putDigits(words, ELEMENTS_AT, ELEMENTS_DIGITS, layout.elements());
    words[CANARY_AT] = canary(layout.wordType());
    return words;
  }

  private static double canary(WordType type) {
    switch (type) {
      case FLOAT:
        return Float.MIN_VALUE;
      case DOUBLE:
        return Double.MIN_VALUE;
      default:
        return 0x1p-24;
    }
  }

  private static void checkMagic(StateMemory state) {
    double first = state.headerWord(0);
    double second = state.headerWord(1);
    if (first == MAGIC[0] && second == MAGIC[1]) {
      return;
    }
    // An average over n replicas, k of them with a header, is k/n of it; HALF words round to 11
    // bits.
    double part = first / MAGIC[0];
    boolean scaled = part > 1e-3 && part < 1 && Math.abs(second / MAGIC[1] / part - 1) < 2e-3;
    throw new StateFormatException(
        scaled
            ? "The optimizer state was averaged or scaled: its header is multiplied by "
                + (float) part
                + ". "
                + AVERAGING
            : "The optimizer state has no lowbit4j header (found words "
                + (float) first
                + ", "
                + (float) second
                + "; expected 1217, 1846): another updater wrote it, such as ND4J's own, or it is damaged.");
  }

  private static final String AVERAGING =
      "State of 8-bit optimizers cannot be averaged: use ParallelWrapper.Builder.averageUpdaters(false), Spark's"
          + " saveUpdater(false).";

  private String mismatch(StateMemory state, int index, double found, double expected) {
    switch (index) {
      case 2:
        return "The optimizer state has format version "
            + whole(found)
            + "; this lowbit4j reads version "
            + VERSION
            + ".";
      case 3:
        return "The optimizer state was written in a "
            + typeName(found)
            + " network and lies in a "
            + state.words()
            + " array now: convertDataType changed its bytes, which cannot be undone. Convert before training, or train"
            + " on with fresh state.";
      case 4:
        return "The optimizer state was written by rule "
            + whole(found)
            + "; this updater is rule "
            + rule
            + " ("
            + ruleName
            + ").";
      case 5:
        return "The optimizer state uses codebook "
            + whole(found)
            + "; this updater uses codebook "
            + whole(expected)
            + " (1 POWER, 2 DYNAMIC).";
      case 6:
        return "The optimizer state has "
            + whole(found)
            + " bits; this updater keeps "
            + whole(expected)
            + " (see optimBits and min8bitSize).";
      case 7:
        return "The optimizer state has block size "
            + whole(found)
            + "; this updater has "
            + whole(expected)
            + ".";
      case CANARY_AT:
        return "Arithmetic was done on the optimizer state's words: its canary is "
            + found
            + ". "
            + AVERAGING;
      default:
        return isElements(index)
            ? elementsMismatch(state)
            : "The optimizer state is damaged: header word "
                + index
                + " is "
                + whole(found)
                + ", expected "
                + whole(expected)
                + ". "
                + AVERAGING;
    }
  }

  private static boolean isChecksum(int index) {
    return index >= CHECKSUM_AT && index < CHECKSUM_AT + CHECKSUM_DIGITS;
  }

  private static boolean isElements(int index) {
    return index >= ELEMENTS_AT && index < ELEMENTS_AT + ELEMENTS_DIGITS;
  }

  private static String elementsMismatch(StateMemory state) {
    long found = 0;
    for (int i = 0; i < ELEMENTS_DIGITS; i++) {
      found |= (long) state.headerWord(ELEMENTS_AT + i) << (i * BASE_BITS);
    }
    return "The optimizer state is for "
        + found
        + " parameters; the gradient has "
        + state.layout().elements()
        + ".";
  }

  private static String typeName(double id) {
    for (WordType type : WordType.values()) {
      if (type.id() == id) {
        return type.name();
      }
    }
    return "data type " + whole(id);
  }

  private static String whole(double x) {
    return x == Math.rint(x) && Math.abs(x) < 1e9 ? Long.toString((long) x) : Double.toString(x);
  }

  private static boolean isDigit(double x) {
    return x >= 0 && x < BASE && x == Math.rint(x);
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
