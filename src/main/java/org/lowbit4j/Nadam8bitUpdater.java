package org.lowbit4j;

import org.lowbit4j.rule.NadamRule;
import org.lowbit4j.updater.LowBitUpdater;

/** The updater of {@link Nadam8bit}. */
public final class Nadam8bitUpdater extends LowBitUpdater<Nadam8bit> {

  Nadam8bitUpdater(Nadam8bit config) {
    super(config);
  }

  @Override
  protected void coefficients(float[] c, double learningRate, int iteration, int epoch) {
    Nadam8bit a = getConfig();
    NadamRule.coefficients(c, learningRate, a.getBeta1(), a.getBeta2(), a.getEpsilon(), iteration);
  }
}
