package org.lowbit4j;

import org.lowbit4j.rule.AdamRule;
import org.lowbit4j.updater.LowBitUpdater;

/** The updater of {@link Adam8bit}. */
public final class Adam8bitUpdater extends LowBitUpdater<Adam8bit> {

  Adam8bitUpdater(Adam8bit config) {
    super(config);
  }

  @Override
  protected void coefficients(float[] c, double learningRate, int iteration, int epoch) {
    Adam8bit a = getConfig();
    AdamRule.coefficients(c, learningRate, a.getBeta1(), a.getBeta2(), a.getEpsilon(), iteration);
  }
}
