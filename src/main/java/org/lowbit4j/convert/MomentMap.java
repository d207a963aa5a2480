package org.lowbit4j.convert;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.lowbit4j.rule.Moment;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.PackedState;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Which moments of one rule are those of another.
 *
 * <p>Moments are the same if they are the same quantity, whatever their decay: the mean of
 * gradients that Adam, AMSGrad, Nadam, AdaBelief, AdaMax, Lion and AdEMAMix (m1) keep; the mean of
 * squares of Adam, AMSGrad, Nadam, AdEMAMix, RMSprop and AdaDelta (msg); the velocity of Nesterovs
 * and of SGD, in other units. The variance of centred RMSprop and the mean of squares are the same
 * with the mean of gradients taken into account. All others are their rule's own.
 *
 * <p>A rule that divides by a moment which begins anew begins anew as a whole: with an old m and a
 * new v Adam's update would be some 30 learning rates large. AMSGrad's vHat is no such case, as it
 * is v at least.
 */
public final class MomentMap {

  private static final String VELOCITY = "velocity";
  private static final String SQUARE = "mean of squares";
  private static final String VARIANCE = "variance";

  /** Quantities that several rules have, by rule and moment. */
  private static final Map<String, String> QUANTITIES =
      Map.ofEntries(
          Map.entry("adam m", "mean"),
          Map.entry("amsgrad m", "mean"),
          Map.entry("nadam m", "mean"),
          Map.entry("adabelief m", "mean"),
          Map.entry("adamax m", "mean"),
          Map.entry("lion m", "mean"),
          Map.entry("ademamix m1", "mean"),
          Map.entry("adam v", SQUARE),
          Map.entry("amsgrad v", SQUARE),
          Map.entry("nadam v", SQUARE),
          Map.entry("ademamix v", SQUARE),
          Map.entry("rmsprop v", SQUARE),
          Map.entry("rmsprop-momentum v", SQUARE),
          Map.entry("adadelta msg", SQUARE),
          Map.entry("rmsprop-centered s", VARIANCE),
          Map.entry("rmsprop-centered-momentum s", VARIANCE),
          Map.entry("rmsprop-centered a", "mean at the decay of the variance"),
          Map.entry("rmsprop-centered-momentum a", "mean at the decay of the variance"),
          Map.entry("rmsprop-momentum b", "sum of updates"),
          Map.entry("rmsprop-centered-momentum b", "sum of updates"),
          Map.entry("nesterovs v", VELOCITY),
          Map.entry("sgd m", VELOCITY));

  private static final int FRESH = -1;

  private final List<Moment> from;
  private final List<Moment> to;

  /** Of each target moment, the source's index. */
  private final int[] sources;

  /** The source's mean, where a mean of squares is to be made of a variance. */
  private final int meanOfVariance;

  /**
   * The rule whose moments an updater keeps.
   *
   * @param updater of this library or of ND4J
   * @return null if it has none, or nobody here knows it
   */
  public static UpdateRule rule(IUpdater updater) {
    return updater instanceof LowBitConfig
        ? PackedState.rule((LowBitConfig<?>) updater)
        : PlainState.rule(updater);
  }

  private MomentMap(UpdateRule from, UpdateRule to) {
    this.from = from == null ? List.of() : from.moments();
    this.to = to == null ? List.of() : to.moments();
    this.sources = new int[this.to.size()];
    int mean = FRESH;
    for (int k = 0; k < sources.length; k++) {
      sources[k] = from == null ? FRESH : source(from, to, k);
      if (sources[k] != FRESH
          && quantity(from, sources[k]).equals(VARIANCE)
          && quantity(to, k).equals(SQUARE)) {
        mean = 1; // s, a
      }
    }
    this.meanOfVariance = mean;
    if (!canDivide()) {
      Arrays.fill(sources, FRESH);
    }
  }

  /**
   * The map between two rules.
   *
   * @param from the rule that the moments are of; null for an updater without moments
   * @param to the rule that is to have them; null likewise
   */
  public static MomentMap of(UpdateRule from, UpdateRule to) {
    return new MomentMap(from, to);
  }

  /** The map with which a rule begins. */
  static MomentMap fresh(UpdateRule from, UpdateRule to) {
    MomentMap map = new MomentMap(from, to);
    Arrays.fill(map.sources, FRESH);
    return map;
  }

  private static int source(UpdateRule from, UpdateRule to, int k) {
    if (from.id() == to.id()) {
      return k;
    }
    String wanted = quantity(to, k);
    int variance = FRESH;
    for (int i = 0; i < from.moments().size(); i++) {
      String found = quantity(from, i);
      if (found.equals(wanted)) {
        return i;
      }
      boolean square = found.equals(SQUARE) && wanted.equals(VARIANCE);
      if (square || found.equals(VARIANCE) && wanted.equals(SQUARE)) {
        variance = i;
      }
    }
    return variance;
  }

  /** A quantity of its own, unless others have it, too. */
  private static String quantity(UpdateRule rule, int k) {
    String name = rule.name() + " " + rule.moments().get(k).name();
    return QUANTITIES.getOrDefault(name, name);
  }

  /** Whether what the rule divides by comes along; vHat and msdx do not divide by themselves. */
  private boolean canDivide() {
    boolean divides = false;
    boolean known = false;
    for (int k = 0; k < sources.length; k++) {
      boolean divisor = !to.get(k).kind().isSigned();
      divides |= divisor;
      known |= divisor && sources[k] != FRESH;
    }
    return !divides || known;
  }

  /**
   * Where a moment comes from.
   *
   * @param moment index among the target's
   * @return index among the source's, -1 if it begins anew
   */
  public int source(int moment) {
    return sources[moment];
  }

  /** The index of the mean whose square is to be added, -1 for none. */
  int addedSquare(int moment) {
    return meanOfVariance != FRESH
            && sources[moment] != FRESH
            && from.get(sources[moment]).name().equals("s")
        ? meanOfVariance
        : FRESH;
  }

  /** Whether no moment comes along. */
  public boolean isFresh() {
    for (int source : sources) {
      if (source != FRESH) {
        return false;
      }
    }
    return true;
  }

  /**
   * The moments that come along.
   *
   * @return names of the target's
   */
  public List<String> kept() {
    return named(true);
  }

  /**
   * The moments that begin anew.
   *
   * @return names of the target's
   */
  public List<String> fresh() {
    return named(false);
  }

  private List<String> named(boolean known) {
    List<String> names = new ArrayList<>();
    for (int k = 0; k < sources.length; k++) {
      if (known == (sources[k] != FRESH)) {
        names.add(to.get(k).name());
      }
    }
    return names;
  }

  /**
   * The moments that are lost.
   *
   * @return names of the source's
   */
  public List<String> dropped() {
    List<Integer> used = new ArrayList<>();
    for (int k = 0; k < sources.length; k++) {
      used.add(sources[k]);
      used.add(addedSquare(k));
    }
    return from.stream()
        .filter(moment -> !used.contains(from.indexOf(moment)))
        .map(Moment::name)
        .collect(Collectors.toList());
  }
}
