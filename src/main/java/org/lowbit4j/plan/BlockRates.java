package org.lowbit4j.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.lowbit4j.dl4j.LayerSlot;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.Scope;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * The learning rates of some layers in the updater blocks of a network: of blocks that are theirs
 * as a whole, which get updaters with another rate, and of blocks that they share.
 *
 * <p>Everything is checked before anything is changed. Updater objects are replaced, not changed:
 * DL4J's clones of a network have the same ones.
 */
public final class BlockRates {

  private final List<UpdaterBlock> blocks;
  private final Selection selected;

  /** Of blocks whose updaters have a rate. */
  private final List<RateGroup> groups;

  /**
   * Looks up which blocks have which layers.
   *
   * @param all all layers of the network
   * @param selected those whose rates are to change
   */
  public BlockRates(List<UpdaterBlock> blocks, List<LayerSlot> all, Selection selected) {
    this.blocks = blocks;
    this.selected = selected;
    this.groups = RateGroup.of(blocks, all);
  }

  /**
   * Sets a rate or a schedule.
   *
   * @param setter sets it
   * @param rate the rate, null for a schedule
   * @throws IllegalArgumentException if no parameter of the layers has a rate; nothing was changed
   * @throws UnsupportedOperationException where it cannot be set; nothing was changed
   */
  public void change(Consumer<IUpdater> setter, Double rate) {
    List<RateGroup> own = new ArrayList<>();
    List<RateGroup> shared = new ArrayList<>();
    for (RateGroup group : groups) {
      if (group.isAllOf(selected)) {
        own.add(group);
      } else if (group.hasSomeOf(selected)) {
        group.requireScalable(selected, rate);
        shared.add(group);
      }
    }
    if (own.isEmpty() && shared.isEmpty()) {
      throw new IllegalArgumentException(
          "No parameter of " + selected + " has an updater with a learning rate.");
    }
    List<UpdaterBlock> merging = merging(own, setter);
    own.forEach(group -> group.change(setter, scope(group, merging)));
    shared.forEach(group -> group.scale(selected, rate));
  }

  /**
   * Blocks that would be equal to the one before: DL4J would merge them when the network is
   * restored, and the state would no longer fit, or fit the wrong parameters. Ours are given a
   * scope.
   */
  private List<UpdaterBlock> merging(List<RateGroup> own, Consumer<IUpdater> setter) {
    List<UpdaterBlock> merging = new ArrayList<>();
    IUpdater before = null;
    for (UpdaterBlock block : blocks) {
      IUpdater after = RateGroup.config(block);
      if (own.stream().anyMatch(group -> group.has(block))) {
        after = after.clone();
        setter.accept(after);
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

  private Consumer<IUpdater> scope(RateGroup group, List<UpdaterBlock> merging) {
    List<UpdaterBlock> found = merging.stream().filter(group::has).collect(Collectors.toList());
    return found.isEmpty()
        ? updater -> {}
        : updater ->
            Scope.assign((LowBitConfig<?>) updater, "block " + blocks.indexOf(found.get(0)));
  }
}
