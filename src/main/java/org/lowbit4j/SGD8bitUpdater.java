package org.lowbit4j;

import org.lowbit4j.rule.SGDRule;
import org.lowbit4j.updater.LowBitUpdater;

/** The updater of {@link SGD8bit}. */
public final class SGD8bitUpdater extends LowBitUpdater<SGD8bit> {

  SGD8bitUpdater(SGD8bit config) {
    super(config);
  }

  @Override
  protected void coefficients(float[] c, double learningRate, int iteration, int epoch) {
    SGD8bit s = getConfig();
    double momentum = s.currentMomentum(iteration, epoch);
    SGDRule.coefficients(c, learningRate, momentum, s.getDampening(), s.isNesterov(), steps());
  }
}
