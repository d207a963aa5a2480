package org.lowbit4j;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.lowbit4j.check.Check;
import org.lowbit4j.dl4j.Configurations;
import org.lowbit4j.dl4j.LayerSlot;
import org.lowbit4j.dl4j.ParameterGroup;
import org.lowbit4j.plan.PlanTable;
import org.lowbit4j.plan.UpdaterPlan;
import org.lowbit4j.plan.UpdaterProperties;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Decides layer by layer how a network's optimizer state is kept and its parameters are updated;
 * the counterpart of bitsandbytes' GlobalOptimManager, whose decisions are part of the network's
 * configuration and its JSON.
 *
 * <pre>{@code
 * conf = OptimManager.of(conf)
 *     .layersOfType(EmbeddingSequenceLayer.class).optimBits(32)
 *     .smallParameters().optimBits(32)
 *     .layer("head").percentileClipping(5).learningRate(1e-4)
 *     .apply();
 * }</pre>
 *
 * <p>Selectors choose layers; the properties behind them are set on the updaters of these, until
 * the next selector. Before the first selector all layers are chosen. Later calls win over earlier
 * ones. Nothing is changed before {@link #apply}, which also
 *
 * <ul>
 *   <li>installs what {@code AdamW8bit}, {@code Lion8bit}, {@code LAMB8bit}, {@code LARS8bit} and
 *       every other updater with weight decay need beside themselves (see {@link
 *       LowBitConfig#regularizations}), once and on weights; on biases only where these were
 *       selected for it ({@code biases().weightDecay(0.01)});
 *   <li>gives each layer's updaters a scope of their own, so that DL4J does not merge them with
 *       their neighbours: quantization blocks then begin with the layer, and DL4J's {@code
 *       setLearningRate(layer, rate)} keeps the state (unless neighbouring layers have equal
 *       updaters of ND4J, which DL4J still merges and then takes apart);
 *   <li>sets the network's data type on updaters, and an updater without state on layers that are
 *       frozen ({@code FrozenLayerWithBackprop}).
 * </ul>
 *
 * <p>DL4J has two updaters for a layer: one for its biases and one for all its other parameters.
 * That is as far as single parameters of a layer can be told apart.
 *
 * <p>To be used by one thread, before the network is made: what a network is being trained with
 * must not be changed here. {@link LearningRates} is for that.
 *
 * @param <T> the kind of configuration
 */
public final class OptimManager<T> extends UpdaterProperties<OptimManager<T>> {

  private final T configuration;
  private final Function<T, List<LayerSlot>> slotsOf;
  private final Function<T, T> copy;
  private final DataType dataType;
  private final List<LayerSlot> slots;
  private final List<UpdaterPlan.Override> overrides = new ArrayList<>();

  private List<LayerSlot> selected;
  private Set<ParameterGroup> groups = EnumSet.allOf(ParameterGroup.class);
  private boolean small;

  private OptimManager(
      T configuration,
      Function<T, List<LayerSlot>> slotsOf,
      Function<T, T> copy,
      DataType dataType) {
    this.configuration = configuration;
    this.slotsOf = slotsOf;
    this.copy = copy;
    this.dataType = dataType;
    this.slots = slotsOf.apply(configuration);
    this.selected = slots;
  }

  /**
   * Begins with a network's configuration, before the network's first step: overrides do not reach
   * updaters that are at work.
   *
   * @param conf as built; changed by {@link #apply} only
   * @return a manager without overrides
   * @throws IllegalArgumentException if one layer object is used for several layers
   */
  public static OptimManager<MultiLayerConfiguration> of(MultiLayerConfiguration conf) {
    return new OptimManager<>(
        Check.notNull("configuration", conf),
        Configurations::slots,
        Configurations::copy,
        conf.getDataType());
  }

  /**
   * Begins with a graph's configuration, before the graph's first step.
   *
   * @param conf as built; changed by {@link #apply} only
   * @return a manager without overrides
   */
  public static OptimManager<ComputationGraphConfiguration> of(ComputationGraphConfiguration conf) {
    return new OptimManager<>(
        Check.notNull("configuration", conf),
        Configurations::slots,
        Configurations::copy,
        conf.getDataType());
  }

  /**
   * Begins with a SameDiff model's training configuration. SameDiff has one updater, and one list
   * of regularizations, for all variables: there is one layer, named {@code variables}, without
   * biases, and weight decay and trust ratios are for all variables.
   *
   * @param config as built; changed by {@link #apply} only
   * @return a manager without overrides
   */
  public static OptimManager<TrainingConfig> of(TrainingConfig config) {
    return new OptimManager<>(
        Check.notNull("configuration", config), Configurations::slots, Configurations::copy, null);
  }

  // ---- selectors

  /**
   * Selects all layers.
   *
   * @return this
   */
  public OptimManager<T> allLayers() {
    return select(slots);
  }

  /**
   * Selects a layer by its name.
   *
   * @param name as configured; {@code layer} with its index behind it if it has none
   * @return this
   * @throws IllegalArgumentException if there is no such layer, or it has nothing to train; the
   *     message lists those that there are
   */
  public OptimManager<T> layer(String name) {
    Check.notNull("layer name", name);
    return select("layer(\"" + name + "\")", slot -> slot.name().equals(name));
  }

  /**
   * Selects a layer by its index.
   *
   * @param index from 0, in the order of the configuration, as {@link #describe} prints it
   * @return this
   * @throws IllegalArgumentException as {@link #layer(String)}
   */
  public OptimManager<T> layer(int index) {
    return select("layer(" + index + ")", slot -> slot.index() == index);
  }

  /**
   * Selects layers by the type of their configuration, or of what they wrap.
   *
   * @param type a class of layer configurations, such as {@code EmbeddingLayer.class}; subclasses
   *     count
   * @return this
   * @throws IllegalArgumentException as {@link #layer(String)}
   */
  public OptimManager<T> layersOfType(Class<?> type) {
    Check.notNull("layer type", type);
    return select(
        "layersOfType(" + type.getSimpleName() + ".class)",
        slot -> slot.configurations().stream().anyMatch(type::isInstance));
  }

  /**
   * Selects layers by a regular expression for their names.
   *
   * @param regex matches the whole name
   * @return this
   * @throws IllegalArgumentException as {@link #layer(String)}
   * @throws java.util.regex.PatternSyntaxException if it is no regular expression
   */
  public OptimManager<T> layersMatching(String regex) {
    Pattern pattern = Pattern.compile(Check.notNull("regular expression", regex));
    return select(
        "layersMatching(\"" + regex + "\")", slot -> pattern.matcher(slot.name()).matches());
  }

  /**
   * Selects layers by their configuration.
   *
   * @param predicate is given a layer's configuration, of a wrapper the wrapper's
   * @return this
   * @throws IllegalArgumentException as {@link #layer(String)}
   */
  public OptimManager<T> layers(Predicate<Object> predicate) {
    Check.notNull("predicate", predicate);
    return select("layers(predicate)", slot -> predicate.test(slot.configurations().get(0)));
  }

  /**
   * Narrows the selection to its layers' parameters that are no biases.
   *
   * @return this
   * @throws IllegalArgumentException if there are none
   */
  public OptimManager<T> weights() {
    return narrow("weights()", ParameterGroup.WEIGHTS);
  }

  /**
   * Narrows the selection to its layers' biases.
   *
   * @return this
   * @throws IllegalArgumentException if there are none that can have an updater of their own
   */
  public OptimManager<T> biases() {
    return narrow("biases()", ParameterGroup.BIASES);
  }

  /**
   * Narrows the selection to a parameter, where it can be told apart from the layer's others.
   *
   * @param name such as {@code W} or {@code b}
   * @return this
   * @throws IllegalArgumentException if no selected layer has it, or DL4J gives others of the layer
   *     the same updater
   */
  public OptimManager<T> parameter(String name) {
    List<LayerSlot> having =
        selected.stream().filter(s -> s.groups().containsKey(name)).collect(Collectors.toList());
    if (having.isEmpty()) {
      throw new IllegalArgumentException(
          "parameter(\"" + name + "\") is in no selected layer; they have " + parameters() + ".");
    }
    ParameterGroup group = having.get(0).groups().get(name);
    for (LayerSlot slot : having) {
      if (slot.parameters(slot.groups().get(name)).size() > 1 || slot.groups().get(name) != group) {
        throw new IllegalArgumentException(
            "DL4J has one updater for the parameters "
                + slot.parameters(slot.groups().get(name))
                + " of layer "
                + slot.name()
                + "; "
                + name
                + " cannot have its own. Use weights(), biases() or the whole layer.");
      }
    }
    select(having);
    return narrow("parameter(\"" + name + "\")", group);
  }

  /**
   * Selects, in all layers, the parameters that bitsandbytes keeps at 32 bits by its minimum size:
   * biases, and the gains and shifts of normalisation layers.
   *
   * @return this
   * @throws IllegalArgumentException if there are none that DL4J gives an updater of their own
   */
  public OptimManager<T> smallParameters() {
    select(slots);
    if (slots.stream()
        .allMatch(s -> !s.isNormalization() && s.parameters(ParameterGroup.BIASES).isEmpty())) {
      throw new IllegalArgumentException(
          "smallParameters() selects nothing that DL4J gives an updater of its own; the layers have "
              + parameters()
              + ".");
    }
    small = true;
    return this;
  }

  // ---- properties

  /**
   * Sets any property of the selected updaters.
   *
   * @param property the name of a setter of theirs, such as {@code momentum}
   * @param value a number, a schedule or whatever the setter takes
   * @return this
   * @throws IllegalArgumentException if a selected updater has no such property (the message lists
   *     those that it has) or the value is out of range; nothing is recorded
   */
  @Override
  public OptimManager<T> set(String property, Object value) {
    if ("dataType".equals(property) && dataType != null) {
      throw new IllegalArgumentException(
          "dataType is " + dataType + ", that of the network; it cannot be set here.");
    }
    return override(Check.notNull("property", property), value);
  }

  /**
   * Replaces the selected updaters.
   *
   * @param updater any updater of ND4J or this library; each layer has a copy
   * @return this
   */
  public OptimManager<T> updater(IUpdater updater) {
    return override(null, Check.notNull("updater", updater));
  }

  // ---- result

  /**
   * Writes the overrides into the configuration. May be called again: an updater's regularizations
   * are replaced, not added.
   *
   * @return the configuration that the manager was made of
   * @throws IllegalArgumentException if the configuration was changed meanwhile such that an
   *     override no longer fits; nothing was changed
   * @throws IllegalStateException if the updater of a network was made of this configuration
   *     already: it would go on as it is, and the network's next checkpoint could not be restored;
   *     nothing was changed. That a network is at work with updaters of ND4J can be told by its
   *     iteration count only, as can one restored without its updater: there is a warning
   */
  public T apply() {
    UpdaterPlan plan = new UpdaterPlan(slots, overrides, dataType);
    plan.requireNoneAtWork(Configurations.iterations(configuration));
    plan.install();
    return configuration;
  }

  /**
   * Describes what {@link #apply} leads to, in a table of layers, parameters, updaters, bits and
   * bytes of state.
   *
   * @return lines of text
   * @throws IllegalStateException if a layer's number of inputs is not known yet
   */
  public String describe() {
    List<LayerSlot> applied = slotsOf.apply(copy.apply(configuration));
    new UpdaterPlan(applied, overrides, dataType).install();
    return new PlanTable(applied, dataType == null ? DataType.FLOAT : dataType).toString();
  }

  private OptimManager<T> override(String property, Object value) {
    UpdaterPlan.Override added = new UpdaterPlan.Override(selectionByIndex(), property, value);
    List<UpdaterPlan.Override> all = new ArrayList<>(overrides);
    all.add(added);
    new UpdaterPlan(slots, all, dataType); // throws where it does not fit
    overrides.add(added);
    return this;
  }

  /** The present selection; by index, since {@link #describe} applies it to a copy. */
  private Function<LayerSlot, Set<ParameterGroup>> selectionByIndex() {
    Set<Integer> indices = selected.stream().map(LayerSlot::index).collect(Collectors.toSet());
    Set<ParameterGroup> all = EnumSet.copyOf(groups);
    Set<ParameterGroup> none = Collections.emptySet();
    Set<ParameterGroup> biases = EnumSet.of(ParameterGroup.BIASES);
    return small
        ? slot -> slot.isNormalization() ? all : biases
        : slot -> indices.contains(slot.index()) ? all : none;
  }

  private OptimManager<T> select(String selector, Predicate<LayerSlot> which) {
    List<LayerSlot> found = slots.stream().filter(which).collect(Collectors.toList());
    if (found.stream().allMatch(s -> s.groups().isEmpty())) {
      throw new IllegalArgumentException(
          selector
              + (found.isEmpty()
                  ? " selects nothing; the layers are "
                  : " selects " + found + ", which has no parameters to train; the layers are ")
              + slots
              + ".");
    }
    return select(found);
  }

  private OptimManager<T> select(List<LayerSlot> layers) {
    selected = layers;
    groups = EnumSet.allOf(ParameterGroup.class);
    small = false;
    return this;
  }

  private OptimManager<T> narrow(String selector, ParameterGroup group) {
    if (small || selected.stream().allMatch(s -> s.parameters(group).isEmpty())) {
      throw new IllegalArgumentException(
          selector
              + (small
                  ? " cannot follow smallParameters(); select layers first."
                  : " selects nothing that DL4J gives an updater of its own; the selected layers have "
                      + parameters()
                      + "."));
    }
    groups = EnumSet.of(group);
    return this;
  }

  private String parameters() {
    return selected.stream()
        .map(s -> s.name() + " " + s.groups().keySet())
        .collect(Collectors.joining(", "));
  }
}
