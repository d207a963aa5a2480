package org.lowbit4j.dl4j;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.nn.updater.graph.ComputationGraphUpdater;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * The array in which a network's updater keeps its state, and how to give it another.
 *
 * <p>Does not keep the network from being collected; all methods but {@link #isOf} and {@link
 * #isGone} need it.
 *
 * @param <M> MultiLayerNetwork or ComputationGraph, which share none of this
 */
public abstract class StateSlot<M extends Model> {

  private final WeakReference<M> model;

  private StateSlot(M model) {
    this.model = new WeakReference<>(model);
  }

  /**
   * The state of a network.
   *
   * @param net after {@code init()}
   * @return to be used between steps
   */
  public static StateSlot<MultiLayerNetwork> of(MultiLayerNetwork net) {
    return new OfNetwork(net);
  }

  /**
   * The state of a graph.
   *
   * @param net after {@code init()}
   * @return to be used between steps
   */
  public static StateSlot<ComputationGraph> of(ComputationGraph net) {
    return new OfGraph(net);
  }

  /**
   * Whether a network is this one.
   *
   * @param other any network
   * @return true if so
   */
  public final boolean isOf(Model other) {
    return model.get() == other;
  }

  /**
   * Whether the network was collected.
   *
   * @return true if so
   */
  public final boolean isGone() {
    return model.get() == null;
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
    BaseMultiLayerUpdater<?> updater = updater(model());
    return updater == null ? null : updater.getStateViewArray();
  }

  /**
   * Whether the updater is one that DL4J makes, or none was made yet.
   *
   * @return false if something else was set in its place
   */
  public abstract boolean isStock();

  /**
   * Gives the network a new updater that keeps its state in an array.
   *
   * @param array of {@link #words} elements, holding valid state
   */
  public abstract void use(INDArray array);

  /**
   * Adds a listener.
   *
   * @param listener to be called by all training
   */
  public final void add(TrainingListener listener) {
    model().addListeners(listener);
  }

  /**
   * Removes a listener.
   *
   * @param listener one added before
   */
  public final void remove(TrainingListener listener) {
    List<TrainingListener> others = new ArrayList<>(listeners(model()));
    others.remove(listener);
    model().setListeners(others);
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

  abstract BaseMultiLayerUpdater<?> updater(M model);

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
      super(net);
    }

    @Override
    BaseMultiLayerUpdater<?> updater(MultiLayerNetwork net) {
      return isStock() ? (MultiLayerUpdater) net.getUpdater(false) : null;
    }

    @Override
    public boolean isStock() {
      Object updater = model().getUpdater(false);
      return updater == null || updater.getClass() == MultiLayerUpdater.class;
    }

    @Override
    public void use(INDArray array) {
      model().setUpdater(new MultiLayerUpdater(model(), array));
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
      super(net);
    }

    @Override
    BaseMultiLayerUpdater<?> updater(ComputationGraph net) {
      return net.getUpdater(false);
    }

    @Override
    public boolean isStock() {
      Object updater = model().getUpdater(false);
      return updater == null || updater.getClass() == ComputationGraphUpdater.class;
    }

    @Override
    public void use(INDArray array) {
      model().setUpdater(new ComputationGraphUpdater(model(), array));
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
