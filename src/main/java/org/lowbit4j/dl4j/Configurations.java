package org.lowbit4j.dl4j;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.nd4j.autodiff.samediff.TrainingConfig;

/** Finds the layers of configurations. */
public final class Configurations {

  /** The name of the one slot of a SameDiff configuration, and of its one parameter. */
  public static final String ALL_VARIABLES = "variables";

  private Configurations() {}

  /** A copy that shares nothing; {@code clone()} shares what wrappers wrap. */
  public static MultiLayerConfiguration copy(MultiLayerConfiguration conf) {
    return MultiLayerConfiguration.fromJson(conf.toJson());
  }

  /** A copy that shares nothing. */
  public static ComputationGraphConfiguration copy(ComputationGraphConfiguration conf) {
    return ComputationGraphConfiguration.fromJson(conf.toJson());
  }

  /** A copy that shares nothing. */
  public static TrainingConfig copy(TrainingConfig config) {
    return TrainingConfig.fromJson(config.toJson());
  }

  /**
   * The layers of a network.
   *
   * @throws IllegalArgumentException if one configuration object is that of several layers
   */
  public static List<LayerSlot> slots(MultiLayerConfiguration conf) {
    return slots(sources(conf), sources(copy(conf)));
  }

  /**
   * The layers and parameterised vertices of a graph.
   *
   * @return them in the order in which they were added
   * @throws IllegalArgumentException if one configuration object is that of several layers
   */
  public static List<LayerSlot> slots(ComputationGraphConfiguration conf) {
    return slots(sources(conf), sources(copy(conf)));
  }

  /** The variables of a SameDiff model, which share one updater. */
  public static List<LayerSlot> slots(TrainingConfig config) {
    return slots(sources(config), sources(copy(config)));
  }

  /**
   * How many steps the network of a configuration has done.
   *
   * @param configuration of a network, a graph or a SameDiff model
   * @return 0 if it was only built, or belongs to a network that was transferred
   */
  public static int iterations(Object configuration) {
    if (configuration instanceof MultiLayerConfiguration) {
      return ((MultiLayerConfiguration) configuration).getIterationCount();
    }
    return configuration instanceof ComputationGraphConfiguration
        ? ((ComputationGraphConfiguration) configuration).getIterationCount()
        : ((TrainingConfig) configuration).getIterationCount();
  }

  /** Slots of the layers, their parameters grouped by what those of the copy answer. */
  private static List<LayerSlot> slots(List<LayerSource> layers, List<LayerSource> copies) {
    List<LayerSlot> slots = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (layers.get(i).configurations.get(0) == layers.get(j).configurations.get(0)) {
          throw new IllegalArgumentException(
              String.format(
                  "Layers %d and %d have one configuration object: what is set for the one is set for the other. Build one for"
                      + " each.",
                  j, i));
        }
      }
      slots.add(new LayerSlot(i, layers.get(i), copies.get(i).groups()));
    }
    return slots;
  }

  static List<LayerSource> sources(MultiLayerConfiguration conf) {
    List<LayerSource> sources = new ArrayList<>();
    for (NeuralNetConfiguration layer : conf.getConfs()) {
      String name = layer.getLayer().getLayerName();
      sources.add(LayerSource.of(name == null ? "layer" + sources.size() : name, layer));
    }
    return sources;
  }

  static List<LayerSource> sources(ComputationGraphConfiguration conf) {
    List<LayerSource> sources = new ArrayList<>();
    for (Map.Entry<String, GraphVertex> e : conf.getVertices().entrySet()) {
      if (e.getValue() instanceof LayerVertex) {
        sources.add(LayerSource.of(e.getKey(), ((LayerVertex) e.getValue()).getLayerConf()));
      } else if (e.getValue() instanceof SameDiffVertex) {
        sources.add(LayerSource.of(e.getKey(), (SameDiffVertex) e.getValue()));
      }
    }
    return sources;
  }

  private static List<LayerSource> sources(TrainingConfig config) {
    return Collections.singletonList(LayerSource.of(ALL_VARIABLES, config));
  }
}
