package org.lowbit4j.convert;

import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.lowbit4j.dl4j.Configurations;
import org.lowbit4j.dl4j.LayerSlot;
import org.lowbit4j.updater.BlockState;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * The optimizer state of a SameDiff model: an updater for each variable, all by one configuration.
 *
 * <p>ND4J's updaters keep moments in the order of the variable's array there, 'c' or 'f', those of
 * this library in 'c' order.
 */
public final class SameDiffState implements LiveState {

  /** The keys of ND4J's state maps, by rule, in the order of the rule's moments. */
  private static final Map<String, List<String>> KEYS =
      Map.of(
          "adam", List.of("M", "V"),
          "amsgrad", List.of("M", "V", "V_HAT"),
          "nadam", List.of("M", "V"),
          "adabelief", List.of("M", "S"),
          "adamax", List.of("M", "V"),
          "adagrad", List.of("grad"),
          "rmsprop", List.of("G"),
          "nesterovs", List.of("V"),
          "adadelta", List.of("msg", "msdx"));

  private final SameDiff model;

  /** What the layers are of. */
  private final TrainingConfig planned;

  private final List<LayerSlot> layers;

  private SameDiffState(SameDiff model) {
    this.model = model;
    this.planned = model.getTrainingConfig();
    this.layers = Configurations.slots(planned);
  }

  /**
   * The state of a model.
   *
   * @throws IllegalStateException if it has no training configuration
   */
  public static SameDiffState of(SameDiff model) {
    if (model.getTrainingConfig() == null) {
      throw new IllegalStateException(
          "The model has no training configuration; call setTrainingConfig first.");
    }
    return new SameDiffState(model);
  }

  @Override
  public List<LayerSlot> layers() {
    return layers;
  }

  @Override
  public void replan(Runnable install, BiPredicate<LayerSlot, String> anew, NetworkState from) {
    requireNone(from);
    synchronized (model) {
      requirePlanned();
      List<Runnable> undo = layers.stream().map(LayerSlot::saved).collect(Collectors.toList());
      boolean done = false;
      try {
        Map<String, Source> sources = sources();
        install.run();
        Map<String, GradientUpdater<?>> after = new HashMap<>();
        sources.forEach((name, source) -> after.put(name, goOn(name, source, anew)));
        after.forEach((name, updater) -> model.getUpdaterMap().put(name, updater));
        done = true;
      } finally {
        if (!done) {
          undo.forEach(Runnable::run);
        }
      }
    }
  }

  /**
   * Changes the learning rate of the model, which its updaters read at every step.
   *
   * @param setter changes an updater
   * @throws IllegalArgumentException if the updater has no learning rate; nothing was changed
   */
  public void change(Consumer<IUpdater> setter) {
    Set<IUpdater> configs = Collections.newSetFromMap(new IdentityHashMap<>());
    configs.add(model.getTrainingConfig().getUpdater());
    // Where another training configuration was set since, those of the steps are others.
    if (model.isInitializedTraining() && model.getUpdaterMap() != null) {
      model.getUpdaterMap().values().forEach(updater -> configs.add(updater.getConfig()));
    }
    for (IUpdater config : configs) {
      if (!config.hasLearningRate()) {
        throw new IllegalArgumentException(
            String.format("The model's updater %s has no learning rate.", config));
      }
    }
    configs.forEach(setter);
  }

  private static void requireNone(NetworkState from) {
    if (from != null) {
      throw new UnsupportedOperationException(
          "The state of a network cannot be carried over to a SameDiff model.");
    }
  }

  private void requirePlanned() {
    if (model.getTrainingConfig() != planned) {
      throw new IllegalStateException(
          "The model was given another training configuration after OptimManager.of(model): the plan was for the one before."
              + " Nothing was changed. Begin anew: OptimManager.of(model).");
    }
  }

  private Map<String, Source> sources() {
    Map<String, Source> sources = new HashMap<>();
    if (model.isInitializedTraining() && model.getUpdaterMap() != null) {
      model.getUpdaterMap().forEach((name, updater) -> sources.put(name, source(name, updater)));
    }
    return sources;
  }

  private Source source(String name, GradientUpdater<?> updater) {
    INDArray variable = model.getVariable(name).getArr();
    Block block = new Block(updater, vector(updater), variable.length(), iteration());
    return new Source(layers.get(0), name, block, 1, 0, variable.shape());
  }

  private int iteration() {
    return model.getTrainingConfig().getIterationCount();
  }

  /** What ND4J's updater keeps, in 'c' order, as in a network; null for others. */
  private static INDArray vector(GradientUpdater<?> updater) {
    List<String> keys = keys(updater.getConfig());
    if (keys == null) {
      return updater.getState().values().stream().findFirst().orElse(null);
    }
    INDArray[] parts =
        keys.stream()
            .map(key -> updater.getState().get(key))
            .map(moment -> moment.dup('c').reshape(new long[] {moment.length()}))
            .toArray(INDArray[]::new);
    return Nd4j.concat(0, parts);
  }

  private static List<String> keys(IUpdater config) {
    return config instanceof LowBitConfig || PlainState.rule(config) == null
        ? null
        : KEYS.get(PlainState.rule(config).name());
  }

  /** An updater as SameDiff makes it, with the moments of another. */
  private GradientUpdater<?> goOn(String name, Source source, BiPredicate<LayerSlot, String> anew) {
    INDArray variable = model.getVariable(name).getArr();
    IUpdater config = model.getTrainingConfig().getUpdater();
    long words = config.stateSize(variable.length());
    INDArray view =
        words == 0
            ? null
            : Nd4j.createUninitializedDetached(variable.dataType(), 1, words).assign(0);
    GradientUpdater<?> updater = config.instantiate(view, false);
    updater.setStateViewArray(view, variable.shape(), variable.ordering(), true);
    boolean fresh = anew.test(layers.get(0), Configurations.ALL_VARIABLES);
    if (view != null && !fresh && source.state() != null) {
      fill(name, updater, source);
    }
    return updater;
  }

  private void fill(String name, GradientUpdater<?> updater, Source source) {
    Block target = new Block(updater, vector(updater), source.block.elements(), 0);
    if (source.block.isOpaque() || target.isOpaque()) {
      Velocity.requireSame(name, source.config(), target.config());
    }
    int epoch = model.getTrainingConfig().getEpochCount();
    Segments segments = new Segments(target.rule());
    segments.add(
        name,
        target.elements(),
        source,
        MomentMap.of(source.rule(), target.rule()),
        Velocity.factor(source, target.config(), iteration(), epoch));
    BlockState state = target.state();
    if (state.isAlike(source.state())) {
      state.copy(source.state());
    } else if (!segments.isFresh()) {
      state.write(segments, segments.steps(), segments.norms());
    }
    List<String> keys = keys(updater.getConfig());
    if (keys != null) {
      for (int k = 0; k < keys.size(); k++) {
        INDArray moment = updater.getState().get(keys.get(k));
        long n = moment.length();
        moment.assign(
            target
                .view()
                .get(NDArrayIndex.interval(k * n, (k + 1) * n))
                .reshape('c', moment.shape()));
      }
    }
  }

  @Override
  public Outcome outcome(BiPredicate<LayerSlot, String> anew, NetworkState from) {
    requireNone(from);
    requirePlanned();
    Map<String, Source> any = new HashMap<>();
    sources().values().stream()
        .findFirst()
        .ifPresent(source -> any.put("0 " + Configurations.ALL_VARIABLES, source));
    return new Outcome(any, Map.of(), anew);
  }
}
