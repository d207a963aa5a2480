package org.lowbit4j;

import org.lowbit4j.codec.Codebook;
import org.lowbit4j.cuda.CudaUpdates;
import org.lowbit4j.cuda.EmulatedDevice;
import org.lowbit4j.rule.AdamRule;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.AdamConfig;
import org.lowbit4j.updater.LowBitUpdater;

/** {@link Adam8bit} whose steps are done on an emulated device, whatever ND4J's backend is. */
public final class EmulatedAdam8bit extends AdamConfig<EmulatedAdam8bit> {

  private static final long serialVersionUID = 1L;

  static final EmulatedDevice DEVICE = new EmulatedDevice();

  /** As for the JSON. */
  public EmulatedAdam8bit() {}

  @Override
  protected UpdateRule rule() {
    return AdamRule.INSTANCE;
  }

  @Override
  protected LowBitUpdater<EmulatedAdam8bit> newUpdater() {
    return new LowBitUpdater<>(this) {
      @Override
      protected CudaUpdates device(UpdateRule rule, Codebook[] codebooks) {
        return DEVICE.updates(rule, codebooks);
      }

      @Override
      protected void coefficients(float[] c, double learningRate, int iteration, int epoch) {
        AdamRule.coefficients(c, learningRate, getBeta1(), getBeta2(), getEpsilon(), iteration);
      }
    };
  }
}
