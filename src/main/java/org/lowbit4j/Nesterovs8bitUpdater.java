package org.lowbit4j;

import org.lowbit4j.rule.NesterovsRule;
import org.lowbit4j.updater.LowBitUpdater;

/** The updater of {@link Nesterovs8bit}. */
public final class Nesterovs8bitUpdater extends LowBitUpdater<Nesterovs8bit> {

  Nesterovs8bitUpdater(Nesterovs8bit config) {
    super(config);
  }

  @Override
  protected void coefficients(float[] c, double learningRate, int iteration, int epoch) {
    NesterovsRule.coefficients(c, learningRate, getConfig().currentMomentum(iteration, epoch));
  }
}
