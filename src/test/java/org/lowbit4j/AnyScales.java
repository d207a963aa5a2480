package org.lowbit4j;

import java.util.List;
import java.util.Random;
import org.lowbit4j.rule.Moment;
import org.lowbit4j.state.StateMemory;

/** Scales as no training has them, all of which a state may have. */
public final class AnyScales {

  private AnyScales() {}

  /**
   * Replaces the scales of a half of the blocks by numbers of any magnitude, but for moments whose
   * size does not follow that of gradients: they are products of what the others bound.
   */
  public static void write(StateMemory state, List<Moment> moments, Random random) {
    for (long block = 0; block < state.layout().blocks(); block++) {
      for (int k = 0; k < moments.size(); k++) {
        double power = 10 * random.nextInt(10) - 47 + 3 * random.nextGaussian();
        double scale = random.nextInt(8) == 0 ? 0 : Math.pow(10, power);
        if (random.nextInt(2) == 0 && moments.get(k).kind().degree() > 0) {
          state.scale(k, block, (float) Math.min(scale, Float.MAX_VALUE));
        }
      }
    }
  }
}
