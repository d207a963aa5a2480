package org.lowbit4j.rule;

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
    /** Non-negative and quadratic in the gradient, such as Adam's v. */
    SECOND(2);

    private final int degree;

    Kind(int degree) {
      this.degree = degree;
    }

    /**
     * The power of a common factor of all gradients that the moment grows with.
     *
     * @return 1 for a first moment, 2 for a second
     */
    public int degree() {
      return degree;
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
   * @return the moment
   */
  public static Moment first(String name) {
    return new Moment(name, Kind.FIRST);
  }

  /**
   * A non-negative moment, quadratic in the gradient.
   *
   * @param name its name in the optimizer's paper, such as {@code v}
   * @return the moment
   */
  public static Moment second(String name) {
    return new Moment(name, Kind.SECOND);
  }

  /**
   * The moment's name.
   *
   * @return its name in the optimizer's paper
   */
  public String name() {
    return name;
  }

  /**
   * The moment's kind.
   *
   * @return first or second
   */
  public Kind kind() {
    return kind;
  }

  @Override
  public String toString() {
    return name;
  }
}
