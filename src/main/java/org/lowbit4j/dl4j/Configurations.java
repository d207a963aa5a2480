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
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.samediff.AbstractSameDiffLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.nd4j.autodiff.samediff.TrainingConfig;

/** Finds the layers of configurations. */
public final class Configurations {

  /** The name of the one slot of a SameDiff configuration, and of its one parameter. */
  static final String ALL_VARIABLES = "variables";

  private Configurations() {}

  /**
   * The layers of a network.
   *
   * @param conf its configuration
   * @return its layers in order
   */
  public static List<LayerSlot> slots(MultiLayerConfiguration conf) {
    List<LayerSlot> slots = new ArrayList<>();
    for (NeuralNetConfiguration layer : conf.getConfs()) {
      slots.add(slot(slots.size(), null, layer));
    }
    return slots;
  }

  /**
   * The layers and parameterised vertices of a graph.
   *
   * @param conf its configuration
   * @return them in the order in which they were added
   */
  public static List<LayerSlot> slots(ComputationGraphConfiguration conf) {
    List<LayerSlot> slots = new ArrayList<>();
    for (Map.Entry<String, GraphVertex> e : conf.getVertices().entrySet()) {
      if (e.getValue() instanceof LayerVertex) {
        slots.add(slot(slots.size(), e.getKey(), ((LayerVertex) e.getValue()).getLayerConf()));
      } else if (e.getValue() instanceof SameDiffVertex) {
        SameDiffVertex vertex = (SameDiffVertex) e.getValue();
        slots.add(
            new LayerSlot(
                slots.size(),
                e.getKey(),
                Collections.singletonList(vertex),
                Collections.singletonList(UpdaterHolder.of(vertex)),
                ParameterTable.of(vertex)));
      }
    }
    return slots;
  }

  /**
   * The variables of a SameDiff model, which share one updater.
   *
   * @param config its training configuration
   * @return one slot
   */
  public static List<LayerSlot> slots(TrainingConfig config) {
    return Collections.singletonList(
        new LayerSlot(
            0,
            ALL_VARIABLES,
            Collections.singletonList(config),
            Collections.singletonList(UpdaterHolder.of(config)),
            ParameterTable.ofSameDiff(config)));
  }

  private static LayerSlot slot(int index, String vertexName, NeuralNetConfiguration conf) {
    Layer layer = conf.getLayer();
    String name = vertexName != null ? vertexName : layer.getLayerName();
    List<Object> configurations = new ArrayList<>();
    List<UpdaterHolder> holders = new ArrayList<>();
    unwrap(layer, configurations, holders);
    return new LayerSlot(
        index,
        name == null ? "layer" + index : name,
        configurations,
        holders,
        ParameterTable.of(conf));
  }

  private static void unwrap(
      Layer layer, List<Object> configurations, List<UpdaterHolder> holders) {
    configurations.add(layer);
    if (layer instanceof FrozenLayer || layer instanceof FrozenLayerWithBackprop) {
      return;
    }
    if (layer instanceof BaseWrapperLayer) {
      unwrap(((BaseWrapperLayer) layer).getUnderlying(), configurations, holders);
    } else if (layer instanceof Bidirectional) {
      unwrap(((Bidirectional) layer).getFwd(), configurations, holders);
      unwrap(((Bidirectional) layer).getBwd(), configurations, holders);
    } else if (layer instanceof BaseLayer) {
      holders.add(UpdaterHolder.of((BaseLayer) layer));
    } else if (layer instanceof AbstractSameDiffLayer) {
      holders.add(UpdaterHolder.of((AbstractSameDiffLayer) layer));
    }
  }
}
