package org.lowbit4j;

import org.lowbit4j.rule.AdaBeliefRule;
import org.lowbit4j.updater.LowBitUpdater;

/** The updater of {@link AdaBelief8bit}. */
public final class AdaBelief8bitUpdater extends LowBitUpdater<AdaBelief8bit> {

  AdaBelief8bitUpdater(AdaBelief8bit config) {
    super(config);
  }

  @Override
  protected void coefficients(float[] c, double learningRate, int iteration, int epoch) {
    AdaBelief8bit a = getConfig();
    AdaBeliefRule.coefficients(
        c, learningRate, a.getBeta1(), a.getBeta2(), a.getEpsilon(), iteration);
  }
}
