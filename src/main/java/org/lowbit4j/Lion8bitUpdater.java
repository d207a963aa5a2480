package org.lowbit4j;

import org.lowbit4j.rule.LionRule;
import org.lowbit4j.updater.LowBitUpdater;

/** The updater of {@link Lion8bit}. */
public final class Lion8bitUpdater extends LowBitUpdater<Lion8bit> {

  Lion8bitUpdater(Lion8bit config) {
    super(config);
  }

  @Override
  protected void coefficients(float[] c, double learningRate, int iteration, int epoch) {
    LionRule.coefficients(c, learningRate, getConfig().getBeta1(), getConfig().getBeta2());
  }
}
