package org.lowbit4j.cli;

/** What a command cannot do, told in one line: what was found, and the remedy. */
final class Failure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Exit status where a file is not what it should be, but for what {@link #NOT_READABLE} is. */
  static final int DAMAGED = 1;

  /** Exit status where there is nothing to work with, or nothing could be done. */
  static final int NOT_READABLE = 2;

  private final int status;

  Failure(String message, Throwable cause) {
    this(message, cause, NOT_READABLE);
  }

  Failure(String message, Throwable cause, int status) {
    super(message, cause);
    this.status = status;
  }

  int status() {
    return status;
  }
}
