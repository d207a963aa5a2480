package org.lowbit4j.kernel;

import java.util.Arrays;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.state.StateChecksum;
import org.lowbit4j.state.StateMemory;

/**
 * Scales gradients down to a percentile of the norms of the last 100 steps.
 *
 * <p>As bitsandbytes had it: at the first step all 100 norms are set to the gradient's; later the
 * norm of step t takes place t modulo 100. The limit is the element of index {@code percentile} of
 * the norms in ascending order, this step's among them; a gradient with a larger norm is multiplied
 * by limit/norm. Norms are of what the updater is given, an updater block as a whole.
 *
 * <p>Unlike there, a limit of 0 does not limit: after some steps without a gradient training would
 * never start again.
 */
public final class PercentileClipping {

  /** How many norms are kept. */
  public static final int HISTORY = 100;

  private final float[] norms = new float[HISTORY];
  private final float[] sorted = new float[HISTORY];

  /** Makes one for one updater. */
  public PercentileClipping() {}

  /**
   * Notes the norm of a gradient in the state.
   *
   * @param state its layout set and with room for norms
   * @param gradient the gradient; elements that are not finite count as 0
   * @param percentile 0 to 100; 100 does not limit
   * @param steps done with the state before this one
   * @return what the gradient is to be multiplied by, in [0, 1]
   */
  public float scale(
      StateMemory state, GradientView gradient, int percentile, int steps, boolean fresh) {
    float norm = (float) Math.min(Float.MAX_VALUE, Math.sqrt(Kernels.squaredNorm(gradient)));
    if (fresh) {
      Arrays.fill(norms, norm);
    } else {
      state.readNorms(norms);
      norms[steps % HISTORY] = norm;
    }
    state.writeNorms(norms);
    System.arraycopy(norms, 0, sorted, 0, HISTORY);
    Arrays.sort(sorted);
    float limit = percentile < HISTORY ? sorted[percentile] : norm;
    return limit > 0 && norm > limit ? limit / norm : 1;
  }

  /** What the norms written last add to the state's checksum. */
  public long checksum(int moments) {
    return StateChecksum.ofNorms(moments, norms);
  }
}
