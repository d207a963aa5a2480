package org.lowbit4j.state;

import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.Rules;

/**
 * What can be wrong with a state, in words: what was found, what was expected, the likely cause,
 * and what to do, unless that is to start afresh, which {@link StateFormatException} says.
 */
final class Findings {

  private static final String AVERAGING =
      " State of 8-bit optimizers cannot be averaged word by word: use StateAveraging.on(wrapper) or StateAverage (see"
          + " docs/parallel.md), or ParallelWrapper.Builder.averageUpdaters(false) or Spark's saveUpdater(false), and"
          + " restore the state from before.";

  private static final String RESTORE =
      " Restore it from a file that was written with the network it is for.";

  private static final String SIZES =
      " Restore it into a network whose layers have the sizes it was trained with; layers that were replaced need fresh"
          + " state.";

  private Findings() {}

  static String scaled(double part) {
    return String.format(
        "The optimizer state was averaged or scaled: its header is multiplied by %s.%s",
        (float) part, AVERAGING);
  }

  static String foreign(double first, double second) {
    return String.format(
        "The optimizer state has no lowbit4j header (found words %s, %s; expected 1217, 1846): another updater wrote it, such"
            + " as ND4J's own, or it is damaged. Give the network the updater that wrote it, or one of lowbit4j's its own"
            + " state.",
        first, second);
  }

  static String version(double found, int expected) {
    return String.format(
        "The optimizer state has format version %s; this lowbit4j reads version %d. Use a release of lowbit4j that reads"
            + " version %1$s.",
        whole(found), expected);
  }

  static String dataType(double found, WordType expected) {
    String written = "data type " + whole(found);
    for (WordType type : WordType.values()) {
      written = type.id() == found ? type.name() : written;
    }
    return String.format(
        "The optimizer state was written in a %s network and lies in a %s array now: convertDataType changed its bytes, which"
            + " cannot be undone. Convert before training, or train on with fresh state.",
        written, expected);
  }

  static String rule(double found, int expected, String name) {
    String writer = Rules.name((int) found);
    return String.format(
        "The optimizer state was written by rule %s (%s); this updater is rule %d (%s). Give the network the optimizer it was"
            + " trained with; for RMSprop8bit momentum and centered count, too.",
        whole(found), writer == null ? "none of this lowbit4j's" : writer, expected, name);
  }

  static String codebook(double found, double expected) {
    return String.format(
        "The optimizer state uses codebook %s; this updater uses codebook %s (1 POWER, 2 DYNAMIC). Set quantMap to the one it"
            + " was trained with.",
        whole(found), whole(expected));
  }

  static String bits(double found, double expected) {
    return String.format(
        "The optimizer state has %s bits; this updater keeps %s. Set optimBits and min8bitSize to what it was trained with."
            + " To go on in %2$s bits, restore the network with the configuration that it was saved with, and convert it:"
            + " OptimManager.of(net).optimBits(%2$s).apply(); or the file: lowbit4j convert FILE --bits %2$s -o NEW.",
        whole(found), whole(expected));
  }

  static String blockSize(double found, double expected) {
    return String.format(
        "The optimizer state has block size %s; this updater has %s. Set blockSize(%1$s).",
        whole(found), whole(expected));
  }

  static String norms(double found, double expected) {
    return String.format(
        "The optimizer state keeps %s gradient norms; this updater keeps %s (100 with percentileClipping, else 0). Turn"
            + " percentileClipping %s, as it was trained.",
        whole(found), whole(expected), found > 0 ? "on" : "off");
  }

  static String elements(long found, long expected) {
    return String.format(
        "The optimizer state is for %d parameters; the gradient has %d.%s", found, expected, SIZES);
  }

  static String elementsOfAll(long found, long expected) {
    return String.format(
        "The optimizer states of all updater blocks are for %d parameters; the network has %d.%s",
        found, expected, SIZES);
  }

  static String canary(double found) {
    return String.format(
        "Arithmetic was done on the optimizer state's words: its canary is %s.%s",
        found, AVERAGING);
  }

  static String damaged(int word, double found, double expected) {
    return String.format(
        "The optimizer state is damaged: header word %d is %s, expected %s.%s",
        word, whole(found), whole(expected), AVERAGING);
  }

  static String checksum() {
    return String.format(
        "The optimizer state does not match its checksum: it was saved or cloned while another thread trained the network,"
            + " or averaged, truncated or overwritten. Save and clone within synchronized (net) { ... }, or in a listener's"
            + " iterationDone.%s",
        AVERAGING);
  }

  /** Of one of a layout's sizes, by its index. */
  static String size(StateMemory state, long index) {
    StateLayout layout = state.layout();
    long scale = index - layout.norms();
    String which =
        scale < 0
            ? "gradient norm " + index
            : String.format(
                "the scale of block %d of moment %d",
                scale % layout.blocks(), scale / layout.blocks());
    return String.format(
        "The optimizer state is damaged: %s is %s; it must be finite, 0 or more. It was changed since the"
            + " last step. Restore the last checkpoint.",
        which, state.size(index));
  }

  static String tooSmall(long bytes, StateLayout layout) {
    return String.format(
        "The optimizer state has %d bytes (%s); %s need %d. The updater's dataType must be the network's, and the gradient"
            + " be the one the state was made for. An array made by hand has config.stateSize(%d) words, which is not a"
            + " multiple of the parameters as with ND4J's updaters.",
        bytes, layout.wordType(), layout, layout.bytes(), layout.elements());
  }

  static String notZero(String where) {
    return String.format(
        "The optimizer state %s: another updater wrote it, or it is damaged.%s", where, RESTORE);
  }

  private static String whole(double x) {
    return x == Math.rint(x) && Math.abs(x) < 1e9 ? Long.toString((long) x) : Double.toString(x);
  }
}
