package org.lowbit4j.convert;

import org.lowbit4j.rule.NesterovsRule;
import org.lowbit4j.rule.SGDRule;
import org.lowbit4j.rule.UpdateRule;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * The units of momentum. Nesterovs keeps v, which is what parameters move by, the learning rate
 * included; SGD and LARS keep m, in units of the gradient, and move by rate*m:
 *
 * <pre>
 * Nesterovs: v = mu*v - lr*g      SGD: m = mu*m + g      v = -lr*m
 * </pre>
 *
 * With one constant rate the two are the same training. What a parameter moves by is kept, with the
 * rate of the next step: training then goes on as fast as it came.
 */
final class Velocity {

  private Velocity() {}

  /**
   * What a first moment is to be multiplied by.
   *
   * @param source of the moment
   * @param to the updater that is to have it
   * @param iteration of the next step
   * @param epoch of the next step
   * @return 1 if units are the same
   * @throws IllegalArgumentException if the new updater's rate is 0, at which nothing moves
   */
  static float factor(Source source, IUpdater to, int iteration, int epoch) {
    UpdateRule rule = source.rule();
    UpdateRule target = Block.rule(to);
    if (!isMomentum(rule) || !isMomentum(target) || source.state().isFresh()) {
      return 1;
    }
    boolean sameUnits =
        rule.id() == target.id()
            && (rule.id() == NesterovsRule.INSTANCE.id()
                || source.config().getClass() == to.getClass());
    if (sameUnits && (rule.id() == SGDRule.INSTANCE.id() || source.scale == 1)) {
      return 1;
    }
    double moved = unit(source.config(), iteration, epoch) * source.scale;
    double unit = unit(to, iteration, epoch);
    float factor = (float) (moved / unit);
    if (!(Math.abs(factor) <= Float.MAX_VALUE)) {
      throw new IllegalArgumentException(
          String.format(
              "The momentum of %s cannot be converted to that of %s, whose learning rate at iteration %d is %s: nothing moves"
                  + " at that rate. Nothing was changed. Set a rate, or let the layer begin anew: reset().",
              source.config(), to, iteration, unit));
    }
    return factor;
  }

  private static boolean isMomentum(UpdateRule rule) {
    return rule != null
        && (rule.id() == NesterovsRule.INSTANCE.id() || rule.id() == SGDRule.INSTANCE.id());
  }

  /** What parameters move by, for each unit of the moment. */
  private static double unit(IUpdater config, int iteration, int epoch) {
    return Block.rule(config).id() == NesterovsRule.INSTANCE.id()
        ? -1
        : config.getLearningRate(iteration, epoch);
  }

  /** Refuses to convert what is not known. */
  static void requireSame(String name, IUpdater from, IUpdater to) {
    if (from.getClass() != to.getClass()) {
      throw new UnsupportedOperationException(
          String.format(
              "%s is updated by %s, and was to be by %s: one of them is neither ND4J's nor lowbit4j's, and its moments are not"
                  + " known. Nothing was changed. Let the layer begin anew, reset(), or keep its updater.",
              name, from.getClass().getName(), to.getClass().getName()));
    }
  }
}
