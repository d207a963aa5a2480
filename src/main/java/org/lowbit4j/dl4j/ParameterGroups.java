package org.lowbit4j.dl4j;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * Which updater and which regularizations each parameter of a layer has: those of weights, those of
 * biases, or none.
 *
 * <p>Only the layer knows, and each class answers in its own way. It is therefore asked, with
 * markers in the places of updaters and regularizations, on a copy of the configuration.
 */
final class ParameterGroups {

  /** In DL4J's order; parameters that no updater updates are left out. */
  final Map<String, ParameterGroup> byUpdater = new LinkedHashMap<>();

  /** Parameters that are not regularized are left out. */
  final Map<String, ParameterGroup> byRegularization = new LinkedHashMap<>();

  /**
   * Asks a layer.
   *
   * @param holders where its updaters are kept; what is there is overwritten
   */
  ParameterGroups(ParameterTable parameters, List<UpdaterHolder> holders) {
    if (holders.isEmpty()) {
      return;
    }
    IUpdater ofWeights = new Sgd(0.25);
    IUpdater ofBiases = new Sgd(0.75);
    List<Regularization> onWeights = Arrays.asList(new L2Regularization(0.25));
    List<Regularization> onBiases = Arrays.asList(new L2Regularization(0.75));
    for (UpdaterHolder holder : holders) {
      holder.updater.set(ofWeights);
      holder.biasUpdater.set(ofBiases);
      holder.regularization.set(onWeights);
      holder.biasRegularization.set(onBiases);
    }
    for (String parameter : parameters.names()) {
      put(byUpdater, parameter, parameters.updater(parameter), ofWeights, ofBiases);
      put(byRegularization, parameter, parameters.regularizations(parameter), onWeights, onBiases);
    }
  }

  private static void put(
      Map<String, ParameterGroup> groups,
      String parameter,
      Object found,
      Object ofWeights,
      Object ofBiases) {
    if (ofWeights.equals(found)) {
      groups.put(parameter, ParameterGroup.WEIGHTS);
    } else if (ofBiases.equals(found)) {
      groups.put(parameter, ParameterGroup.BIASES);
    }
  }
}
