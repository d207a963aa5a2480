package org.lowbit4j.rule;

import java.util.List;

/**
 * One state array of an update rule: what it is called and how it scales with the gradient.
 *
 * @see UpdateRule#moments()
 */
public final class Moment {

  /** How a moment depends on the gradient; decides its codebook and how it is rescaled. */
  public enum Kind {
    /** Signed and linear in the gradient, such as Adam's m. */
    FIRST(1),
    /** Signed and linear in the update, which has no unit, such as RMSprop's momentum. */
    FIRST_OF_UPDATES(0),
    /** Non-negative and quadratic in the gradient, such as Adam's v. */
    SECOND(2),
    /** Non-negative and linear in the gradient, such as AdaMax's u. */
    NORM(1),
    /** Non-negative and quadratic in the update, which has no unit, such as AdaDelta's msdx. */
    SECOND_OF_UPDATES(0);

    private final int degree;

    Kind(int degree) {
      this.degree = degree;
    }

    /**
     * The power of a common factor of all gradients that the moment grows with.
     *
     * @return 0, 1 or 2
     */
    public int degree() {
      return degree;
    }

    /** Whether the moment may be negative. */
    public boolean isSigned() {
      return this == FIRST || this == FIRST_OF_UPDATES;
    }

    /** Whether the moment is a mean or sum of squares, of which the rule needs the root. */
    public boolean isSquare() {
      return this == SECOND || this == SECOND_OF_UPDATES;
    }
  }

  private final String name;
  private final Kind kind;

  private Moment(String name, Kind kind) {
    this.name = name;
    this.kind = kind;
  }

  /**
   * A signed moment, linear in the gradient.
   *
   * @param name its name in the optimizer's paper, such as {@code m}
   */
  public static Moment first(String name) {
    return new Moment(name, Kind.FIRST);
  }

  /** A signed moment, linear in the update and independent of the gradient's unit. */
  public static Moment firstOfUpdates(String name) {
    return new Moment(name, Kind.FIRST_OF_UPDATES);
  }

  /**
   * A non-negative moment, quadratic in the gradient.
   *
   * @param name its name in the optimizer's paper, such as {@code v}
   */
  public static Moment second(String name) {
    return new Moment(name, Kind.SECOND);
  }

  /**
   * A non-negative moment, linear in the gradient.
   *
   * @param name its name in the optimizer's paper, such as {@code u}
   */
  public static Moment norm(String name) {
    return new Moment(name, Kind.NORM);
  }

  /** A non-negative moment, quadratic in the update and independent of the gradient's unit. */
  public static Moment secondOfUpdates(String name) {
    return new Moment(name, Kind.SECOND_OF_UPDATES);
  }

  /**
   * The moment in units of whose root the others' sizes are bounded: the last of kind {@link
   * Kind#SECOND} or {@link Kind#NORM}, which updates are divided by. State in 4 bits keeps moments
   * of kind {@link Kind#FIRST} divided by its root.
   *
   * @param moments of a rule
   * @return its index; -1 if there is none
   */
  public static int divisor(List<Moment> moments) {
    int last = -1;
    for (int k = 0; k < moments.size(); k++) {
      Kind kind = moments.get(k).kind;
      last = kind == Kind.SECOND || kind == Kind.NORM ? k : last;
    }
    return last;
  }

  /** The moment's name. */
  public String name() {
    return name;
  }

  /**
   * The moment's kind.
   *
   * @return what decides its codebook
   */
  public Kind kind() {
    return kind;
  }

  @Override
  public String toString() {
    return name;
  }
}
