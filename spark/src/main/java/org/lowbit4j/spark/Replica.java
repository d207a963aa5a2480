package org.lowbit4j.spark;

import java.io.IOException;
import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.OptimizationAlgorithm;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.lowbit4j.dl4j.StateSlot;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A network or a graph, of the user or a worker: these have no interface for what training needs.
 */
abstract class Replica {

  private final Model model;
  private final StateSlot<?> slot;

  Replica(Model model, StateSlot<?> slot) {
    this.model = model;
    this.slot = slot;
  }

  static Replica of(Model model) {
    return model instanceof ComputationGraph
        ? new GraphReplica((ComputationGraph) model)
        : new NetworkReplica((MultiLayerNetwork) model);
  }

  /** The configuration, from which another replica can be made. */
  abstract String json();

  abstract void incrementEpochCount();

  /** Sets the counts of steps and epochs, on which learning rates and dither depend. */
  abstract void setCounts(int iterations, int epochs);

  /** Trains on a batch. */
  abstract BatchResult fit(byte[] batch) throws IOException;

  /** Computes the gradient of a batch, summed over its examples. */
  abstract BatchResult computeGradient(byte[] batch) throws IOException;

  abstract BackpropType backpropType();

  abstract NeuralNetConfiguration configuration();

  /** By what DL4J names a layer in gradients. */
  abstract String name(Trainable layer);

  /** Makes the updater and the array of gradients where they are not there yet. */
  abstract void prepare();

  /** What {@code score()} tells. */
  abstract void setScore(double score);

  /** The gradient of all parameters. */
  abstract INDArray gradients();

  final Model model() {
    return model;
  }

  final StateSlot<?> slot() {
    return slot;
  }

  final INDArray parameters() {
    return slot.parameters();
  }

  /** Null if nothing has state. */
  final INDArray state() {
    return slot.array();
  }

  final List<UpdaterBlock> blocks() {
    return StateSlot.blocks(slot.updater());
  }

  final int iterations() {
    return slot.iterations();
  }

  final int epochs() {
    return slot.epochs();
  }

  /** Why gradients of it cannot be averaged; null if they can. */
  final String obstacle() {
    NeuralNetConfiguration conf = configuration();
    if (backpropType() == BackpropType.TruncatedBPTT) {
      return "it is trained by truncated backpropagation through time, several steps for a batch";
    }
    if (conf.getOptimizationAlgo() != OptimizationAlgorithm.STOCHASTIC_GRADIENT_DESCENT) {
      return "its optimization algorithm is " + conf.getOptimizationAlgo();
    }
    if (conf.getStepFunction() != null || !conf.isMinimize()) {
      return "it has a step function of its own, or maximizes";
    }
    if (!conf.isMiniBatch()) {
      return "with miniBatch(false) it steps by sums of gradients, not by means";
    }
    return null;
  }

  /**
   * Divides those gradients that are not divided by the examples, such as the steps that the
   * statistics of batch normalization take.
   */
  final void divideWhatIsNoSum(double weight) {
    if (weight == 1) {
      return;
    }
    for (UpdaterBlock block : blocks()) {
      for (UpdaterBlock.ParamState p : block.getLayersAndVariablesInBlock()) {
        if (!p.getLayer().updaterDivideByMinibatch(p.getParamName())) {
          p.getGradView().divi(weight);
        }
      }
    }
  }

  /**
   * Does what follows the gradient in {@code fit}: updater, parameters, constraints.
   *
   * @param examples by which the gradient, a sum, is divided
   */
  final void step(int examples) {
    BaseMultiLayerUpdater<?> updater = slot.updater();
    updater.update(gradient(), iterations(), epochs(), examples, LayerWorkspaceMgr.noWorkspaces());
    INDArray parameters = parameters();
    parameters.subi(gradients().reshape(parameters.shape()));
    setCounts(iterations() + 1, epochs());
    model.applyConstraints(iterations(), epochs());
  }

  private Gradient gradient() {
    Gradient gradient = new DefaultGradient(gradients());
    for (UpdaterBlock block : blocks()) {
      for (UpdaterBlock.ParamState p : block.getLayersAndVariablesInBlock()) {
        gradient.setGradientFor(name(p.getLayer()) + "_" + p.getParamName(), p.getGradView());
      }
    }
    return gradient;
  }
}
