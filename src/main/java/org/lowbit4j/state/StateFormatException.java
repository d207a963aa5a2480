package org.lowbit4j.state;

/**
 * Optimizer state that this updater did not write, or that was changed since: from another updater
 * or other options, truncated, averaged, converted or damaged. Thrown before gradient or state are
 * touched.
 */
public class StateFormatException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  private static final String REMEDY =
      " Nothing was changed. Restore the state together with the configuration it was trained with, or start with fresh"
          + " state, which drops all optimizer state of the network: net.getUpdater().getStateViewArray().assign(0).";

  /**
   * Makes the exception.
   *
   * @param finding what was found, what was expected and, if known, the likely cause
   */
  public StateFormatException(String finding) {
    super(finding + REMEDY);
  }
}
