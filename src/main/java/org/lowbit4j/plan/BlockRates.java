package org.lowbit4j.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.lowbit4j.dl4j.LayerSlot;
import org.lowbit4j.dl4j.ParameterGroup;
import org.lowbit4j.regularization.LearningRateScale;
import org.lowbit4j.updater.LearningRateConfig;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.Scope;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * The learning rates of some layers in the updater blocks of a network: of blocks that are theirs
 * as a whole, whose updaters can be changed, and of blocks that they share.
 *
 * <p>Everything is checked before anything is changed.
 */
public final class BlockRates {

  private static final String REMEDY =
      " Pass the configuration through OptimManager before making the network, and layers have blocks of their own.";

  private final List<UpdaterBlock> blocks;
  private final List<LayerSlot> layers;

  /** By identity: what is changed, and what must not be. */
  private final Set<IUpdater> own = Collections.newSetFromMap(new IdentityHashMap<>());

  private final Set<IUpdater> ofOthers = Collections.newSetFromMap(new IdentityHashMap<>());
  private final List<UpdaterBlock> shared = new ArrayList<>();

  /**
   * Looks up which blocks have which layers.
   *
   * @param blocks all of the network's
   * @param layers those whose rates are to change
   */
  public BlockRates(List<UpdaterBlock> blocks, List<LayerSlot> layers) {
    this.blocks = blocks;
    this.layers = layers;
    for (UpdaterBlock block : blocks) {
      if (!config(block).hasLearningRate()) {
        continue;
      }
      int inside = inside(block).size();
      boolean whole = inside == block.getLayersAndVariablesInBlock().size();
      Set<IUpdater> side = whole ? own : ofOthers;
      side.add(config(block));
      block.getLayersAndVariablesInBlock().forEach(p -> side.add(updaterOf(p)));
      if (inside > 0 && !whole) {
        shared.add(block);
      }
    }
  }

  /**
   * Refuses layers that have no rate to change.
   *
   * @throws IllegalArgumentException if no parameter of theirs has one
   */
  public void requireSomeRate() {
    if (own.isEmpty() && shared.isEmpty()) {
      throw new IllegalArgumentException(
          "No parameter of " + layers + " has an updater with a learning rate.");
    }
  }

  /**
   * A layer's updater may serve a shared block, too, or another layer that was given the object.
   *
   * @throws UnsupportedOperationException if one does
   */
  public void requireUpdatersOfTheirOwn() {
    for (IUpdater updater : own) {
      if (ofOthers.contains(updater)) {
        throw new UnsupportedOperationException(
            "The updater object "
                + updater
                + " of "
                + layers
                + " also serves parameters whose rate is to stay."
                + REMEDY);
      }
    }
  }

  /**
   * Prepares scaling the updates of the layers' parameters in shared blocks.
   *
   * @param rate the new rate, null for a schedule
   * @return what does it
   * @throws UnsupportedOperationException where they cannot be scaled
   */
  public List<Runnable> scales(Double rate) {
    List<Runnable> changes = new ArrayList<>();
    for (UpdaterBlock block : blocks) {
      for (UpdaterBlock.ParamState p : inside(block)) {
        LayerSlot slot = slot(p);
        if (shared.contains(block)) {
          ParameterGroup group = scalableGroup(slot, p.getParamName());
          LearningRateScale scale = scale(slot, config(block), rate);
          changes.add(() -> replaceScale(slot, group, scale));
        } else {
          slot.regularizationGroup(p.getParamName())
              .ifPresent(group -> changes.add(() -> replaceScale(slot, group, null)));
        }
      }
    }
    return changes;
  }

  private static ParameterGroup scalableGroup(LayerSlot slot, String parameter) {
    return slot.regularizationGroup(parameter)
        .orElseThrow(
            () ->
                new UnsupportedOperationException(
                    "Layer "
                        + slot.name()
                        + " shares its updater block with others, and DL4J does not let the updates of its parameter "
                        + parameter
                        + " be scaled."
                        + REMEDY));
  }

  private static LearningRateScale scale(LayerSlot slot, IUpdater config, Double rate) {
    String why = null;
    if (rate == null) {
      why = ", which cannot have a schedule for one of them";
    } else if (!(config instanceof LearningRateConfig)) {
      why = ", whose updater " + config + " is not one of lowbit4j";
    } else if (((LearningRateConfig<?>) config).getLearningRateSchedule() != null) {
      why = ", which have a schedule";
    } else if (config.getLearningRate(0, 0) == 0) {
      why = ", whose rate is 0: no factor makes another of it";
    }
    if (why != null) {
      throw new UnsupportedOperationException(
          "Layer " + slot.name() + " shares its updater block with others" + why + "." + REMEDY);
    }
    double blockRate = config.getLearningRate(0, 0);
    return rate == blockRate ? null : new LearningRateScale(rate, blockRate);
  }

  private static void replaceScale(LayerSlot slot, ParameterGroup group, LearningRateScale scale) {
    List<Regularization> all = new ArrayList<>(slot.regularizations(group));
    boolean removed = all.removeIf(LearningRateScale.class::isInstance);
    if (scale != null) {
      all.add(scale);
    }
    if (removed || scale != null) {
      slot.regularizations(group, all);
    }
  }

  /**
   * Finds blocks that would be equal to the one before: DL4J would merge them when the network is
   * restored, and the state would no longer fit, or fit the wrong parameters.
   *
   * @param setter sets the new rate
   * @return ours, to be given a scope
   * @throws UnsupportedOperationException if they are ND4J's
   */
  public List<UpdaterBlock> keepApart(RateSetter setter) {
    List<UpdaterBlock> merging = new ArrayList<>();
    IUpdater before = null;
    for (UpdaterBlock block : blocks) {
      IUpdater after = config(block);
      if (own.contains(after)) {
        after = after.clone();
        setter.set(after);
      }
      if (after.equals(before) && after instanceof LowBitConfig) {
        merging.add(block);
      } else if (after.equals(before) && after.hasLearningRate()) {
        throw new UnsupportedOperationException(
            "With this rate neighbouring blocks have the same updater "
                + after
                + "; restored, they would be one, their state mixed up. Use net.setLearningRate, which re-arranges"
                + " the state of ND4J's updaters.");
      }
      before = after;
    }
    return merging;
  }

  /**
   * Changes the rates of blocks that are the layers' as a whole.
   *
   * @param setter sets the new rate
   */
  public void change(RateSetter setter) {
    own.forEach(setter::set);
  }

  /**
   * Gives blocks a scope of their own, in all configurations of their variables.
   *
   * @param merging what {@link #keepApart} found
   */
  public void scope(List<UpdaterBlock> merging) {
    for (UpdaterBlock block : merging) {
      String scope = "block " + blocks.indexOf(block);
      Scope.assign((LowBitConfig<?>) config(block), scope);
      block
          .getLayersAndVariablesInBlock()
          .forEach(p -> Scope.assign((LowBitConfig<?>) updaterOf(p), scope));
    }
  }

  private List<UpdaterBlock.ParamState> inside(UpdaterBlock block) {
    return block.getLayersAndVariablesInBlock().stream()
        .filter(p -> layers.stream().anyMatch(s -> isOf(p, s)))
        .collect(Collectors.toList());
  }

  private LayerSlot slot(UpdaterBlock.ParamState p) {
    return layers.stream().filter(s -> isOf(p, s)).findFirst().orElseThrow();
  }

  private static boolean isOf(UpdaterBlock.ParamState p, LayerSlot slot) {
    return slot.configurations().stream().anyMatch(c -> c == p.getLayer().getConfig());
  }

  private static IUpdater config(UpdaterBlock block) {
    return block.getGradientUpdater().getConfig();
  }

  private static IUpdater updaterOf(UpdaterBlock.ParamState p) {
    return p.getLayer().getConfig().getUpdaterByParam(p.getParamName());
  }

  /** Sets a rate or a schedule. */
  public interface RateSetter {
    /**
     * Sets it.
     *
     * @param updater whose rate it is
     */
    void set(IUpdater updater);
  }
}
