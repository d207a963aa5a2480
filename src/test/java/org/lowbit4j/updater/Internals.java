package org.lowbit4j.updater;

import java.util.Map;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateLayout;

/** What configurations and updaters keep from users, for tests in other packages. */
public final class Internals {

  private Internals() {}

  /** Marks a configuration as OptimManager does. */
  public static <C extends LowBitConfig<?>> C scoped(C config, String scope) {
    Scope.assign(config, scope);
    return config;
  }

  public static UpdateRule rule(LowBitConfig<?> config) {
    return config.rule();
  }

  public static Map<String, Object> properties(LowBitConfig<?> config) {
    return config.properties();
  }

  public static StateLayout layout(LowBitConfig<?> config, long elements, WordType words) {
    return config.layout(elements, words);
  }

  /** What was logged last of the states of a network. */
  public static String lastSummary() {
    return StateGroup.lastSummary();
  }

  public static void coefficients(
      LowBitUpdater<?> updater, float[] c, double learningRate, int iteration) {
    updater.coefficients(c, learningRate, iteration, 0);
  }
}
