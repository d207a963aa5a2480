package org.lowbit4j;

import org.lowbit4j.rule.SGDRule;
import org.lowbit4j.updater.LowBitUpdater;

/** The updater of {@link LARS8bit}. */
public final class LARS8bitUpdater extends LowBitUpdater<LARS8bit> {

  LARS8bitUpdater(LARS8bit config) {
    super(config);
  }

  @Override
  protected void coefficients(float[] c, double learningRate, int iteration, int epoch) {
    double momentum = getConfig().currentMomentum(iteration, epoch);
    SGDRule.coefficients(c, learningRate, momentum, 0, false, iteration);
  }
}
