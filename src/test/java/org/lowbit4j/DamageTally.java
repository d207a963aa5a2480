package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.lowbit4j.SavedState.Verdict;

/** Counts what becomes of damaged states; nothing may be silent. */
final class DamageTally {

  /** What is known to be accepted, and why that is right. */
  private enum Kind {
    REFUSED,
    /** Nothing was changed at all. */
    UNCHANGED,
    /** Bytes that mean nothing: between arrays, to align them. */
    PADDING,
    /** Another number of steps, which any state may have. */
    AGE,
    /** All bytes zero, which is fresh state. */
    FRESH
  }

  private final String what;
  private final Map<Kind, Long> counts = new TreeMap<>();
  private long accepted;

  DamageTally(String what) {
    this.what = what;
  }

  /** Restores a damaged copy. */
  void restore(SavedState state, byte[] copy, String damage) {
    count(state, state.restore(copy), expected(state, copy), damage);
  }

  private static Kind expected(SavedState state, byte[] copy) {
    if (isZero(copy)) {
      return Kind.FRESH;
    }
    Kind kind = Kind.UNCHANGED;
    for (int i = 0; i < copy.length; i++) {
      if (copy[i] != state.bytes[i]) {
        if (state.isAge(i)) {
          kind = Kind.AGE;
        } else if (!state.isPadding(i)) {
          return Kind.REFUSED;
        } else if (kind == Kind.UNCHANGED) {
          kind = Kind.PADDING;
        }
      }
    }
    return kind;
  }

  private static boolean isZero(byte[] copy) {
    return Arrays.equals(copy, new byte[copy.length]);
  }

  /** Restores the first words. */
  void restoreWords(SavedState state, long words) {
    Kind kind =
        words * state.form.type.width() >= state.layout.bytes() ? Kind.UNCHANGED : Kind.REFUSED;
    count(state, state.restoreWords(words), kind, words + " words");
  }

  /** Counts a state that must be refused, or is the same for that reader. */
  void count(SavedState state, Verdict verdict, boolean isSame, String damage) {
    count(state, verdict, isSame ? Kind.UNCHANGED : Kind.REFUSED, damage);
  }

  private void count(SavedState state, Verdict verdict, Kind kind, String damage) {
    boolean refused = verdict == Verdict.REFUSED;
    if (kind == Kind.REFUSED) {
      assertThat(verdict).as("%s: %s, SILENT", state, damage).isEqualTo(Verdict.REFUSED);
    } else if (kind != Kind.AGE) {
      assertThat(verdict)
          .as("%s: %s, %s", state, damage, kind)
          .isEqualTo(kind == Kind.FRESH ? Verdict.FRESH : Verdict.HARMLESS);
    }
    counts.merge(refused ? Kind.REFUSED : kind, 1L, Long::sum);
    accepted += refused ? 0 : 1;
  }

  long accepted() {
    return accepted;
  }

  /** Says the counts. */
  void print() {
    System.out.println(this);
  }

  @Override
  public String toString() {
    return what + ": " + counts + ", silent 0";
  }
}
