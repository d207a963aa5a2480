package org.lowbit4j.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.WordType;

/**
 * Weight decay that is offered to the updater whose step comes next on this thread. A kernel that
 * takes it adds it to updates while these are in the cache; in a pass of its own, reading
 * parameters and updates from memory once more takes a fifth of an 8-bit step's time or more.
 *
 * <p>DL4J shows parameters to regularizations only: those of all variables of an updater before its
 * step, and again after it, all on one thread. So an offer is made before the step, and looked at
 * after it; what was not taken is still to be added.
 */
public final class DecayOffers {

  private static final ThreadLocal<NavigableMap<Long, Offer>> BY_ADDRESS =
      ThreadLocal.withInitial(TreeMap::new);

  private DecayOffers() {}

  /**
   * Offers {@code factor*parameters} of a variable, to be added to its updates.
   *
   * @param factor coefficient, learning rate included
   * @param parameters FLOAT, contiguous
   * @param gradient FLOAT, contiguous, as long: what the updater will turn into updates
   * @param iteration of the step
   */
  public static void offer(
      float factor, GradientView parameters, GradientView gradient, int iteration) {
    NavigableMap<Long, Offer> offers = BY_ADDRESS.get();
    if (!offers.isEmpty() && offers.firstEntry().getValue().iteration != iteration) {
      // Of a step that failed.
      offers.clear();
    }
    offers.put(gradient.address(), new Offer(factor, parameters, gradient, iteration));
  }

  /**
   * Takes back the offer of a variable, after the updater's step.
   *
   * @param gradient what was offered for
   * @return the factor that a kernel has added by; 0 if none took the offer, or none was made
   */
  public static float takeBack(GradientView gradient) {
    Offer offer = BY_ADDRESS.get().remove(gradient.address());
    return offer == null || !offer.taken ? 0 : offer.factor;
  }

  /** Takes what is offered for variables within these gradients, in their order. */
  static List<Offer> take(GradientView gradients, int iteration) {
    NavigableMap<Long, Offer> offers = BY_ADDRESS.get();
    List<Offer> within = new ArrayList<>();
    if (offers.isEmpty() || gradients.words() != WordType.FLOAT) {
      return within;
    }
    long end = gradients.address() + gradients.length() * Float.BYTES;
    for (Offer offer : offers.subMap(gradients.address(), true, end, false).values()) {
      boolean whole = offer.gradient.address() + offer.length() * Float.BYTES <= end;
      if (whole && offer.iteration == iteration && offer.isOpen()) {
        offer.taken = true;
        within.add(offer);
      }
    }
    return within;
  }

  /** Weight decay of one variable. */
  static final class Offer {

    final float factor;
    final GradientView parameters;
    final GradientView gradient;
    private final int iteration;
    private boolean taken;

    private Offer(float factor, GradientView parameters, GradientView gradient, int iteration) {
      this.factor = factor;
      this.parameters = parameters;
      this.gradient = gradient;
      this.iteration = iteration;
    }

    long length() {
      return gradient.length();
    }

    /** Whether the memory is there still; offers outlive a step that failed. */
    private boolean isOpen() {
      return parameters.isOpen() && gradient.isOpen();
    }
  }
}
