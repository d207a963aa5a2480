package org.lowbit4j.state;

/**
 * Optimizer state that this updater did not write, or that was changed since: from another updater
 * or other options, truncated, averaged, converted or damaged. Thrown before gradient or state are
 * touched, unless the message says otherwise: codes that were changed behind an unchanged header
 * are found by the step itself.
 */
public class StateFormatException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  private static final String FRESH =
      " Fresh state always works, but drops all optimizer state of the network:"
          + " net.getUpdater().getStateViewArray().assign(0).";

  private static final String REMEDY = " Nothing was changed." + FRESH;

  /** The word of the header that was found wrong, if there is one. */
  private int word;

  /**
   * Makes the exception.
   *
   * @param finding what was found, what was expected, the likely cause if known, and what to do
   */
  public StateFormatException(String finding) {
    super(finding + REMEDY);
  }

  /**
   * The same, of a word of a header.
   *
   * @param word its index
   */
  StateFormatException(String finding, int word) {
    super(finding + REMEDY);
    this.word = word;
  }

  private StateFormatException(String message, StateFormatException cause) {
    super(message, cause);
  }

  /**
   * The word of the header that was found wrong.
   *
   * @return its index; 0 if it is the state as a whole
   */
  public int word() {
    return word;
  }

  /**
   * What was found, without what to do in a network.
   *
   * @return the message's beginning
   */
  public String finding() {
    return getMessage().replace(REMEDY, "");
  }

  /**
   * For damage behind a good header, which only the step itself comes across.
   *
   * @param blocks how many quantization blocks have it
   * @return the exception
   */
  public static StateFormatException inMidStep(long blocks) {
    return new StateFormatException(
        String.format(
            "The optimizer state is damaged: %d quantization blocks have codes or values that no step writes. It was"
                + " changed since the last step. This step's parameters are unchanged, but state before and beside these"
                + " blocks has advanced, and is refused from now on. Restore the last checkpoint.%s",
            blocks, FRESH),
        null);
  }

  /**
   * For states of several updater blocks, each good as such, that are not for this network.
   *
   * @param found parameters that they are for, together
   * @param expected parameters that there are gradients of
   * @return the exception
   */
  public static StateFormatException ofOtherSizes(long found, long expected) {
    return new StateFormatException(Findings.elementsOfAll(found, expected));
  }

  /**
   * The same, telling where.
   *
   * @param where such as {@code updater block 3}
   * @return a new exception
   */
  public StateFormatException in(String where) {
    return new StateFormatException("In " + where + ": " + getMessage(), this);
  }
}
