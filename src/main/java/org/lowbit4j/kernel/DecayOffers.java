package org.lowbit4j.kernel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.WordType;

/**
 * Weight decay that is offered to the updater whose step comes next on this thread. A kernel that
 * takes it adds it to updates while these are in the cache: a pass of its own reads parameters and
 * updates from memory once more, which takes a third as long as an 8-bit step.
 *
 * <p>DL4J shows parameters to regularizations only: those of all variables of an updater before its
 * step, and again after it, on the same thread and with the same arrays. So an offer is made before
 * the step and settled after it; what was not taken is still to be added.
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
   * @throws IllegalArgumentException if an array has another data type or length, or is not
   *     contiguous
   */
  public static void offer(
      float factor, GradientView parameters, GradientView gradient, int iteration) {
    Kernels.requireAlike(parameters, gradient);
    if (!parameters.isContiguous() || !gradient.isContiguous()) {
      throw new IllegalArgumentException(
          "Parameters and gradient must be contiguous; add their decay after the step instead.");
    }
    NavigableMap<Long, Offer> offers = BY_ADDRESS.get();
    if (!offers.isEmpty() && offers.firstEntry().getValue().iteration != iteration) {
      // Of a step that was never done.
      offers.clear();
    }
    offers.put(gradient.address(), new Offer(factor, parameters, gradient, iteration));
  }

  /**
   * Ends an offer, after the updater's step.
   *
   * @param parameters as offered
   * @param gradient as offered
   * @param iteration as offered
   * @return the factor by which a kernel has added the parameters; 0 if none has, or if there is no
   *     such offer
   */
  public static float settle(GradientView parameters, GradientView gradient, int iteration) {
    Offer offer = BY_ADDRESS.get().remove(gradient.address());
    return offer != null && offer.taken && offer.isOf(parameters, gradient, iteration)
        ? offer.factor
        : 0;
  }

  /** Ends all offers, as a step failed: nobody will settle them. */
  public static void forget() {
    BY_ADDRESS.get().clear();
  }

  /** Takes what is offered for variables within these gradients, in their order. */
  static List<Offer> take(GradientView gradients, int iteration) {
    NavigableMap<Long, Offer> offers = BY_ADDRESS.get();
    if (offers.isEmpty() || gradients.words() != WordType.FLOAT) {
      return Collections.emptyList();
    }
    List<Offer> within = new ArrayList<>();
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

    private boolean isOf(GradientView parameters, GradientView gradient, int iteration) {
      return this.parameters.address() == parameters.address()
          && this.gradient.address() == gradient.address()
          && length() == gradient.length()
          && this.iteration == iteration;
    }

    /** Whether the memory is there still, if the step comes late. */
    private boolean isOpen() {
      return parameters.isOpen() && gradient.isOpen();
    }
  }
}
