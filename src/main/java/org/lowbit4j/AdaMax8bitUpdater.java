package org.lowbit4j;

import org.lowbit4j.rule.AdaMaxRule;
import org.lowbit4j.updater.LowBitUpdater;

/** The updater of {@link AdaMax8bit}. */
public final class AdaMax8bitUpdater extends LowBitUpdater<AdaMax8bit> {

  AdaMax8bitUpdater(AdaMax8bit config) {
    super(config);
  }

  @Override
  protected void coefficients(float[] c, double learningRate, int iteration, int epoch) {
    AdaMax8bit a = getConfig();
    AdaMaxRule.coefficients(c, learningRate, a.getBeta1(), a.getBeta2(), a.getEpsilon(), iteration);
  }
}
