package org.lowbit4j.dl4j;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * A layer or vertex of a network's configuration, with what decides how its parameters are updated.
 *
 * <p>Wrappers such as {@code Bidirectional} and {@code LastTimeStep} count as the layer, and what
 * is set is set on what they wrap.
 */
public final class LayerSlot {

  private final int index;
  private final String name;
  private final List<Object> configurations;
  private final List<UpdaterHolder> holders;
  private final ParameterTable parameters;
  private final Map<String, ParameterGroup> groups = new LinkedHashMap<>();

  /**
   * Makes a slot.
   *
   * @param index position in the network
   * @param name the layer's name
   * @param configurations the layer's configuration and what it wraps, outermost first
   * @param holders where its updaters are kept; empty if nothing of it is trained
   * @param parameters its parameters
   */
  LayerSlot(
      int index,
      String name,
      List<Object> configurations,
      List<UpdaterHolder> holders,
      ParameterTable parameters) {
    this.index = index;
    this.name = name;
    this.configurations = configurations;
    this.holders = holders;
    this.parameters = parameters;
    if (!holders.isEmpty()) {
      probeGroups();
    }
  }

  /**
   * Which of its updaters each parameter has only the layer knows: it is asked with two of ours.
   */
  private void probeGroups() {
    IUpdater ofWeights = new Sgd(0.25);
    IUpdater ofBiases = new Sgd(0.75);
    List<IUpdater> updaters = getAll(h -> h.updater);
    List<IUpdater> biasUpdaters = getAll(h -> h.biasUpdater);
    try {
      set(h -> h.updater, ofWeights);
      set(h -> h.biasUpdater, ofBiases);
      for (String parameter : parameters.names()) {
        IUpdater found = parameters.updater(parameter);
        if (ofWeights.equals(found)) {
          groups.put(parameter, ParameterGroup.WEIGHTS);
        } else if (ofBiases.equals(found)) {
          groups.put(parameter, ParameterGroup.BIASES);
        }
      }
    } finally {
      for (int i = 0; i < holders.size(); i++) {
        holders.get(i).updater.set(updaters.get(i));
        holders.get(i).biasUpdater.set(biasUpdaters.get(i));
      }
    }
  }

  /**
   * Position in the network, in the order of its configuration.
   *
   * @return 0 or more
   */
  public int index() {
    return index;
  }

  /**
   * The layer's name.
   *
   * @return as configured, or {@code layer} with its index behind it
   */
  public String name() {
    return name;
  }

  /**
   * The layer's configuration, and what it wraps.
   *
   * @return one or more configurations, outermost first
   */
  public List<Object> configurations() {
    return Collections.unmodifiableList(configurations);
  }

  /**
   * The parameters that have an updater, frozen ones and statistics left out.
   *
   * @return groups by parameter name, in DL4J's order; empty if the layer has no such parameter
   */
  public Map<String, ParameterGroup> groups() {
    return Collections.unmodifiableMap(groups);
  }

  /**
   * The parameters of a group.
   *
   * @param group weights or biases
   * @return their names, in DL4J's order
   */
  public List<String> parameters(ParameterGroup group) {
    return groups.keySet().stream()
        .filter(p -> groups.get(p) == group)
        .collect(Collectors.toList());
  }

  /**
   * The group of a parameter by DL4J's regularization, which may differ from that of its updater: a
   * bias without an updater of its own is a bias still.
   *
   * @param parameter its name, for layers in wrappers the wrapped layer's
   * @return weights or biases
   */
  public ParameterGroup groupOf(String parameter) {
    return parameters.isBias(parameter) ? ParameterGroup.BIASES : ParameterGroup.WEIGHTS;
  }

  /**
   * Whether DL4J applies regularizations to a parameter.
   *
   * @param parameter its name
   * @return false for the parameters of normalisation layers
   */
  public boolean isRegularized(String parameter) {
    return parameters.isBias(parameter) || parameters.isWeight(parameter);
  }

  /**
   * Whether the layer normalises: its parameters are gains and shifts, none is a weight or bias.
   *
   * @return false for layers without parameters
   */
  public boolean isNormalization() {
    return !groups.isEmpty()
        && groups.keySet().stream().noneMatch(p -> parameters.isWeight(p) || parameters.isBias(p));
  }

  /**
   * How many elements each parameter has.
   *
   * @return sizes by parameter name
   * @throws IllegalStateException if the layer's number of inputs is not known yet
   */
  public Map<String, Long> sizes() {
    Map<String, Long> sizes = parameters.sizes();
    if (sizes.containsValue(0L)) {
      throw new IllegalStateException(
          "The parameters of layer "
              + name
              + " have sizes "
              + sizes
              + ": set nIn of every layer, or the network's input type.");
    }
    return sizes;
  }

  /**
   * The updater that DL4J will use for a parameter.
   *
   * @param parameter one of {@link #groups()}
   * @return its updater
   */
  public IUpdater updaterOf(String parameter) {
    return parameters.updater(parameter);
  }

  /**
   * What DL4J will apply to a parameter beside its updater.
   *
   * @param parameter one of {@link #groups()}
   * @return regularizations, empty if none
   */
  public List<Regularization> regularizationsOf(String parameter) {
    List<Regularization> list = parameters.regularizations(parameter);
    return list == null ? Collections.emptyList() : list;
  }

  /**
   * The updater of a group.
   *
   * @param group weights or biases
   * @return null for biases that share the weights' updater
   */
  public IUpdater updater(ParameterGroup group) {
    return holders.get(0).updater(group).get();
  }

  /**
   * Sets the updater of a group, a copy for each layer that a wrapper wraps.
   *
   * @param group weights or biases
   * @param updater null lets the biases share the weights' updater
   */
  public void updater(ParameterGroup group, IUpdater updater) {
    for (UpdaterHolder holder : holders) {
      holder.updater(group).set(updater == null ? null : updater.clone());
    }
  }

  /**
   * The regularizations of a group.
   *
   * @param group weights or biases
   * @return a copy of the list, empty if there are none
   */
  public List<Regularization> regularizations(ParameterGroup group) {
    List<Regularization> list = holders.get(0).regularizations(group).get();
    return list == null ? new ArrayList<>() : new ArrayList<>(list);
  }

  /**
   * Sets the regularizations of a group.
   *
   * @param group weights or biases
   * @param regularizations all of them
   */
  public void regularizations(ParameterGroup group, List<Regularization> regularizations) {
    for (UpdaterHolder holder : holders) {
      holder.regularizations(group).set(new ArrayList<>(regularizations));
    }
  }

  private List<IUpdater> getAll(Function<UpdaterHolder, UpdaterHolder.Property<IUpdater>> which) {
    return holders.stream().map(h -> which.apply(h).get()).collect(Collectors.toList());
  }

  private void set(
      Function<UpdaterHolder, UpdaterHolder.Property<IUpdater>> which, IUpdater updater) {
    holders.forEach(h -> which.apply(h).set(updater));
  }

  @Override
  public String toString() {
    return index + " " + name;
  }
}
