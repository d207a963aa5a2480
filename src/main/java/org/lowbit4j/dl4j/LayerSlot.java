package org.lowbit4j.dl4j;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * A layer or vertex of a network's configuration, with what decides how its parameters are updated.
 *
 * <p>Wrappers such as {@code Bidirectional} and {@code LastTimeStep} count as the layer, and what
 * is set is set on what they wrap.
 */
public final class LayerSlot {

  private final int index;
  private final LayerSource source;
  private final ParameterGroups groups;

  LayerSlot(int index, LayerSource source, ParameterGroups groups) {
    this.index = index;
    this.source = source;
    this.groups = groups;
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
   * @return as configured, or {@code layer} with its index behind it; need not be unique
   */
  public String name() {
    return source.name;
  }

  /**
   * The layer's configuration, and what it wraps.
   *
   * @return one or more configurations, outermost first
   */
  public List<Object> configurations() {
    return Collections.unmodifiableList(source.configurations);
  }

  /**
   * The parameters that have an updater, frozen ones and statistics left out.
   *
   * @return groups by parameter name, in DL4J's order; empty if the layer has no such parameter
   */
  public Map<String, ParameterGroup> groups() {
    return Collections.unmodifiableMap(groups.byUpdater);
  }

  /**
   * The parameters of a group.
   *
   * @param group weights or biases
   * @return their names, in DL4J's order
   */
  public List<String> parameters(ParameterGroup group) {
    return groups.byUpdater.keySet().stream()
        .filter(p -> groups.byUpdater.get(p) == group)
        .collect(Collectors.toList());
  }

  /**
   * The group of a parameter by its regularization, which may differ from that by its updater.
   *
   * @param parameter its name
   * @return empty if DL4J does not regularize it, as those of normalisation layers
   */
  public Optional<ParameterGroup> regularizationGroup(String parameter) {
    return Optional.ofNullable(groups.byRegularization.get(parameter));
  }

  /**
   * Whether the layer normalises: it has parameters, and DL4J regularizes none of them.
   *
   * @return false for layers without parameters
   */
  public boolean isNormalization() {
    return !groups.byUpdater.isEmpty() && groups.byRegularization.isEmpty();
  }

  /**
   * How many elements each parameter has.
   *
   * @return sizes by parameter name
   * @throws IllegalStateException if the layer's number of inputs is not known yet
   */
  public Map<String, Long> sizes() {
    Map<String, Long> sizes = source.parameters.sizes();
    if (sizes.containsValue(0L)) {
      throw new IllegalStateException(
          String.format(
              "The parameters of layer %s have sizes %s: set nIn of every layer, or the network's input type.",
              name(), sizes));
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
    return source.parameters.updater(parameter);
  }

  /**
   * What DL4J will apply to a parameter beside its updater.
   *
   * @param parameter one of {@link #groups()}
   * @return regularizations, empty if none
   */
  public List<Regularization> regularizationsOf(String parameter) {
    List<Regularization> list = source.parameters.regularizations(parameter);
    return list == null ? Collections.emptyList() : list;
  }

  /**
   * The updater of a group.
   *
   * @param group weights or biases
   * @return null for biases that share the weights' updater
   */
  public IUpdater updater(ParameterGroup group) {
    return source.holders.get(0).updater(group).get();
  }

  /**
   * Sets the updater of a group, a copy for each layer that a wrapper wraps.
   *
   * @param group weights or biases
   * @param updater null lets the biases share the weights' updater
   */
  public void updater(ParameterGroup group, IUpdater updater) {
    for (UpdaterHolder holder : source.holders) {
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
    List<Regularization> list = source.holders.get(0).regularizations(group).get();
    return list == null ? new ArrayList<>() : new ArrayList<>(list);
  }

  /**
   * Sets the regularizations of a group.
   *
   * @param group weights or biases
   * @param regularizations all of them
   */
  public void regularizations(ParameterGroup group, List<Regularization> regularizations) {
    for (UpdaterHolder holder : source.holders) {
      holder.regularizations(group).set(new ArrayList<>(regularizations));
    }
  }

  /**
   * The updaters of what is frozen in the layer.
   *
   * @return those that are there for parameters whose gradients are always zero
   */
  public List<IUpdater> frozenUpdaters() {
    return source.frozen.stream().map(h -> h.updater.get()).collect(Collectors.toList());
  }

  /**
   * Gives what is frozen in the layer an updater without state.
   *
   * @param updater leaves parameters as they are
   */
  public void frozenUpdater(IUpdater updater) {
    for (UpdaterHolder holder : source.frozen) {
      holder.updater.set(updater);
      holder.biasUpdater.set(null);
    }
  }

  @Override
  public String toString() {
    return index + " " + name();
  }
}
