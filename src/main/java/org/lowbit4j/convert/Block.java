package org.lowbit4j.convert;

import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.BlockState;
import org.lowbit4j.updater.LowBitUpdater;
import org.lowbit4j.updater.PackedState;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;

/** Parameters with one updater, and its state, opened when it is asked for. */
final class Block {

  /** Null in a SameDiff model. */
  final UpdaterBlock block;

  private final GradientUpdater<?> updater;
  private final INDArray view;
  private final long elements;
  private final int iteration;
  private BlockState state;

  /**
   * Wraps a block of DL4J's.
   *
   * @param iteration steps that the network has done
   */
  Block(UpdaterBlock block, int iteration) {
    this.block = block;
    this.updater = block.getGradientUpdater();
    this.view = block.getUpdaterView();
    this.elements = (long) block.getParamOffsetEnd() - block.getParamOffsetStart();
    this.iteration = iteration;
  }

  /**
   * Makes a block of an updater.
   *
   * @param view its state; null for one without
   * @param iteration steps that the model has done
   */
  Block(GradientUpdater<?> updater, INDArray view, long elements, int iteration) {
    this.block = null;
    this.updater = updater;
    this.view = view;
    this.elements = elements;
    this.iteration = iteration;
  }

  IUpdater config() {
    return updater.getConfig();
  }

  INDArray view() {
    return view;
  }

  long elements() {
    return elements;
  }

  /** How many variables share the block. */
  int variables() {
    return block == null ? 1 : block.getLayersAndVariablesInBlock().size();
  }

  /** Null for updaters without moments, and for those that nobody here knows. */
  UpdateRule rule() {
    return rule(config());
  }

  static UpdateRule rule(IUpdater config) {
    return MomentMap.rule(config);
  }

  /** Whether there is state that nobody here knows. */
  static boolean isOpaque(IUpdater config) {
    return rule(config) == null && config.stateSize(1) > 0;
  }

  boolean isOpaque() {
    return isOpaque(config());
  }

  /** Null for updaters without moments. */
  BlockState state() {
    if (state == null && view != null) {
      state = open();
    }
    return state;
  }

  private BlockState open() {
    if (updater instanceof LowBitUpdater) {
      return new PackedState((LowBitUpdater<?>) updater, elements);
    }
    return isOpaque()
        ? new OpaqueState(config(), view, elements)
        : new PlainState(config(), view, elements, iteration);
  }

  /** Lets the state be what the updater begins with; packed state is when it is zero, as it is. */
  void begin() {
    if (isOpaque()) {
      block.setGradientUpdater(config().instantiate(view, true));
    } else if (state() instanceof PlainState) {
      ((PlainState) state()).begin();
    }
  }
}
