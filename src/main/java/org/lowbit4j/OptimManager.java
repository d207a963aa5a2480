package org.lowbit4j;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.lowbit4j.check.Check;
import org.lowbit4j.convert.LiveState;
import org.lowbit4j.convert.NetworkState;
import org.lowbit4j.convert.SameDiffState;
import org.lowbit4j.dl4j.Configurations;
import org.lowbit4j.dl4j.LayerSlot;
import org.lowbit4j.dl4j.ParameterGroup;
import org.lowbit4j.paging.StatePager;
import org.lowbit4j.plan.LayerSelector;
import org.lowbit4j.plan.PlanTable;
import org.lowbit4j.plan.Twins;
import org.lowbit4j.plan.UpdaterPlan;
import org.lowbit4j.plan.UpdaterProperties;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaBelief;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.RmsProp;

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
 * <p>A network that was trained already, by updaters of this library or ND4J's, is begun with
 * itself, {@code OptimManager.of(net)}, and its optimizer state is taken over:
 *
 * <pre>{@code
 * OptimManager.of(net).lowBit().layer("head").reset().apply();
 * }</pre>
 *
 * <p>To be used by one thread. For learning rates alone there is {@link LearningRates}, which
 * touches no state.
 *
 * @param <T> the kind of configuration
 */
public final class OptimManager<T> extends UpdaterProperties<OptimManager<T>> {

  static final Twins TWINS =
      new Twins()
          .add(Adam.class, Adam8bit::new)
          .add(AMSGrad.class, AMSGrad8bit::new)
          .add(Nadam.class, Nadam8bit::new)
          .add(AdaMax.class, AdaMax8bit::new)
          .add(AdaBelief.class, AdaBelief8bit::new)
          .add(AdaGrad.class, Adagrad8bit::new)
          .add(AdaDelta.class, AdaDelta8bit::new)
          .add(RmsProp.class, RMSprop8bit::new)
          .add(Nesterovs.class, Nesterovs8bit::new);

  private final T subject;
  private final Supplier<List<LayerSlot>> copies;
  private final DataType dataType;
  private final List<LayerSlot> slots;
  private final LayerSelector selector;

  /** Of a network; null for a configuration. */
  private final LiveState state;

  private final List<UpdaterPlan.Override> overrides = new ArrayList<>();
  private final List<Function<LayerSlot, Set<ParameterGroup>>> resets = new ArrayList<>();

  private NetworkState carriedOver;

  private OptimManager(
      T subject,
      List<LayerSlot> slots,
      Supplier<List<LayerSlot>> copies,
      DataType dataType,
      LiveState state) {
    this.subject = subject;
    this.slots = slots;
    this.copies = copies;
    this.dataType = dataType;
    this.state = state;
    this.selector = new LayerSelector(slots);
  }

  /**
   * Begins with a network, trained or not. {@link #apply} then takes its optimizer state over:
   * moments are decoded and kept as the new plan says, those that a new updater lacks are dropped,
   * those that it needs beside them begin anew, as {@link #describe} tells beforehand. Parameters,
   * iteration and epoch stay, and training goes on. ND4J's own updaters are replaced, and put back,
   * in the same way:
   *
   * <pre>{@code
   * MultiLayerNetwork net = ModelSerializer.restoreMultiLayerNetwork(file, true);
   * OptimManager.of(net).updater(new Adam8bit(1e-3)).apply();
   * }</pre>
   *
   * @param net after {@code init()}; changed by {@link #apply} only
   * @return a manager without overrides
   * @throws IllegalArgumentException if one layer object is used for several layers
   */
  public static OptimManager<MultiLayerNetwork> of(MultiLayerNetwork net) {
    MultiLayerConfiguration conf = Check.notNull("network", net).getLayerWiseConfigurations();
    NetworkState state = NetworkState.of(net);
    return new OptimManager<>(
        net,
        state.layers(),
        () -> Configurations.slots(Configurations.copy(conf)),
        conf.getDataType(),
        state);
  }

  /**
   * Begins with a graph, trained or not; see the first method.
   *
   * @param net after {@code init()}; changed by {@link #apply} only
   * @return a manager without overrides
   */
  public static OptimManager<ComputationGraph> of(ComputationGraph net) {
    ComputationGraphConfiguration conf = Check.notNull("network", net).getConfiguration();
    NetworkState state = NetworkState.of(net);
    return new OptimManager<>(
        net,
        state.layers(),
        () -> Configurations.slots(Configurations.copy(conf)),
        conf.getDataType(),
        state);
  }

  /**
   * Begins with a network's configuration, before the network's first step: overrides do not reach
   * updaters that are at work. For these begin with the network.
   *
   * @param conf as built; changed by {@link #apply} only
   * @return a manager without overrides
   * @throws IllegalArgumentException if one layer object is used for several layers
   */
  public static OptimManager<MultiLayerConfiguration> of(MultiLayerConfiguration conf) {
    return new OptimManager<>(
        Check.notNull("configuration", conf),
        Configurations.slots(conf),
        () -> Configurations.slots(Configurations.copy(conf)),
        conf.getDataType(),
        null);
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
        Configurations.slots(conf),
        () -> Configurations.slots(Configurations.copy(conf)),
        conf.getDataType(),
        null);
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
        Check.notNull("configuration", config),
        Configurations.slots(config),
        () -> Configurations.slots(Configurations.copy(config)),
        null,
        null);
  }

  /**
   * Begins with a SameDiff model, trained or not; see the first method. There is one layer, named
   * {@code variables}. Not to be applied while another thread trains: SameDiff has no lock.
   *
   * @param model after {@code setTrainingConfig}; changed by {@link #apply} only
   * @return a manager without overrides
   * @throws IllegalStateException if the model has no training configuration
   */
  public static OptimManager<SameDiff> of(SameDiff model) {
    SameDiffState state = SameDiffState.of(Check.notNull("model", model));
    return new OptimManager<>(
        model,
        state.layers(),
        () -> Configurations.slots(Configurations.copy(model.getTrainingConfig())),
        null,
        state);
  }

  // ---- selectors

  /**
   * Selects all layers.
   *
   * @return this
   */
  public OptimManager<T> allLayers() {
    selector.all();
    return this;
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
    selector.select("layer(\"" + name + "\")", slot -> slot.name().equals(name));
    return this;
  }

  /**
   * Selects a layer by its index.
   *
   * @param index from 0, in the order of the configuration, as {@link #describe} prints it
   * @return this
   * @throws IllegalArgumentException as {@link #layer(String)}
   */
  public OptimManager<T> layer(int index) {
    selector.select("layer(" + index + ")", slot -> slot.index() == index);
    return this;
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
    selector.select(
        "layersOfType(" + type.getSimpleName() + ".class)",
        slot -> slot.configurations().stream().anyMatch(type::isInstance));
    return this;
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
    selector.select(
        "layersMatching(\"" + regex + "\")", slot -> pattern.matcher(slot.name()).matches());
    return this;
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
    selector.select("layers(predicate)", slot -> predicate.test(slot.configurations().get(0)));
    return this;
  }

  /**
   * Narrows the selection to its layers' parameters that are no biases.
   *
   * @return this
   * @throws IllegalArgumentException if there are none
   */
  public OptimManager<T> weights() {
    selector.narrow("weights()", ParameterGroup.WEIGHTS);
    return this;
  }

  /**
   * Narrows the selection to its layers' biases.
   *
   * @return this
   * @throws IllegalArgumentException if there are none that can have an updater of their own
   */
  public OptimManager<T> biases() {
    selector.narrow("biases()", ParameterGroup.BIASES);
    return this;
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
    selector.parameter(name);
    return this;
  }

  /**
   * Selects, in all layers, the parameters that bitsandbytes keeps at 32 bits by its minimum size:
   * biases, and the gains and shifts of normalisation layers.
   *
   * @return this
   * @throws IllegalArgumentException if there are none that DL4J gives an updater of their own
   */
  public OptimManager<T> smallParameters() {
    selector.smallParameters();
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
    Check.notNull("updater", updater);
    return override(null, (UnaryOperator<IUpdater>) before -> updater);
  }

  /**
   * Replaces ND4J's updaters among the selected ones by those of this library that do the same,
   * {@code Adam} by {@link Adam8bit} and so on, with their hyper-parameters and schedules.
   *
   * @return this
   * @throws IllegalArgumentException if there is none that does the same
   */
  public OptimManager<T> lowBit() {
    return override(null, (UnaryOperator<IUpdater>) TWINS::here);
  }

  /**
   * Replaces updaters of this library among the selected ones by those of ND4J that do the same,
   * with their hyper-parameters and schedules.
   *
   * @return this
   * @throws IllegalArgumentException if there is none that does the same, as for weight decay,
   *     which ND4J's updaters do not have
   */
  public OptimManager<T> nd4j() {
    return override(null, (UnaryOperator<IUpdater>) TWINS::ofNd4j);
  }

  // ---- state

  /**
   * Lets the selected layers, or their weights or biases, begin with fresh state.
   *
   * <p>Adam and its relatives correct their moments for the network's iteration, not for the age of
   * the state: the first steps of fresh state in mid-training are up to six times as large as
   * usual, for some tens of steps. A lower rate for that time helps ({@link LearningRates}).
   *
   * @return this
   * @throws UnsupportedOperationException if this was made of a configuration, which has no state
   */
  public OptimManager<T> reset() {
    requireNetwork("reset()");
    resets.add(selector.byIndex());
    return this;
  }

  /**
   * Takes over the state of layers that another network has, too: of the same names, with
   * parameters of the same names and shapes. For networks made by {@code TransferLearning}, which
   * begin with fresh state. The other network stays as it is.
   *
   * <p>Iteration and epoch are not taken over: {@code setIterationCount} of the network decides
   * where schedules and bias correction go on.
   *
   * @param from trained, not this one
   * @return this
   * @throws UnsupportedOperationException if this was made of a configuration, which has no state
   */
  public OptimManager<T> carryOver(MultiLayerNetwork from) {
    return carryOver(NetworkState.of(Check.notNull("network", from)));
  }

  /**
   * Takes over the state of layers that a graph has, too; see the other method.
   *
   * @param from trained, not this one
   * @return this
   */
  public OptimManager<T> carryOver(ComputationGraph from) {
    return carryOver(NetworkState.of(Check.notNull("network", from)));
  }

  private OptimManager<T> carryOver(NetworkState from) {
    requireNetwork("carryOver(network)");
    carriedOver = from;
    return this;
  }

  private void requireNetwork(String method) {
    if (state == null) {
      throw new UnsupportedOperationException(
          String.format(
              "%s is for the state of a network, and a configuration has none: begin with OptimManager.of(net).",
              method));
    }
  }

  // ---- result

  /**
   * Writes the overrides into the configuration. May be called again: an updater's regularizations
   * are replaced, not added.
   *
   * <p>Of a network the state is taken over, too. May be called from any thread but not by a
   * listener; while another thread trains it waits, until the end of the batch in {@code
   * fit(DataSet)}, of the epoch in {@code fit(iterator)}. It takes memory for old and new state
   * together. To 32 bits moments come bit for bit, to 8 bits with the rounding of one step; a
   * history of gradient norms is kept where its updater block stays the same.
   *
   * @return the configuration or the network that the manager was made of
   * @throws IllegalArgumentException if properties do not go together, as {@code optimBits(4)} and
   *     {@code quantMap(DYNAMIC)}, or the configuration was changed meanwhile such that an override
   *     no longer fits; nothing was changed
   * @throws IllegalStateException if this was made of a configuration, and the updater of a network
   *     was already: it would go on as it is, and the network's next checkpoint could not be
   *     restored; begin with the network. That a network is at work with updaters of ND4J can be
   *     told by its iteration count only, as can one restored without its updater: there is a
   *     warning. Of a network: if it was closed or not initialized, is paged or in the middle of a
   *     step, or its moments are not finite. Nothing was changed
   * @throws org.lowbit4j.state.StateFormatException if the network's state is damaged, or not that
   *     of its configuration; nothing was changed
   * @throws UnsupportedOperationException if moments are those of an updater that is neither ND4J's
   *     nor this library's, and it is to be replaced; nothing was changed
   */
  public T apply() {
    if (state == null) {
      UpdaterPlan plan = new UpdaterPlan(slots, overrides, dataType, true);
      plan.requireNoneAtWork(
          Configurations.iterations(subject), subject instanceof ComputationGraphConfiguration);
      plan.install();
    } else {
      requireNotPaged();
      state.replan(
          () -> new UpdaterPlan(slots, overrides, dataType, true).install(),
          this::isReset,
          carriedOver);
    }
    return subject;
  }

  private void requireNotPaged() {
    if (state instanceof NetworkState && StatePager.of(((NetworkState) state).slot()) != null) {
      throw new IllegalStateException(
          "The network's state is paged. Nothing was changed. Call PagedState.of(net).detach(), then OptimManager, then"
              + " PagedState.attach.");
    }
  }

  private boolean isReset(LayerSlot slot, String parameter) {
    ParameterGroup group =
        slot.groups().getOrDefault(parameter, ParameterGroup.WEIGHTS); // that of statistics
    return resets.stream().anyMatch(reset -> reset.apply(slot).contains(group));
  }

  /**
   * Describes what {@link #apply} leads to, in a table of layers, parameters, updaters, bits and
   * bytes of state; of a network, also what becomes of its moments: kept as they are, converted,
   * fresh or dropped.
   *
   * @return lines of text
   * @throws IllegalArgumentException if properties do not go together, as of {@link #apply}
   * @throws IllegalStateException if a layer's number of inputs is not known yet
   */
  public String describe() {
    List<LayerSlot> applied = copies.get();
    new UpdaterPlan(applied, overrides, dataType, true).install();
    DataType type = dataType == null ? DataType.FLOAT : dataType;
    return state == null
        ? new PlanTable(applied, type).toString()
        : new PlanTable(applied, type, state.outcome(this::isReset, carriedOver)::of).toString();
  }

  private OptimManager<T> override(String property, Object value) {
    UpdaterPlan.Override added = new UpdaterPlan.Override(selector.byIndex(), property, value);
    List<UpdaterPlan.Override> all = new ArrayList<>(overrides);
    all.add(added);
    new UpdaterPlan(slots, all, dataType, false); // throws where it does not fit
    overrides.add(added);
    return this;
  }
}
