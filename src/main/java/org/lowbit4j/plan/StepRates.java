package org.lowbit4j.plan;

import java.util.List;
import java.util.OptionalDouble;
import org.lowbit4j.dl4j.LayerSlot;
import org.lowbit4j.dl4j.ParameterGroup;
import org.lowbit4j.updater.LearningRateConfig;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * The rates at which parameters of a layer step that were set by {@link org.lowbit4j.LearningRates}
 * while the layer shared its updater block: their updater tells one rate for all of them, and some
 * of them may be scaled to another.
 */
final class StepRates {

  private final LayerSlot slot;

  StepRates(LayerSlot slot) {
    this.slot = slot;
  }

  /**
   * The rate of a group's parameters.
   *
   * @param group weights or biases, whether or not they have updaters of their own
   * @param updater that they have now
   * @return empty if it is the updater's own, or there are no such parameters
   * @throws UnsupportedOperationException if they have several, which no updater can have
   */
  OptionalDouble of(ParameterGroup group, IUpdater updater) {
    List<String> parameters = slot.parameters(group);
    OptionalDouble first = OptionalDouble.empty();
    for (String parameter : parameters) {
      OptionalDouble rate = of(parameter, updater);
      if (parameter.equals(parameters.get(0))) {
        first = rate;
      } else if (!rate.equals(first)) {
        throw new UnsupportedOperationException(
            String.format(
                "Parameters %s of layer %s have different learning rates, and DL4J has one updater for them: as a layer with a"
                    + " block of its own it cannot keep them. Nothing was changed. Give the layer one rate first:"
                    + " LearningRates.of(net).set(\"%s\", rate).",
                parameters, slot.name(), slot.name()));
      }
    }
    return first;
  }

  private OptionalDouble of(String parameter, IUpdater updater) {
    if (!(updater instanceof LearningRateConfig)) {
      return OptionalDouble.empty();
    }
    LearningRateConfig<?> config = (LearningRateConfig<?>) updater;
    Double marked = config.getBlockRate();
    double ofBlock = marked == null ? config.getLearningRate() : marked;
    Double scaled = RateGroup.scaledRate(slot.regularizationsOf(parameter), ofBlock);
    if (scaled != null) {
      return OptionalDouble.of(scaled);
    }
    if (marked == null) {
      return OptionalDouble.empty();
    }
    // Not scaled: at the block's rate, which the updater tells unless it tells another parameter's.
    double told = config.getLearningRate();
    return OptionalDouble.of(RateGroup.next(told) == marked ? told : RateGroup.previous(ofBlock));
  }
}
