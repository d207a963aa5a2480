package org.lowbit4j.plan;

import java.util.List;
import org.lowbit4j.dl4j.LayerSlot;

/** Layers, or one parameter of a layer. */
public final class Selection {

  private final List<LayerSlot> layers;

  /** Null for all. */
  private final String parameter;

  /**
   * Selects.
   *
   * @param parameter its name; null for all of the layers' parameters
   */
  public Selection(List<LayerSlot> layers, String parameter) {
    this.layers = layers;
    this.parameter = parameter;
  }

  boolean has(LayerSlot layer, String name) {
    return layers.contains(layer) && (parameter == null || parameter.equals(name));
  }

  @Override
  public String toString() {
    return parameter == null ? layers.toString() : parameter + " of " + layers;
  }
}
