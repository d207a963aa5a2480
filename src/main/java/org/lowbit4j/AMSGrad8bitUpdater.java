package org.lowbit4j;

import org.lowbit4j.rule.AdamRule;
import org.lowbit4j.updater.LowBitUpdater;

/** The updater of {@link AMSGrad8bit}. */
public final class AMSGrad8bitUpdater extends LowBitUpdater<AMSGrad8bit> {

  AMSGrad8bitUpdater(AMSGrad8bit config) {
    super(config);
  }

  @Override
  protected void coefficients(float[] c, double learningRate, int iteration, int epoch) {
    AMSGrad8bit a = getConfig();
    AdamRule.coefficients(c, learningRate, a.getBeta1(), a.getBeta2(), a.getEpsilon(), iteration);
  }
}
