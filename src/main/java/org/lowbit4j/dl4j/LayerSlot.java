package org.lowbit4j.dl4j;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.BasePretrainNetwork;
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
   * @return empty if DL4J does not regularize it, as those of normalisation layers
   */
  public Optional<ParameterGroup> regularizationGroup(String parameter) {
    return Optional.ofNullable(groups.byRegularization.get(parameter));
  }

  /**
   * The parameters that a group's regularizations apply to, updated or not.
   *
   * @param group weights or biases
   * @return their names
   */
  public Set<String> regularized(ParameterGroup group) {
    return groups.byRegularization.keySet().stream()
        .filter(p -> groups.byRegularization.get(p) == group)
        .collect(Collectors.toSet());
  }

  /**
   * The parameters that follow each other and have one updater, which DL4J makes an updater block
   * of; if neighbouring layers have other updaters, no more than these.
   *
   * @return a new list of names, those without updater left out
   */
  public List<List<String>> runs() {
    List<List<String>> runs = new ArrayList<>();
    IUpdater before = null;
    for (String parameter : source.parameters.names()) {
      IUpdater updater = groups().containsKey(parameter) ? updaterOf(parameter) : null;
      if (updater != null && !updater.equals(before)) {
        runs.add(new ArrayList<>());
      }
      if (updater != null) {
        runs.get(runs.size() - 1).add(parameter);
      }
      before = updater;
    }
    return runs;
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
   * Whether the layer can be trained by itself, without labels, as an autoencoder.
   *
   * @return true if so; DL4J then has updater blocks that it uses for that only
   */
  public boolean isPretrainable() {
    return configurations().stream().anyMatch(BasePretrainNetwork.class::isInstance);
  }

  /**
   * How many elements each parameter has, if that is known.
   *
   * @return sizes by parameter name; empty if the layer's number of inputs is not known yet
   */
  public Map<String, Long> knownSizes() {
    try {
      return sizes();
    } catch (RuntimeException e) {
      // Some classes of layers cannot even be asked before their number of inputs is known.
      return Collections.emptyMap();
    }
  }

  /**
   * How many elements each parameter has.
   *
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
   * The group whose updater a parameter has.
   *
   * @param parameter any that is updated, frozen or not
   * @return that of weights, too, for a bias without an updater for biases
   */
  public ParameterGroup updaterGroup(String parameter) {
    boolean together = holders().allMatch(h -> h.biasUpdater.get() == null);
    if (together || groups().containsKey(parameter)) {
      return together ? ParameterGroup.WEIGHTS : groups().get(parameter);
    }
    IUpdater updater = updaterOf(parameter);
    return holders().anyMatch(h -> h.biasUpdater.get() == updater)
        ? ParameterGroup.BIASES
        : ParameterGroup.WEIGHTS;
  }

  /**
   * The updater that DL4J will use for a parameter.
   *
   * @param parameter one of {@link #groups()}
   */
  public IUpdater updaterOf(String parameter) {
    return source.parameters.updater(parameter);
  }

  /**
   * What DL4J will apply to a parameter beside its updater.
   *
   * @param parameter one of {@link #groups()}
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
   * Replaces the updaters of a group, one by one for each layer that a wrapper wraps, frozen ones
   * included. The objects that were there stay as they are: DL4J's clones of a network have them,
   * too.
   *
   * @param group weights or biases
   * @param change is given a copy of an updater, to be changed
   */
  public void changeUpdaters(ParameterGroup group, Consumer<IUpdater> change) {
    holders()
        .filter(holder -> holder.updater(group).get() != null)
        .forEach(
            holder -> {
              IUpdater copy = holder.updater(group).get().clone();
              change.accept(copy);
              holder.updater(group).set(copy);
            });
  }

  private Stream<UpdaterHolder> holders() {
    return Stream.concat(source.holders.stream(), source.frozen.stream());
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
   */
  public void regularizations(ParameterGroup group, List<Regularization> regularizations) {
    for (UpdaterHolder holder : source.holders) {
      holder.regularizations(group).set(new ArrayList<>(regularizations));
    }
  }

  /**
   * Notes the updaters and regularizations that there are.
   *
   * @return puts them back
   */
  public Runnable saved() {
    List<Runnable> undo = holders().map(UpdaterHolder::saved).collect(Collectors.toList());
    return () -> undo.forEach(Runnable::run);
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
