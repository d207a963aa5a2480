package org.lowbit4j;

import org.lowbit4j.rule.RMSpropRule;
import org.lowbit4j.updater.LowBitUpdater;

/** The updater of {@link RMSprop8bit}. */
public final class RMSprop8bitUpdater extends LowBitUpdater<RMSprop8bit> {

  RMSprop8bitUpdater(RMSprop8bit config) {
    super(config);
  }

  @Override
  protected void coefficients(float[] c, double learningRate, int iteration, int epoch) {
    RMSprop8bit r = getConfig();
    RMSpropRule.coefficients(
        c, learningRate, r.getRmsDecay(), r.getEpsilon(), r.getMomentum(), steps());
  }
}
