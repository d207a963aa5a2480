package org.lowbit4j.state;

/**
 * Optimizer state that this updater did not write, or that was changed since: from another updater
 * or other options, truncated, averaged, converted or damaged. Thrown before gradient or state are
 * touched.
 */
public class StateFormatException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  private static final String REMEDY =
      " Nothing was changed. Fresh state always works, but drops all optimizer state of the network:"
          + " net.getUpdater().getStateViewArray().assign(0).";

  /**
   * Makes the exception.
   *
   * @param finding what was found, what was expected, the likely cause if known, and what to do
   */
  public StateFormatException(String finding) {
    super(finding + REMEDY);
  }
}
