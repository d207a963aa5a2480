package org.lowbit4j;

import org.lowbit4j.rule.AdamRule;
import org.lowbit4j.updater.LowBitUpdater;

/** The updater of {@link LAMB8bit}. */
public final class LAMB8bitUpdater extends LowBitUpdater<LAMB8bit> {

  LAMB8bitUpdater(LAMB8bit config) {
    super(config);
  }

  @Override
  protected void coefficients(float[] c, double learningRate, int iteration, int epoch) {
    LAMB8bit l = getConfig();
    double epsilon = AdamRule.epsilon(l.getEpsilon(), l.getBeta2(), iteration);
    AdamRule.coefficients(c, learningRate, l.getBeta1(), l.getBeta2(), epsilon, iteration);
  }
}
