package org.lowbit4j.convert;

import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.BlockState;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.lowbit4j.updater.PackedState;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;

/** An updater block of DL4J's, and its state, opened when it is asked for. */
final class Block {

  final UpdaterBlock block;
  private final int iteration;
  private BlockState state;

  /**
   * Wraps a block.
   *
   * @param iteration steps that the network has done
   */
  Block(UpdaterBlock block, int iteration) {
    this.block = block;
    this.iteration = iteration;
  }

  IUpdater config() {
    return block.getGradientUpdater().getConfig();
  }

  long elements() {
    return (long) block.getParamOffsetEnd() - block.getParamOffsetStart();
  }

  /** Null for updaters without moments, and for those that nobody here knows. */
  UpdateRule rule() {
    return rule(config());
  }

  static UpdateRule rule(IUpdater config) {
    return config instanceof LowBitConfig
        ? PackedState.rule((LowBitConfig<?>) config)
        : PlainState.rule(config);
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
    if (state == null && block.getUpdaterView() != null) {
      state = open();
    }
    return state;
  }

  private BlockState open() {
    GradientUpdater<?> updater = block.getGradientUpdater();
    if (updater instanceof LowBitUpdater) {
      return new PackedState((LowBitUpdater<?>) updater, elements());
    }
    return isOpaque()
        ? new OpaqueState(config(), block.getUpdaterView(), elements())
        : new PlainState(config(), block.getUpdaterView(), elements(), iteration);
  }

  /** Lets the state be what the updater begins with; packed state is when it is zero, as it is. */
  void begin() {
    if (isOpaque()) {
      block.setGradientUpdater(config().instantiate(block.getUpdaterView(), true));
    } else if (state() instanceof PlainState) {
      ((PlainState) state()).begin();
    }
  }
}
