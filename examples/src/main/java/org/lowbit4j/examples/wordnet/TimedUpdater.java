package org.lowbit4j.examples.wordnet;

import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;

/**
 * DL4J's own driver of updaters with a stopwatch: the time from gradients to updates, all layers.
 *
 * <p>{@code network.setUpdater(new TimedUpdater(network, watch))}. Saved networks do not show it, a
 * restored one has DL4J's own again.
 */
final class TimedUpdater extends MultiLayerUpdater {

  private final Stopwatch watch;

  TimedUpdater(MultiLayerNetwork network, Stopwatch watch) {
    super(network);
    this.watch = watch;
  }

  @Override
  public synchronized void update(
      Gradient gradient, int iteration, int epoch, int batch, LayerWorkspaceMgr workspaces) {
    watch.time(() -> super.update(gradient, iteration, epoch, batch, workspaces));
  }
}
