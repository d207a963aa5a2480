package org.lowbit4j;

import org.lowbit4j.rule.AdagradRule;
import org.lowbit4j.updater.LowBitUpdater;

/** The updater of {@link Adagrad8bit}. */
public final class Adagrad8bitUpdater extends LowBitUpdater<Adagrad8bit> {

  Adagrad8bitUpdater(Adagrad8bit config) {
    super(config);
  }

  @Override
  protected void coefficients(float[] c, double learningRate, int iteration, int epoch) {
    AdagradRule.coefficients(
        c, learningRate, Adagrad8bit.DEFAULT_EPSILON, getConfig().getEpsilon());
  }
}
