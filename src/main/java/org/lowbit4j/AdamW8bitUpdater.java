package org.lowbit4j;

import org.lowbit4j.rule.AdamRule;
import org.lowbit4j.updater.LowBitUpdater;

/** The updater of {@link AdamW8bit}. */
public final class AdamW8bitUpdater extends LowBitUpdater<AdamW8bit> {

  AdamW8bitUpdater(AdamW8bit config) {
    super(config);
  }

  @Override
  protected void coefficients(float[] c, double learningRate, int iteration, int epoch) {
    AdamW8bit a = getConfig();
    double epsilon = AdamRule.epsilon(a.getEpsilon(), a.getBeta2(), iteration);
    AdamRule.coefficients(c, learningRate, a.getBeta1(), a.getBeta2(), epsilon, iteration);
  }
}
