package org.lowbit4j.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.lowbit4j.dl4j.LayerSlot;
import org.lowbit4j.dl4j.ParameterGroup;
import org.lowbit4j.regularization.LearningRateScale;
import org.lowbit4j.regularization.OptimizerRegularization;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.Scope;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The updaters that overrides lead to, layer by layer; nothing is changed before {@link #install}.
 *
 * <p>Weights have the layer's updater, and what it needs. Biases share it as long as no override
 * sets the two apart, and no rate that was set for one of them; set apart, they have a copy without
 * weight decay or trust ratio, unless an override of biases asks for it: DL4J, too, regularizes
 * biases only where told.
 */
public final class UpdaterPlan {

  /** A change of the updaters of some layers. */
  public static final class Override {

    final Function<LayerSlot, Set<ParameterGroup>> selection;
    final String property;
    final Object value;

    /**
     * Makes an override.
     *
     * @param selection the groups of a layer that it is for
     * @param property the property to set, null to replace the updater
     * @param value the property's value, or a function from one updater to another
     */
    public Override(
        Function<LayerSlot, Set<ParameterGroup>> selection, String property, Object value) {
      this.selection = selection;
      this.property = property;
      this.value = value;
    }

    @SuppressWarnings("unchecked")
    IUpdater apply(LayerSlot slot, IUpdater updater) {
      if (property == null) {
        IUpdater replaced = ((UnaryOperator<IUpdater>) value).apply(updater);
        return replaced == null ? null : replaced.clone();
      }
      if (updater instanceof LowBitConfig) {
        Setters.set((LowBitConfig<?>) updater, property, value);
        return updater;
      }
      throw new IllegalArgumentException(
          String.format(
              "Layer %s has the updater %s, which has no property %s that could be set here; replace it by lowBit() or"
                  + " updater(...).",
              slot.name(),
              updater == null ? "null" : updater.getClass().getSimpleName(),
              property));
    }

    boolean decidesRegularization() {
      return property == null || property.equals("weightDecay");
    }
  }

  private static final class Groups {
    IUpdater weights;
    IUpdater biases;
    boolean biasesRegularized;

    /** Whether biases have an updater of their own for no other reason than their rate. */
    boolean apartByRate;
  }

  private static final Logger LOG = LoggerFactory.getLogger(UpdaterPlan.class);

  /** Behind a layer's scope: that of its biases where they are set apart. */
  private static final String BIAS_SCOPE = ":bias";

  private final Map<LayerSlot, Groups> plan = new LinkedHashMap<>();

  /** Layers with an updater of ours that has nothing to update. */
  private final List<LayerSlot> frozen = new ArrayList<>();

  private final DataType dataType;
  private final boolean complete;

  /**
   * Works out the plan.
   *
   * @param overrides in the order in which they apply
   * @param dataType the network's, null if not known
   * @param complete whether no more overrides follow, so that properties must go together
   * @throws IllegalArgumentException if an override does not fit, or properties do not go together
   */
  public UpdaterPlan(
      List<LayerSlot> slots, List<Override> overrides, DataType dataType, boolean complete) {
    this.dataType = dataType;
    this.complete = complete;
    for (LayerSlot slot : slots) {
      if (!slot.groups().isEmpty()) {
        plan.put(slot, resolve(slot, overrides));
      } else if (slot.frozenUpdaters().stream().anyMatch(LowBitConfig.class::isInstance)) {
        frozen.add(slot);
      }
    }
  }

  private Groups resolve(LayerSlot slot, List<Override> overrides) {
    Groups g = start(slot, overrides);
    for (Override o : overrides) {
      Set<ParameterGroup> selected = selected(o, slot);
      if (selected.contains(ParameterGroup.WEIGHTS)) {
        g.weights = o.apply(slot, g.weights);
      }
      if (g.biases == null || !selected.contains(ParameterGroup.BIASES)) {
        continue;
      }
      boolean ofLayer = selected.contains(ParameterGroup.WEIGHTS);
      if (ofLayer && !o.decidesRegularization()) {
        g.biases = o.apply(slot, g.biases);
      } else if (ofLayer && o.property == null) {
        g.biases = withoutDecay(o.apply(slot, g.biases));
        g.biasesRegularized = false;
      } else if (!ofLayer) {
        g.biases = o.apply(slot, g.biases);
        g.biasesRegularized |= o.decidesRegularization();
      }
    }
    if (g.apartByRate && haveOneRate(g.weights, g.biases)) {
      g.biases = null; // an override of the layer gave it to them
    }
    finish(g.weights, scope(slot));
    finish(g.biases, scope(slot) + BIAS_SCOPE);
    return g;
  }

  /** Names need not be unique. */
  private static String scope(LayerSlot slot) {
    return slot.index() + ":" + slot.name();
  }

  private static Groups start(LayerSlot slot, List<Override> overrides) {
    Groups g = new Groups();
    IUpdater weights = slot.updater(ParameterGroup.WEIGHTS);
    IUpdater biases = slot.updater(ParameterGroup.BIASES);
    StepRates rates = new StepRates(slot);
    g.weights =
        weights == null ? null : at(rates.of(ParameterGroup.WEIGHTS, weights), weights.clone());
    if (biases != null) {
      g.biases = at(rates.of(ParameterGroup.BIASES, biases), biases.clone());
      // An updater of the user's own for biases counts whole; one that was set apart here stays as
      // it was.
      g.biasesRegularized =
          !isSetApart(biases)
              || slot.regularizations(ParameterGroup.BIASES).stream()
                  .anyMatch(OptimizerRegularization.class::isInstance);
    } else if (weights != null && slot.groups().containsValue(ParameterGroup.BIASES)) {
      boolean apart = overrides.stream().anyMatch(o -> setsApart(selected(o, slot), slot));
      OptionalDouble rate = rates.of(ParameterGroup.BIASES, weights);
      g.apartByRate = !apart && !rate.equals(rates.of(ParameterGroup.WEIGHTS, weights));
      g.biases = apart || g.apartByRate ? at(rate, withoutDecay(weights.clone())) : null;
    }
    return g;
  }

  private static boolean haveOneRate(IUpdater weights, IUpdater biases) {
    return !weights.hasLearningRate()
        || !biases.hasLearningRate()
        || weights.getLearningRate(0, 0) == biases.getLearningRate(0, 0);
  }

  private static boolean setsApart(Set<ParameterGroup> selected, LayerSlot slot) {
    return selected.size() == 1 && slot.groups().containsValue(ParameterGroup.BIASES);
  }

  private static Set<ParameterGroup> selected(Override o, LayerSlot slot) {
    Set<ParameterGroup> selected = EnumSet.noneOf(ParameterGroup.class);
    selected.addAll(o.selection.apply(slot));
    selected.retainAll(slot.groups().values());
    return selected;
  }

  private static boolean isSetApart(IUpdater biases) {
    String scope = biases instanceof LowBitConfig ? ((LowBitConfig<?>) biases).getScope() : null;
    return scope != null && scope.endsWith(BIAS_SCOPE);
  }

  /** Gives an updater the rate that its parameters had in a shared block, which ends. */
  private static IUpdater at(OptionalDouble rate, IUpdater updater) {
    rate.ifPresent(r -> updater.setLrAndSchedule(r, null));
    return updater;
  }

  private static IUpdater withoutDecay(IUpdater updater) {
    if (updater instanceof LowBitConfig) {
      ((LowBitConfig<?>) updater).weightDecay(0);
    }
    return updater;
  }

  private void finish(IUpdater updater, String scope) {
    if (updater instanceof LowBitConfig) {
      LowBitConfig<?> config = (LowBitConfig<?>) updater;
      if (dataType != null) {
        config.dataType(dataType);
      }
      if (complete) {
        Scope.assign(config, scope);
      } else {
        Scope.assignEarly(config, scope);
      }
    }
  }

  /**
   * Refuses a plan for a network that has its updater already.
   *
   * @param iterations that the network has done
   * @param clonesCountAnew whether clones of such networks have done none, whatever their state
   * @throws IllegalStateException if the updater was made of an updater configuration found here
   */
  public void requireNoneAtWork(int iterations, boolean clonesCountAnew) {
    boolean ofOthers = false;
    for (LayerSlot slot : plan.keySet()) {
      for (String parameter : slot.groups().keySet()) {
        IUpdater updater = slot.updaterOf(parameter);
        ofOthers |= hasForeignState(updater);
        if (updater instanceof LowBitConfig
            && Scope.isAtWork((LowBitConfig<?>) updater, iterations, clonesCountAnew)) {
          throw new IllegalStateException(
              String.format(
                  "A network is at work with this configuration (layer %s, %s, iteration %d). Its updater would go on as it"
                      + " is, and its next checkpoint could not be restored. Nothing was changed. Begin with the network, whose state"
                      + " is then taken over: OptimManager.of(net).",
                  slot.name(), updater, iterations));
        }
      }
    }
    if (ofOthers && iterations > 0) {
      LOG.warn(
          "The configuration is that of a network that has done {} steps. If the network is at work, its updaters of ND4J go"
              + " on as they are, and its next checkpoint cannot be restored: begin with the network, OptimManager.of(net).",
          iterations);
    }
  }

  private static boolean hasForeignState(IUpdater updater) {
    return updater != null && !(updater instanceof LowBitConfig) && updater.stateSize(1) > 0;
  }

  /** Writes the plan into the configuration. */
  public void install() {
    frozen.forEach(slot -> slot.frozenUpdater(new NoOp()));
    plan.forEach(
        (slot, g) -> {
          slot.updater(ParameterGroup.WEIGHTS, g.weights);
          if (g.biases != null) {
            slot.updater(ParameterGroup.BIASES, g.biases);
            settle(slot, ParameterGroup.BIASES, g.biases, g.biasesRegularized);
          }
          settle(slot, ParameterGroup.WEIGHTS, g.weights, true);
          for (ParameterGroup group : ParameterGroup.values()) {
            List<Regularization> all = slot.regularizations(group);
            if (all.removeIf(LearningRateScale.class::isInstance)) {
              slot.regularizations(group, all);
            }
          }
        });
  }

  /** What follows from the layer's updaters, once they are there. */
  private static void settle(
      LayerSlot slot, ParameterGroup group, IUpdater updater, boolean regularized) {
    List<Regularization> all = slot.regularizations(group);
    all.removeIf(OptimizerRegularization.class::isInstance);
    if (updater instanceof LowBitConfig) {
      LowBitConfig<?> config = (LowBitConfig<?>) updater;
      Scope.blocksOf(config, smallestBlock(slot, group));
      if (regularized && !config.regularizations().isEmpty()) {
        warnOfOtherDecay(slot, all, config);
        all.addAll(config.regularizations());
        if (canBeChecked(slot, group)) {
          all.addAll(Scope.check(config));
        }
      }
      slot.updater(group, config);
    }
    slot.regularizations(group, all);
  }

  /** How many parameters the smallest updater block with a group's updater has, 0 if not known. */
  private static long smallestBlock(LayerSlot slot, ParameterGroup group) {
    Map<String, Long> sizes = slot.knownSizes();
    return runs(slot, group).stream()
        .mapToLong(run -> run.stream().mapToLong(p -> sizes.getOrDefault(p, 0L)).sum())
        .min()
        .orElse(0);
  }

  private static List<List<String>> runs(LayerSlot slot, ParameterGroup group) {
    return slot.runs().stream()
        .filter(run -> slot.updaterGroup(run.get(0)) == group)
        .collect(Collectors.toList());
  }

  /**
   * Whether each step of the group's updater has a variable that is regularized with it, and each
   * such variable the group's updater: a check sees the variables of a step, not the layer. Layers
   * with pretraining have variables that they do not tell of, in updater blocks of their own.
   */
  private static boolean canBeChecked(LayerSlot slot, ParameterGroup group) {
    Set<String> regularized = slot.regularized(group);
    List<List<String>> runs = runs(slot, group);
    return !slot.isPretrainable()
        && runs.stream().noneMatch(run -> Collections.disjoint(run, regularized))
        && runs.stream().mapToLong(run -> run.stream().filter(regularized::contains).count()).sum()
            == regularized.size();
  }

  private static void warnOfOtherDecay(
      LayerSlot slot, List<Regularization> others, LowBitConfig<?> config) {
    boolean decays =
        others.stream().anyMatch(r -> r instanceof WeightDecay || r instanceof L2Regularization);
    if (decays && config.getWeightDecay() > 0) {
      LOG.warn(
          "Layer {} has weight decay by DL4J ({}) and by {} ({}): both apply.",
          slot.name(),
          others,
          config.getClass().getSimpleName(),
          config.getWeightDecay());
    }
  }
}
