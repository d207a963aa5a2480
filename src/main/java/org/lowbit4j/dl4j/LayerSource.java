package org.lowbit4j.dl4j;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.samediff.AbstractSameDiffLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.nd4j.autodiff.samediff.TrainingConfig;

/** A layer as DL4J's classes describe it, and where in them its updaters are kept. */
final class LayerSource {

  final String name;
  final ParameterTable parameters;

  /** The layer's configuration and what it wraps, outermost first. */
  final List<Object> configurations = new ArrayList<>();

  /** Of what is trained. */
  final List<UpdaterHolder> holders = new ArrayList<>();

  /**
   * Of what is frozen but has an updater all the same: {@link FrozenLayerWithBackprop}, whose
   * gradients are zero.
   */
  final List<UpdaterHolder> frozen = new ArrayList<>();

  private LayerSource(String name, ParameterTable parameters) {
    this.name = name;
    this.parameters = parameters;
  }

  static LayerSource of(String name, NeuralNetConfiguration conf) {
    LayerSource source = new LayerSource(name, ParameterTable.of(conf));
    source.unwrap(conf.getLayer(), false);
    return source;
  }

  static LayerSource of(String name, SameDiffVertex vertex) {
    LayerSource source = new LayerSource(name, ParameterTable.of(vertex));
    source.configurations.add(vertex);
    source.holders.add(UpdaterHolder.of(vertex));
    return source;
  }

  static LayerSource of(String name, TrainingConfig config) {
    LayerSource source = new LayerSource(name, ParameterTable.ofSameDiff(config));
    source.configurations.add(config);
    source.holders.add(UpdaterHolder.of(config));
    return source;
  }

  /** The groups of its parameters; what the holders hold is lost. */
  ParameterGroups groups() {
    return new ParameterGroups(parameters, holders);
  }

  private void unwrap(Layer layer, boolean inFrozen) {
    configurations.add(layer);
    List<UpdaterHolder> found = inFrozen ? frozen : holders;
    if (layer instanceof BaseWrapperLayer) {
      unwrap(
          ((BaseWrapperLayer) layer).getUnderlying(),
          inFrozen || layer instanceof FrozenLayerWithBackprop);
    } else if (layer instanceof Bidirectional) {
      unwrap(((Bidirectional) layer).getFwd(), inFrozen);
      unwrap(((Bidirectional) layer).getBwd(), inFrozen);
    } else if (layer instanceof FrozenLayer) {
      configurations.add(((FrozenLayer) layer).getLayer()); // DL4J gives it no updater
    } else if (layer instanceof BaseLayer) {
      found.add(UpdaterHolder.of((BaseLayer) layer));
    } else if (layer instanceof AbstractSameDiffLayer) {
      found.add(UpdaterHolder.of((AbstractSameDiffLayer) layer));
    }
  }
}
