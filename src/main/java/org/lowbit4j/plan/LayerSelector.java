package org.lowbit4j.plan;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.lowbit4j.dl4j.LayerSlot;
import org.lowbit4j.dl4j.ParameterGroup;

/**
 * Which parameters of which layers were chosen last. Each choice throws an IllegalArgumentException
 * that lists what there is, if it would choose nothing.
 */
public final class LayerSelector {

  private final List<LayerSlot> slots;
  private List<LayerSlot> selected;
  private Set<ParameterGroup> groups = EnumSet.allOf(ParameterGroup.class);
  private boolean small;

  /** Chooses all of some layers. */
  public LayerSelector(List<LayerSlot> slots) {
    this.slots = slots;
    this.selected = slots;
  }

  /** Chooses all layers. */
  public void all() {
    select(slots);
  }

  /**
   * Chooses layers.
   *
   * @param selector what the user called, for messages
   * @param which chooses some
   */
  public void select(String selector, Predicate<LayerSlot> which) {
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
    select(found);
  }

  private void select(List<LayerSlot> layers) {
    selected = layers;
    groups = EnumSet.allOf(ParameterGroup.class);
    small = false;
  }

  /**
   * Narrows the choice to weights or biases.
   *
   * @param selector what the user called, for messages
   */
  public void narrow(String selector, ParameterGroup group) {
    requireLayers(selector);
    if (selected.stream().allMatch(s -> s.parameters(group).isEmpty())) {
      throw new IllegalArgumentException(
          selector
              + " selects nothing that DL4J gives an updater of its own; the selected layers have "
              + parameters(selected)
              + ".");
    }
    groups = EnumSet.of(group);
  }

  private void requireLayers(String selector) {
    if (small) {
      throw new IllegalArgumentException(
          selector + " cannot follow smallParameters(); select layers first.");
    }
  }

  /** Narrows the choice to a parameter that can be told apart from its layer's others. */
  public void parameter(String name) {
    String selector = "parameter(\"" + name + "\")";
    requireLayers(selector);
    List<LayerSlot> having =
        selected.stream().filter(s -> s.groups().containsKey(name)).collect(Collectors.toList());
    if (having.isEmpty()) {
      throw new IllegalArgumentException(
          selector + " is in no selected layer; they have " + parameters(selected) + ".");
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
    narrow(selector, group);
  }

  /** Chooses the biases of all layers, and all of normalisation layers. */
  public void smallParameters() {
    if (slots.stream()
        .allMatch(s -> !s.isNormalization() && s.parameters(ParameterGroup.BIASES).isEmpty())) {
      throw new IllegalArgumentException(
          "smallParameters() selects nothing that DL4J gives an updater of its own; the layers have "
              + parameters(slots)
              + ".");
    }
    select(slots);
    small = true;
  }

  private static String parameters(List<LayerSlot> layers) {
    return layers.stream()
        .map(s -> s.name() + " " + s.groups().keySet())
        .collect(Collectors.joining(", "));
  }

  /**
   * The present choice.
   *
   * @return the groups of a layer, or of a copy's layer with the same index
   */
  public Function<LayerSlot, Set<ParameterGroup>> byIndex() {
    Set<Integer> indices = selected.stream().map(LayerSlot::index).collect(Collectors.toSet());
    Set<ParameterGroup> all = EnumSet.copyOf(groups);
    Set<ParameterGroup> none = Collections.emptySet();
    Set<ParameterGroup> biases = EnumSet.of(ParameterGroup.BIASES);
    return small
        ? slot -> slot.isNormalization() ? all : biases
        : slot -> indices.contains(slot.index()) ? all : none;
  }
}
