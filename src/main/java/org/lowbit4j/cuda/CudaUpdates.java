package org.lowbit4j.cuda;

import java.util.HashMap;
import java.util.Map;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateHeader;
import org.lowbit4j.state.StateLayout;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The steps of one updater on ND4J's CUDA backend, without a copy to the host and without waiting
 * for the device.
 *
 * <p>Before kernels are used on a device they are tested there against the Java kernel ({@link
 * CudaSelfTest}). If that fails, or the driver does, there is one warning, and steps are done on
 * the host: the same results, but every step copies gradient and state. The system property {@value
 * #PROPERTY} = {@code off} does so from the start.
 *
 * <p>Not thread-safe: one instance per updater.
 */
public final class CudaUpdates {

  /** The system property that switches the kernels off. */
  public static final String PROPERTY = "lowbit4j.cuda";

  private static final int NOWHERE = -1;

  private final CudaArrays arrays;
  private final UpdateRule rule;
  private final Codebook[] codebooks;
  private final Map<Integer, CudaStep> launchers = new HashMap<>();

  /** Where the state was written last by this, or {@value #NOWHERE}. */
  private int adoptedOn = NOWHERE;

  /** Whether the state is fresh, and the steps in its header, as far as is known here. */
  private boolean fresh = true;

  private int stepsInHeader;

  /** With arrays of a test's. */
  CudaUpdates(CudaArrays arrays, UpdateRule rule, Codebook[] codebooks) {
    this.arrays = arrays;
    this.rule = rule;
    this.codebooks = codebooks.clone();
  }

  /**
   * Prepares an updater's steps.
   *
   * @param codebooks one per moment of the rule
   * @return null unless ND4J's backend is CUDA
   */
  public static CudaUpdates create(UpdateRule rule, Codebook[] codebooks) {
    CudaArrays arrays = CudaArrays.ofBackend();
    return arrays == null ? null : new CudaUpdates(arrays, rule, codebooks);
  }

  /**
   * Whether a gradient's step can be done on the device; otherwise, or if the kernels cannot be
   * used, it is to be done on the host, between {@link #toHost} and {@link #hostWritten}.
   *
   * @param contiguous whether the gradient's elements lie one after the other
   */
  public boolean isUsable(boolean contiguous) {
    return contiguous && verdict().isEmpty();
  }

  /**
   * Whether the state must be verified on the host before the next step: it is new here or on the
   * present device, or the device found it to be written by others.
   */
  public boolean needsVerification() {
    return adoptedOn != arrays.device() || launchers.get(adoptedOn).isForeign();
  }

  /**
   * Notes that the state was verified on the host.
   *
   * @param fresh whether it is fresh
   * @param stepsInHeader as its header has them
   */
  public void verified(boolean fresh, int stepsInHeader) {
    adoptedOn = NOWHERE;
    this.fresh = fresh;
    this.stepsInHeader = stepsInHeader;
  }

  /**
   * Launches a step.
   *
   * @param gradient in: the gradient; out: the update
   * @param percentile of percentile clipping, not used if the layout has no norms
   * @param steps done with the state before this one
   */
  public void step(
      INDArray state,
      INDArray gradient,
      StateLayout layout,
      StateHeader header,
      float[] c,
      int percentile,
      int steps) {
    int device = arrays.device();
    CudaStep launcher = launchers.computeIfAbsent(device, d -> new CudaStep(rule, codebooks));
    WordType words = WordType.of(gradient.dataType(), "gradient");
    ExpectedHeader expected =
        new ExpectedHeader(header.bytes(layout, stepsInHeader), fresh, adoptedOn != device);
    arrays.run(
        (stream, at) -> {
          StepOperands on = new StepOperands(layout, expected, at[1], at[0], words);
          boolean clips = layout.norms() > 0;
          if (clips) {
            launcher.clip(stream, on, percentile, steps);
          }
          launcher.update(stream, on, c, clips ? Float.NaN : 1, steps);
        },
        2,
        gradient,
        state);
    adoptedOn = device;
    fresh = false;
    stepsInHeader = StateHeader.storedSteps(steps + 1);
    finish(state, layout);
  }

  /**
   * Makes arrays valid on the host.
   *
   * @param gradient the gradient, or null
   */
  public void toHost(INDArray state, INDArray gradient) {
    arrays.toHost(state);
    if (gradient != null) {
      arrays.toHost(gradient);
    }
  }

  /**
   * Notes that arrays were written on the host.
   *
   * @param gradient the gradient, or null
   */
  public void hostWritten(INDArray state, INDArray gradient) {
    if (PinnedMemory.of(state) == null) {
      arrays.hostWritten(state);
    }
    if (gradient != null) {
      arrays.hostWritten(gradient);
    }
    adoptedOn = NOWHERE;
  }

  /**
   * Gradient elements that were not finite.
   *
   * @param wait whether for all steps launched, or only for those known to have ended
   * @return a count since this was made
   */
  public long skipped(boolean wait) {
    long sum = 0;
    for (CudaStep launcher : launchers.values()) {
      sum += wait ? launcher.skipped(arrays.stream()) : launcher.skippedSoFar();
    }
    return sum;
  }

  /** State in memory of the host can be read, or given back, there at any time. */
  private void finish(INDArray state, StateLayout layout) {
    PinnedMemory pinned = PinnedMemory.of(state);
    if (pinned != null) {
      Driver.synchronize(arrays.stream());
      pinned.noteStep(state, layout.bytes());
    }
  }

  /** For tests: kernels are loaded and tested anew. */
  static void forget() {
    Verdicts.forget();
    CudaModules.forget();
  }

  private String verdict() {
    int device = arrays.device();
    String ofClipping = Verdicts.ofClipping(device, rule, arrays);
    return ofClipping.isEmpty() ? Verdicts.ofSteps(device, rule, arrays) : ofClipping;
  }
}
