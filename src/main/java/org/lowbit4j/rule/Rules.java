package org.lowbit4j.rule;

import java.util.List;

/**
 * All rules that state may have been written by: for messages about state that another one wrote,
 * and for reports on all of them.
 */
public final class Rules {

  private static final List<UpdateRule> ALL =
      List.of(
          AdamRule.INSTANCE,
          AMSGradRule.INSTANCE,
          NadamRule.INSTANCE,
          AdaBeliefRule.INSTANCE,
          AdaMaxRule.INSTANCE,
          AdagradRule.INSTANCE,
          RMSpropRule.of(false, false),
          NesterovsRule.INSTANCE,
          AdaDeltaRule.INSTANCE,
          SGDRule.INSTANCE,
          LionRule.INSTANCE,
          AdEMAMixRule.INSTANCE,
          RMSpropRule.of(true, false),
          RMSpropRule.of(false, true),
          RMSpropRule.of(true, true));

  private Rules() {}

  /**
   * The rule with a number.
   *
   * @return null if no rule of this library has the number
   */
  public static UpdateRule of(int id) {
    return ALL.stream().filter(rule -> rule.id() == id).findFirst().orElse(null);
  }

  /**
   * Each rule once, in an order that does not change but at its end.
   *
   * @return a list that cannot be changed
   */
  public static List<UpdateRule> all() {
    return ALL;
  }

  /**
   * The name of the rule with a number.
   *
   * @return null if no rule of this library has the number
   */
  public static String name(int id) {
    UpdateRule rule = of(id);
    return rule == null ? null : rule.name();
  }
}
