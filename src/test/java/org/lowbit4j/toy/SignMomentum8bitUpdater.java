package org.lowbit4j.toy;

import org.lowbit4j.updater.LowBitUpdater;

/** The updater of {@link SignMomentum8bit}. */
public final class SignMomentum8bitUpdater extends LowBitUpdater<SignMomentum8bit> {

  SignMomentum8bitUpdater(SignMomentum8bit config) {
    super(config);
  }

  @Override
  protected void coefficients(float[] c, double learningRate, int iteration, int epoch) {
    SignMomentumRule.coefficients(c, learningRate, getConfig().getBeta());
  }
}
