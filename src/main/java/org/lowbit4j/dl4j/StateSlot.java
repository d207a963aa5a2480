package org.lowbit4j.dl4j;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.nn.updater.graph.ComputationGraphUpdater;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * The array in which a network's updater keeps its state, and how to give it another.
 *
 * <p>Does not keep the network from being collected; all methods but {@link #isOf} and {@link
 * #monitor} need it.
 *
 * <p>What changes the network must hold its {@link #monitor}, and take it before any other. DL4J
 * trains with it: for a batch in {@code fit(DataSet)}, for an epoch in {@code fit(iterator)}.
 *
 * @param <M> MultiLayerNetwork or ComputationGraph, which share none of this
 */
public abstract class StateSlot<M extends Model> {

  private static final Set<String> NETWORKS =
      Set.of(MultiLayerNetwork.class.getName(), ComputationGraph.class.getName());

  private final WeakReference<M> model;

  private final Class<?> stock;

  private StateSlot(M model, Class<? extends BaseMultiLayerUpdater<?>> stock) {
    if (model == null) {
      throw new IllegalArgumentException("The network is null; it must be given.");
    }
    this.model = new WeakReference<>(model);
    this.stock = stock;
  }

  /**
   * The state of a network.
   *
   * @param net after {@code init()}
   * @return to be used between steps
   * @throws IllegalArgumentException if there is none
   */
  public static StateSlot<MultiLayerNetwork> of(MultiLayerNetwork net) {
    return new OfNetwork(net);
  }

  /**
   * The state of a graph.
   *
   * @param net after {@code init()}
   * @return to be used between steps
   * @throws IllegalArgumentException if there is none
   */
  public static StateSlot<ComputationGraph> of(ComputationGraph net) {
    return new OfGraph(net);
  }

  /** Whether a network is this one. */
  public final boolean isOf(Model other) {
    return model.get() == other;
  }

  /**
   * What is to be held while the network is changed.
   *
   * @return the network; null if it was collected
   */
  public final Object monitor() {
    return model.get();
  }

  /**
   * Whether this thread, which holds the monitor, is inside a method of the network: it was called
   * by a listener then, and DL4J is going through the listeners, which cannot be changed.
   */
  public final boolean isTraining() {
    return Thread.holdsLock(model())
        && StackWalker.getInstance()
            .walk(frames -> frames.anyMatch(f -> NETWORKS.contains(f.getClassName())));
  }

  /**
   * The updater blocks of an updater.
   *
   * @param updater of a network or graph
   * @return in DL4J's order
   * @throws IllegalStateException if DL4J made neither it nor the class that it extends
   */
  public static List<UpdaterBlock> blocks(Object updater) {
    if (!(updater instanceof BaseMultiLayerUpdater)) {
      throw new IllegalStateException(
          "The network has an updater that DL4J did not make: it does not tell its updater blocks.");
    }
    return ((BaseMultiLayerUpdater<?>) updater).getUpdaterBlocks();
  }

  /**
   * The updater blocks of the network's updater, which is made if there is none: with the monitor,
   * as a thread that begins to train may be making it, too.
   *
   * @return in DL4J's order
   * @throws IllegalStateException if DL4J made neither the updater nor the class that it extends
   */
  public final List<UpdaterBlock> blocks() {
    return blocks(made(model()));
  }

  private Object made(M net) {
    Object updater = updater(net, false);
    if (updater == null) {
      synchronized (net) {
        updater = updater(net, true);
      }
    }
    return updater;
  }

  /**
   * The network's parameters.
   *
   * @return all of them; of length 0 before {@code init()}
   */
  public final INDArray parameters() {
    return model().params();
  }

  /**
   * The array in use; does not make an updater.
   *
   * @return null if the network has no updater yet, or one without state
   */
  public final INDArray array() {
    BaseMultiLayerUpdater<?> updater = updater();
    return updater == null ? null : updater.getStateViewArray();
  }

  /**
   * Whether the updater is one that DL4J makes, or none was made yet.
   *
   * @return false if something else was set in its place
   */
  public final boolean isStock() {
    Object updater = updater(model(), false);
    return updater == null || updater.getClass() == stock;
  }

  /**
   * The updater; does not make one.
   *
   * @return null if there is none yet, or something else was set in its place
   */
  public final BaseMultiLayerUpdater<?> updater() {
    Object updater = updater(model(), false);
    return isStock() ? (BaseMultiLayerUpdater<?>) updater : null;
  }

  /**
   * Gives the network a new updater that keeps its state in an array.
   *
   * @param array of {@link #words} elements, holding valid state
   * @param free gives the memory of the array before back; other threads may be looking at moments
   *     of the updater before, which they do with the monitor of its block's updater
   */
  public final void use(INDArray array, Runnable free) {
    BaseMultiLayerUpdater<?> before = updater();
    if (before == null) {
      put(array);
      free.run();
    } else {
      synchronized (before) { // see betweenSteps
        put(array);
      }
      withMonitors(before.getUpdaterBlocks().iterator(), free);
    }
  }

  /**
   * Makes an updater by the network's present configuration, which the network does not have yet.
   *
   * @param array of {@link #words} elements; null if these are none
   * @return to be passed to {@link #set}
   */
  public final BaseMultiLayerUpdater<?> make(INDArray array) {
    return make(model(), array);
  }

  /** Gives the network an updater that {@link #make} made. */
  public final void set(BaseMultiLayerUpdater<?> updater) {
    set(model(), updater);
  }

  /** Steps that the network has done. */
  public final int iterations() {
    return iterations(model());
  }

  /** Epochs that the network has done. */
  public final int epochs() {
    return epochs(model());
  }

  private static void withMonitors(Iterator<UpdaterBlock> blocks, Runnable action) {
    if (blocks.hasNext()) {
      synchronized (blocks.next().getGradientUpdater()) {
        withMonitors(blocks, action);
      }
    } else {
      action.run();
    }
  }

  /**
   * Does something to the updater, made if there is none, between two steps: with its own monitor,
   * which each of its steps has, and without the network's, which training may keep for an epoch.
   *
   * @param action must not take the network's monitor
   */
  public final void betweenSteps(Consumer<BaseMultiLayerUpdater<?>> action) {
    M net = model();
    boolean done = false;
    while (!done) {
      Object updater = made(net);
      synchronized (updater) {
        done = updater == updater(net, false);
        if (done) {
          action.accept((BaseMultiLayerUpdater<?>) updater);
        }
      }
    }
  }

  /**
   * The network's listeners; other threads may be changing them.
   *
   * @return a copy
   */
  public final List<TrainingListener> listeners() {
    // Not by iterating; what another thread is clearing may be null.
    List<TrainingListener> copy = new ArrayList<>(listeners(model()));
    copy.removeIf(Objects::isNull);
    return copy;
  }

  /** Adds a listener. */
  public final void add(TrainingListener listener) {
    model().addListeners(listener);
  }

  /**
   * Removes listeners, if there are any.
   *
   * @param unwanted which ones
   */
  public final void remove(Predicate<TrainingListener> unwanted) {
    List<TrainingListener> others = listeners();
    if (others.removeIf(unwanted)) {
      model().setListeners(others);
    }
  }

  /**
   * The updaters that keep state, by parameter.
   *
   * @return a new map, of names with the layer's in front
   */
  public final Map<String, IUpdater> updaters() {
    Map<String, IUpdater> updaters = new LinkedHashMap<>();
    for (Trainable layer : layers(model())) {
      for (Map.Entry<String, INDArray> parameter : layer.paramTable(false).entrySet()) {
        IUpdater updater = layer.getConfig().getUpdaterByParam(parameter.getKey());
        if (updater.stateSize(parameter.getValue().length()) > 0) {
          updaters.put(layer.getConfig().getLayerName() + "_" + parameter.getKey(), updater);
        }
      }
    }
    return updaters;
  }

  /**
   * The size of the state, the way DL4J adds it up.
   *
   * @return words of the parameters' data type
   */
  public final long words() {
    long words = 0;
    for (Trainable layer : layers(model())) {
      for (Map.Entry<String, INDArray> parameter : layer.paramTable(false).entrySet()) {
        IUpdater updater = layer.getConfig().getUpdaterByParam(parameter.getKey());
        words += updater.stateSize(parameter.getValue().length());
      }
    }
    return words;
  }

  private void put(INDArray array) {
    set(make(array));
  }

  /** The shapes of all parameters, by the layer's name, a space and the parameter's. */
  public final Map<String, long[]> shapes() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (Trainable layer : layers(model())) {
      String name = layer.getConfig().getLayerName();
      layer.paramTable(false).forEach((p, array) -> shapes.put(name + " " + p, array.shape()));
    }
    return shapes;
  }

  abstract BaseMultiLayerUpdater<?> make(M model, INDArray array);

  abstract void set(M model, BaseMultiLayerUpdater<?> updater);

  abstract int iterations(M model);

  abstract int epochs(M model);

  abstract Object updater(M model, boolean make);

  abstract List<Trainable> layers(M model);

  abstract Collection<TrainingListener> listeners(M model);

  final M model() {
    M present = model.get();
    if (present == null) {
      throw new IllegalStateException("The network was collected.");
    }
    return present;
  }

  private static final class OfNetwork extends StateSlot<MultiLayerNetwork> {

    OfNetwork(MultiLayerNetwork net) {
      super(net, MultiLayerUpdater.class);
    }

    @Override
    Object updater(MultiLayerNetwork net, boolean make) {
      return net.getUpdater(make);
    }

    @Override
    BaseMultiLayerUpdater<?> make(MultiLayerNetwork net, INDArray array) {
      return new MultiLayerUpdater(net, array);
    }

    @Override
    void set(MultiLayerNetwork net, BaseMultiLayerUpdater<?> updater) {
      net.setUpdater(updater);
    }

    @Override
    int iterations(MultiLayerNetwork net) {
      return net.getIterationCount();
    }

    @Override
    int epochs(MultiLayerNetwork net) {
      return net.getEpochCount();
    }

    @Override
    List<Trainable> layers(MultiLayerNetwork net) {
      return withParameters(net.getLayers());
    }

    @Override
    Collection<TrainingListener> listeners(MultiLayerNetwork net) {
      return net.getListeners();
    }
  }

  private static final class OfGraph extends StateSlot<ComputationGraph> {

    OfGraph(ComputationGraph net) {
      super(net, ComputationGraphUpdater.class);
    }

    @Override
    Object updater(ComputationGraph net, boolean make) {
      return net.getUpdater(make);
    }

    @Override
    BaseMultiLayerUpdater<?> make(ComputationGraph net, INDArray array) {
      return new ComputationGraphUpdater(net, array);
    }

    @Override
    void set(ComputationGraph net, BaseMultiLayerUpdater<?> updater) {
      net.setUpdater((ComputationGraphUpdater) updater);
    }

    @Override
    int iterations(ComputationGraph net) {
      return net.getIterationCount();
    }

    @Override
    int epochs(ComputationGraph net) {
      return net.getEpochCount();
    }

    @Override
    List<Trainable> layers(ComputationGraph net) {
      return withParameters(net.getVertices());
    }

    @Override
    Collection<TrainingListener> listeners(ComputationGraph net) {
      return net.getListeners();
    }
  }

  private static List<Trainable> withParameters(Trainable[] layers) {
    List<Trainable> list = new ArrayList<>(Arrays.asList(layers));
    list.removeIf(layer -> layer.paramTable(false) == null || layer.paramTable(false).isEmpty());
    return list;
  }
}
