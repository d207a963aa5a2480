package org.lowbit4j;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.Internals;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.api.buffer.DataType;

/** The rules of all optimizers, for tests of their kernels. */
public final class CudaRules {

  private CudaRules() {}

  /** Each rule once. */
  public static List<UpdateRule> all() {
    return new ArrayList<>(byOptimizer().keySet());
  }

  /** Coefficients of a rule, as its optimizer computes them. */
  public static float[] coefficients(UpdateRule rule, int iteration) {
    Optimizers optimizer = byOptimizer().get(rule);
    LowBitUpdater<?> updater =
        (LowBitUpdater<?>) Updaters.create(optimizer.config(), 64, DataType.FLOAT);
    float[] c = new float[rule.coefficientCount()];
    Internals.coefficients(updater, c, 1e-3, iteration);
    return c;
  }

  private static Map<UpdateRule, Optimizers> byOptimizer() {
    Map<Integer, UpdateRule> byId = new LinkedHashMap<>();
    Map<UpdateRule, Optimizers> optimizers = new LinkedHashMap<>();
    for (Optimizers optimizer : Optimizers.values()) {
      UpdateRule rule = Internals.rule(optimizer.config());
      if (byId.putIfAbsent(rule.id(), rule) == null) {
        optimizers.put(rule, optimizer);
      }
    }
    return optimizers;
  }
}
