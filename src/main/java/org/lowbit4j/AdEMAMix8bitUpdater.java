package org.lowbit4j;

import org.lowbit4j.rule.AdEMAMixRule;
import org.lowbit4j.updater.LowBitUpdater;

/** The updater of {@link AdEMAMix8bit}. */
public final class AdEMAMix8bitUpdater extends LowBitUpdater<AdEMAMix8bit> {

  AdEMAMix8bitUpdater(AdEMAMix8bit config) {
    super(config);
  }

  @Override
  protected void coefficients(float[] c, double learningRate, int iteration, int epoch) {
    AdEMAMix8bit a = getConfig();
    double[] betas = {a.getBeta1(), a.getBeta2(), a.currentBeta3(iteration)};
    AdEMAMixRule.coefficients(
        c, learningRate, betas, a.currentAlpha(iteration), a.getEpsilon(), iteration);
  }
}
