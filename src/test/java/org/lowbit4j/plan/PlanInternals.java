package org.lowbit4j.plan;

import java.util.Set;
import org.lowbit4j.updater.LowBitConfig;

/** The properties of configurations by name, for tests in other packages. */
public final class PlanInternals {

  private PlanInternals() {}

  public static Set<String> properties(LowBitConfig<?> config) {
    return Setters.names(config);
  }

  public static void set(LowBitConfig<?> config, String property, Object value) {
    Setters.set(config, property, value);
  }
}
