package org.lowbit4j;

import org.lowbit4j.rule.AdaDeltaRule;
import org.lowbit4j.updater.LowBitUpdater;

/** The updater of {@link AdaDelta8bit}. */
public final class AdaDelta8bitUpdater extends LowBitUpdater<AdaDelta8bit> {

  AdaDelta8bitUpdater(AdaDelta8bit config) {
    super(config);
  }

  @Override
  protected void coefficients(float[] c, double learningRate, int iteration, int epoch) {
    AdaDeltaRule.coefficients(c, getConfig().getRho(), getConfig().getEpsilon());
  }
}
