package org.lowbit4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.examples.scale.ShardedTraining;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;

/** State that is spread over workers gives the bits of state in one place. */
class ShardedTrainingTest {

  private static final int STEPS = 6;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void bitsAreThoseOfTheWholeStep(int workers) {
    for (IUpdater updater : List.of(new Adam8bit(1e-3), new Adam(1e-3))) {
      ShardedTraining sharded =
          new ShardedTraining(() -> ShardedTraining.example(updater), workers);
      MultiLayerNetwork whole = ShardedTraining.example(updater);
      whole.initGradientsView();
      for (int step = 0; step < STEPS; step++) {
        List<DataSet> batches = new ArrayList<>();
        for (int worker = 0; worker < workers; worker++) {
          batches.add(ShardedTraining.batch(step * workers + worker));
        }
        sharded.step(batches);
        step(whole, batches, step);
      }
      assertSame(sharded, whole, workers);
      assertTraffic(sharded, whole, workers);
      // ND4J's updaters know no scope: layers with equal ones share a block.
      boolean spread = updater instanceof Adam8bit;
      assertState(sharded, whole, workers, spread ? 2.0 / workers : 1);
    }
  }

  private static void step(MultiLayerNetwork net, List<DataSet> batches, int iteration) {
    INDArray sum = null;
    for (DataSet batch : batches) {
      ShardedTraining.computeGradient(net, batch);
      INDArray gradient = net.getFlattenedGradients();
      sum = sum == null ? gradient.dup() : sum.addi(gradient);
    }
    net.getFlattenedGradients().assign(sum.divi(batches.size()));
    DefaultGradient gradient = new DefaultGradient(net.getFlattenedGradients());
    MultiLayerUpdater updater = (MultiLayerUpdater) net.getUpdater();
    for (UpdaterBlock block : updater.getUpdaterBlocks()) {
      for (UpdaterBlock.ParamState p : block.getLayersAndVariablesInBlock()) {
        int layer = ((org.deeplearning4j.nn.api.Layer) p.getLayer()).getIndex();
        gradient.setGradientFor(layer + "_" + p.getParamName(), p.getGradView());
      }
    }
    updater.update(
        gradient, iteration, 0, batches.get(0).numExamples(), LayerWorkspaceMgr.noWorkspaces());
    net.params().subi(net.getFlattenedGradients().reshape(net.params().shape()));
  }

  private static void assertSame(ShardedTraining sharded, MultiLayerNetwork whole, int workers) {
    for (int worker = 0; worker < workers; worker++) {
      assertThat(sharded.network(worker).params().toFloatVector())
          .isEqualTo(whole.params().toFloatVector());
    }
    List<UpdaterBlock> blocks = ((MultiLayerUpdater) whole.getUpdater()).getUpdaterBlocks();
    INDArray state = whole.getUpdater().getStateViewArray();
    for (int i = 0; i < blocks.size(); i++) {
      UpdaterBlock block = blocks.get(i);
      INDArray expected =
          state
              .reshape(state.length())
              .get(
                  NDArrayIndex.interval(
                      block.getUpdaterViewOffsetStart(), block.getUpdaterViewOffsetEnd()));
      assertThat(sharded.state(i).toFloatVector()).isEqualTo(expected.toFloatVector());
    }
  }

  private static void assertTraffic(ShardedTraining sharded, MultiLayerNetwork whole, int workers) {
    long expected = STEPS * 4L * whole.numParams() * (workers - 1);
    assertThat(sharded.gradientBytes()).isEqualTo(expected);
    assertThat(sharded.parameterBytes()).isEqualTo(expected);
  }

  private static void assertState(
      ShardedTraining sharded, MultiLayerNetwork whole, int workers, double largestShare) {
    long all = 4 * whole.getUpdater().getStateViewArray().length();
    long sum = 0;
    for (int worker = 0; worker < workers; worker++) {
      assertThat((double) sharded.stateBytes(worker) / all).isLessThanOrEqualTo(largestShare);
      sum += sharded.stateBytes(worker);
    }
    assertThat(sum).isEqualTo(all);
  }
}
