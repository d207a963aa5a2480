package org.lowbit4j.convert;

import java.util.Arrays;
import org.lowbit4j.dl4j.LayerSlot;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.BlockState;
import org.nd4j.linalg.learning.config.IUpdater;

/** Where a parameter's moments are, in which block's state and from which element on. */
final class Source {

  final LayerSlot slot;
  final String parameter;
  final Block block;

  /** How much faster the parameter moves than its block steps. */
  final double scale;

  final long offset;
  final long[] shape;

  Source(LayerSlot slot, String parameter, Block block, double scale, long offset, long[] shape) {
    this.slot = slot;
    this.parameter = parameter;
    this.block = block;
    this.scale = scale;
    this.offset = offset;
    this.shape = shape;
  }

  boolean hasShape(long[] other) {
    return Arrays.equals(shape, other);
  }

  IUpdater config() {
    return block.config();
  }

  /** Null for an updater without moments. */
  BlockState state() {
    return block.state();
  }

  UpdateRule rule() {
    return block.rule();
  }
}
