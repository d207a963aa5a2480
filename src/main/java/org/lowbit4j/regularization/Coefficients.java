package org.lowbit4j.regularization;

import org.lowbit4j.check.Check;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;

/** Coefficients of weight decay, which are schedules in ND4J, and may come from a file. */
final class Coefficients {

  private static final String NAME = "the coefficient of weight decay";

  private Coefficients() {}

  /** A constant in range. */
  static ISchedule constant(double coefficient) {
    return new FixedSchedule(Check.coefficient(NAME, coefficient));
  }

  /** A schedule whose first value is in range. */
  static ISchedule checked(ISchedule coefficient) {
    at(Check.notNull(NAME, coefficient), 0, 0);
    return coefficient;
  }

  /** The value in force, which is in range. */
  static double at(ISchedule coefficient, int iteration, int epoch) {
    return Check.coefficient(NAME, coefficient.valueAt(iteration, epoch));
  }
}
