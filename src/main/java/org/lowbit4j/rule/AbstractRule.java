package org.lowbit4j.rule;

import java.util.List;

/** What a rule says about itself. */
abstract class AbstractRule implements UpdateRule {

  private final int id;
  private final String name;
  private final int coefficientCount;
  private final List<Moment> moments;

  AbstractRule(int id, String name, int coefficientCount, Moment... moments) {
    this.id = id;
    this.name = name;
    this.coefficientCount = coefficientCount;
    this.moments = List.of(moments);
  }

  @Override
  public final int id() {
    return id;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final int coefficientCount() {
    return coefficientCount;
  }

  @Override
  public final List<Moment> moments() {
    return moments;
  }

  /**
   * An epsilon in units of the gradient. It stays positive and finite, so that an element with no
   * gradient and no state gets update 0, not 0/0.
   */
  static float rescaled(float epsilon, float factor) {
    return Math.min(Math.max(epsilon * factor, Float.MIN_NORMAL), Float.MAX_VALUE);
  }

  /** An epsilon in units of the gradient's square, likewise. */
  static float rescaledSquare(float epsilon, float factor) {
    return rescaled(epsilon * factor, factor);
  }
}
