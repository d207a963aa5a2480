package org.lowbit4j.toy;

import java.util.Map;
import org.lowbit4j.check.Check;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.LearningRateConfig;
import org.lowbit4j.updater.LowBitUpdater;

/** The configuration of a toy optimizer: step 2 of "Adding a rule" in nd4j-ops/README.md. */
public final class SignMomentum8bit extends LearningRateConfig<SignMomentum8bit> {

  private static final long serialVersionUID = 1L;

  private double beta = 0.9;

  public SignMomentum8bit() {
    super(1e-4);
  }

  public SignMomentum8bit(double learningRate) {
    this();
    learningRate(learningRate);
  }

  public SignMomentum8bit beta(double beta) {
    this.beta = Check.decay("beta", beta);
    return this;
  }

  public double getBeta() {
    return beta;
  }

  @Override
  protected Map<String, Object> properties() {
    Map<String, Object> p = super.properties();
    p.put("beta", beta);
    return p;
  }

  @Override
  protected void validate() {
    super.validate();
    beta(beta);
  }

  @Override
  protected UpdateRule rule() {
    return SignMomentumRule.INSTANCE;
  }

  @Override
  protected LowBitUpdater<SignMomentum8bit> newUpdater() {
    return new SignMomentum8bitUpdater(this);
  }
}
