package org.lowbit4j.convert;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.lowbit4j.dl4j.BlockParameter;
import org.lowbit4j.dl4j.Configurations;
import org.lowbit4j.dl4j.LayerSlot;
import org.lowbit4j.dl4j.StateSlot;
import org.lowbit4j.regularization.LearningRateScale;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * The optimizer state of a network, and how another plan takes it over.
 *
 * <p>The network's monitor is taken first, then its updater's. Where two networks take part, no two
 * threads are at it at a time.
 */
public final class NetworkState implements LiveState {

  /** Held where the monitors of two networks are. */
  private static final Object TWO_NETWORKS = new Object();

  private final StateSlot<?> slot;
  private final List<LayerSlot> layers;

  private NetworkState(StateSlot<?> slot, List<LayerSlot> layers) {
    this.slot = slot;
    this.layers = layers;
  }

  /** The state of a network; must have been initialized. */
  public static NetworkState of(MultiLayerNetwork net) {
    return new NetworkState(
        StateSlot.of(net), Configurations.slots(net.getLayerWiseConfigurations()));
  }

  /** The state of a graph; must have been initialized. */
  public static NetworkState of(ComputationGraph net) {
    return new NetworkState(StateSlot.of(net), Configurations.slots(net.getConfiguration()));
  }

  /** Where the network has its state. */
  public StateSlot<?> slot() {
    return slot;
  }

  @Override
  public List<LayerSlot> layers() {
    return layers;
  }

  @Override
  public void replan(Runnable install, BiPredicate<LayerSlot, String> anew, NetworkState from) {
    if (slot.isTraining()) {
      throw new IllegalStateException(
          "OptimManager.apply was called by a listener of the network's, in the middle of a step. Nothing was changed. Call"
              + " it before fit, or between two calls of fit.");
    }
    if (from != null && from.slot.isTraining()) {
      throw new IllegalStateException(
          "The network to be carried over is in the middle of a step: OptimManager.apply was called by its listener, and two"
              + " such listeners could wait for each other. Nothing was changed. Call it between two calls of fit.");
    }
    if (from == null) {
      synchronized (monitor()) {
        new Replanning(Map.of(), install, anew).run();
      }
    } else {
      synchronized (TWO_NETWORKS) {
        synchronized (monitor()) {
          synchronized (from.monitor()) {
            new Replanning(from.sourcesByName(), install, anew).run();
          }
        }
      }
    }
  }

  private Object monitor() {
    return Objects.requireNonNull(slot.monitor(), "The network was collected.");
  }

  private void requireUsable() {
    if (slot.parameters() == null || slot.parameters().length() == 0) {
      throw new IllegalStateException("The network has no parameters; call init() first.");
    }
    if (slot.parameters().wasClosed()) {
      throw new IllegalStateException("The network was closed; its state is gone.");
    }
    if (!slot.isStock()) {
      throw new IllegalStateException(
          "The network has an updater that DL4J did not make: its state cannot be converted. Nothing was changed.");
    }
  }

  /**
   * Where the moments of each parameter are.
   *
   * @return by the layer's index and the parameter's name; empty if there is no updater yet
   */
  Map<String, Source> sources() {
    Map<String, Source> sources = new HashMap<>();
    BaseMultiLayerUpdater<?> updater = slot.updater();
    if (updater != null) {
      for (UpdaterBlock block : updater.getUpdaterBlocks()) {
        Block opened = new Block(block, slot.iterations());
        for (BlockParameter p : BlockParameter.of(block)) {
          if (!isFrozen(p)) {
            Source source = source(opened, p);
            sources.put(key(source.slot, p), source);
          }
        }
      }
    }
    return sources;
  }

  private Source source(Block block, BlockParameter p) {
    return new Source(
        slot(p),
        p.name(),
        block,
        scale(block.config(), p),
        p.start() - block.block.getParamOffsetStart(),
        p.shape());
  }

  /** By what LearningRates set for a layer, or a parameter, that shares its block. */
  private static double scale(IUpdater ofBlock, BlockParameter p) {
    List<Regularization> all = p.configuration().getRegularizationByParam(p.name());
    if (all == null || !ofBlock.hasLearningRate()) {
      return 1;
    }
    for (Regularization r : all) {
      if (r instanceof LearningRateScale) {
        LearningRateScale scale = (LearningRateScale) r;
        double rate = ofBlock.getLearningRate(0, 0);
        if (scale.isInForce(rate)) {
          return scale.getRate() / rate;
        }
      }
    }
    return 1;
  }

  /** The same by the layer's name; empty names of two layers are not told apart. */
  private Map<String, Source> sourcesByName() {
    requireUsable();
    Map<String, Source> byName = new HashMap<>();
    sources().values().forEach(s -> byName.put(s.slot.name() + " " + s.parameter, s));
    return byName;
  }

  /** DL4J lets frozen layers have a configuration that is no layer's, and no state. */
  private boolean isFrozen(BlockParameter p) {
    return found(p).isEmpty() && p.configuration().getUpdaterByParam(p.name()).stateSize(1) == 0;
  }

  private Optional<LayerSlot> found(BlockParameter p) {
    return layers.stream()
        .filter(s -> s.configurations().stream().anyMatch(c -> c == p.configuration()))
        .findFirst();
  }

  private LayerSlot slot(BlockParameter p) {
    return found(p)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    String.format(
                        "The network has a layer %s that its configuration has not: it was changed since. Nothing was changed"
                            + " now. Save the network and restore it.",
                        p.configuration().getLayerName())));
  }

  private static String key(LayerSlot slot, BlockParameter p) {
    return slot.index() + " " + p.name();
  }

  /** One call of {@link #replan}. */
  private final class Replanning {

    private final Map<String, Source> carried;
    private final Runnable install;
    private final BiPredicate<LayerSlot, String> anew;

    Replanning(Map<String, Source> carried, Runnable install, BiPredicate<LayerSlot, String> anew) {
      this.carried = carried;
      this.install = install;
      this.anew = anew;
    }

    void run() {
      requireUsable();
      BaseMultiLayerUpdater<?> before = slot.updater();
      if (before == null) {
        replace();
      } else {
        synchronized (before) { // see StateSlot.betweenSteps
          replace();
        }
      }
    }

    private void replace() {
      Map<String, Source> sources = sources();
      List<Runnable> undo = layers.stream().map(LayerSlot::saved).collect(Collectors.toList());
      boolean done = false;
      try {
        install.run();
        if (!sources.isEmpty() || !carried.isEmpty()) {
          long words = slot.words();
          INDArray array = words == 0 ? null : zeros(words);
          BaseMultiLayerUpdater<?> after = slot.make(array);
          for (UpdaterBlock block : after.getUpdaterBlocks()) {
            fill(new Block(block, 0), sources);
          }
          slot.set(after);
        }
        done = true;
      } finally {
        if (!done) {
          undo.forEach(Runnable::run);
        }
      }
    }

    private INDArray zeros(long words) {
      return Nd4j.createUninitializedDetached(slot.parameters().dataType(), words).assign(0);
    }

    private void fill(Block target, Map<String, Source> sources) {
      if (target.state() == null) {
        return;
      }
      Segments segments = new Segments(target.rule());
      for (BlockParameter p : BlockParameter.of(target.block)) {
        LayerSlot layer = slot(p);
        boolean fresh = anew.test(layer, p.name());
        Source source = fresh ? null : source(layer, p, sources);
        add(segments, target, p, source != null && source.state() == null ? null : source);
      }
      Block whole = segments.whole();
      if (whole != null && target.state().isAlike(whole.state())) {
        target.state().copy(whole.state());
      } else if (segments.isFresh()) {
        target.begin();
      } else {
        target.state().write(segments, segments.steps(), segments.norms());
      }
    }

    private Source source(LayerSlot layer, BlockParameter p, Map<String, Source> sources) {
      Source other = carried.get(layer.name() + " " + p.name());
      return other != null && other.hasShape(p.shape()) ? other : sources.get(key(layer, p));
    }

    private void add(Segments segments, Block target, BlockParameter p, Source source) {
      String name = p.configuration().getLayerName() + " " + p.name();
      if (source == null) {
        segments.add(name, p.length(), null, null, 1);
        return;
      }
      IUpdater config = target.config();
      if (source.block.isOpaque() || target.isOpaque()) {
        Velocity.requireSame(name, source.config(), config);
      }
      float factor = Velocity.factor(source, config, slot.iterations(), slot.epochs());
      segments.add(name, p.length(), source, MomentMap.of(source.rule(), target.rule()), factor);
    }
  }

  @Override
  public Outcome outcome(BiPredicate<LayerSlot, String> anew, NetworkState from) {
    return new Outcome(sources(), from == null ? Map.of() : matching(from), anew);
  }

  /** The other network's parameters that have the shape of this one's. */
  private Map<String, Source> matching(NetworkState from) {
    Map<String, Source> carried = from.sourcesByName();
    Map<String, long[]> shapes = slot.shapes();
    carried.values().removeIf(s -> !s.hasShape(shapes.get(s.slot.name() + " " + s.parameter)));
    return carried;
  }
}
