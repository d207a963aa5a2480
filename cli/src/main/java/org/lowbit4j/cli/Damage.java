package org.lowbit4j.cli;

/** Something in a file that should not be there, or be otherwise. */
final class Damage {

  /** Where, such as {@code updater block 2 (layer0 W)}; null for a file as a whole. */
  final String where;

  /** Offset in the part that {@link #what} is about, which is not compressed; -1 if not known. */
  final long at;

  /** The part of the file, such as {@code updaterState.bin}. */
  final String part;

  final String what;

  Damage(String where, String part, long at, String what) {
    this.where = where;
    this.part = part;
    this.at = at;
    this.what = what;
  }

  @Override
  public String toString() {
    String place = where == null ? "" : where + ", ";
    String offset = at < 0 ? "" : "byte " + at + " of ";
    return (part == null ? place : place + offset + part + ": ") + what;
  }
}
