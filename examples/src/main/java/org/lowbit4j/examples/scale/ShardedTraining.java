package org.lowbit4j.examples.scale;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.OptimManager;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Workers of which each keeps the optimizer state of its own updater blocks and no other, as ZeRO
 * stage 1 has it, simulated in one JVM: in every step gradients of a block go to its owner, which
 * updates its parameters and sends them to all others. What goes from one worker to another is
 * counted.
 *
 * <p>For networks without regularization, gradient normalization and constraints, which DL4J
 * applies with the whole updater, and with {@code OptimManager}, so that layers have blocks of
 * their own.
 *
 * @see <a href="https://arxiv.org/abs/1910.02054">ZeRO: Memory Optimizations Toward Training
 *     Trillion Parameter Models</a>
 */
public final class ShardedTraining {

  private final List<MultiLayerNetwork> workers = new ArrayList<>();
  private final List<Shard> shards = new ArrayList<>();
  private final int parameters;
  private int iteration;
  private long gradientBytes;
  private long parameterBytes;

  /** An updater block at its owner. */
  private static final class Shard {
    private final int from;
    private final int to;
    private final INDArray state;
    private final GradientUpdater<?> updater;
    private int owner;

    Shard(UpdaterBlock block, DataType type) {
      from = block.getParamOffsetStart();
      to = block.getParamOffsetEnd();
      IUpdater config = block.getGradientUpdater().getConfig();
      int words = block.getUpdaterViewOffsetEnd() - block.getUpdaterViewOffsetStart();
      state = words == 0 ? null : Nd4j.createUninitialized(type, words);
      updater = config.instantiate(state, true);
    }

    long stateBytes() {
      return state == null ? 0 : state.length() * state.dataType().width();
    }

    INDArray of(INDArray array) {
      return array.reshape(array.length()).get(NDArrayIndex.interval(from, to));
    }
  }

  /**
   * Makes workers.
   *
   * @param network makes the same network each time, before its first step
   * @param count of workers, 1 or more
   */
  public ShardedTraining(Supplier<MultiLayerNetwork> network, int count) {
    for (int i = 0; i < count; i++) {
      workers.add(network.get());
      workers.get(i).initGradientsView();
    }
    MultiLayerNetwork first = workers.get(0);
    parameters = Math.toIntExact(first.numParams());
    for (UpdaterBlock block : ((MultiLayerUpdater) network.get().getUpdater()).getUpdaterBlocks()) {
      shards.add(new Shard(block, first.params().dataType()));
    }
    // The largest first, to the worker that has the least.
    long[] bytes = new long[count];
    List<Shard> largestFirst = new ArrayList<>(shards);
    largestFirst.sort(Comparator.comparingLong(Shard::stateBytes).reversed());
    for (Shard shard : largestFirst) {
      for (int worker = 1; worker < count; worker++) {
        shard.owner = bytes[worker] < bytes[shard.owner] ? worker : shard.owner;
      }
      bytes[shard.owner] += shard.stateBytes();
    }
  }

  /**
   * Takes a step.
   *
   * @param batches one for each worker, all of one size
   */
  public void step(List<DataSet> batches) {
    for (int i = 0; i < workers.size(); i++) {
      computeGradient(workers.get(i), batches.get(i));
    }
    int width = workers.get(0).params().dataType().width();
    long others = workers.size() - 1L;
    for (Shard shard : shards) {
      INDArray gradient = meanGradient(shard).divi(batches.get(0).numExamples());
      gradientBytes += others * gradient.length() * width;
      shard.updater.applyUpdater(gradient, iteration, 0); // what is in the gradient is the update
      INDArray own = shard.of(workers.get(shard.owner).params()).subi(gradient);
      for (MultiLayerNetwork worker : workers) {
        shard.of(worker.params()).assign(own);
      }
      parameterBytes += others * own.length() * width;
    }
    iteration++;
  }

  /**
   * Lets a network compute the gradient of a batch, a sum over examples.
   *
   * @param network with an array for gradients
   * @param batch what to compute it of
   */
  public static void computeGradient(MultiLayerNetwork network, DataSet batch) {
    network.setInput(batch.getFeatures());
    network.setLabels(batch.getLabels());
    network.computeGradientAndScore();
    network.clearLayersStates();
  }

  private INDArray meanGradient(Shard shard) {
    INDArray sum = shard.of(workers.get(0).getFlattenedGradients()).dup();
    for (MultiLayerNetwork worker : workers.subList(1, workers.size())) {
      sum.addi(shard.of(worker.getFlattenedGradients()));
    }
    return sum.divi(workers.size());
  }

  /**
   * The network of a worker.
   *
   * @param worker from 0 on
   * @return with parameters that are the same for all workers
   */
  public MultiLayerNetwork network(int worker) {
    return workers.get(worker);
  }

  /**
   * The state of an updater block, which one worker has.
   *
   * @param block in DL4J's order
   * @return its array; null if the block has no state
   */
  public INDArray state(int block) {
    return shards.get(block).state;
  }

  /**
   * The optimizer state that a worker keeps.
   *
   * @param worker from 0 on
   * @return bytes
   */
  public long stateBytes(int worker) {
    return shards.stream().filter(s -> s.owner == worker).mapToLong(Shard::stateBytes).sum();
  }

  /**
   * What all workers together sent of gradients to the owners of their blocks.
   *
   * @return bytes of all steps
   */
  public long gradientBytes() {
    return gradientBytes;
  }

  /**
   * What all owners together sent of parameters.
   *
   * @return bytes of all steps
   */
  public long parameterBytes() {
    return parameterBytes;
  }

  /**
   * Prints what workers keep and send.
   *
   * @param args the number of workers, 4 if it is not there
   */
  public static void main(String[] args) {
    int count = args.length == 0 ? 4 : Integer.parseInt(args[0]);
    ShardedTraining training = new ShardedTraining(ShardedTraining::example, count);
    int steps = 5;
    for (int step = 0; step < steps; step++) {
      List<DataSet> batches = new ArrayList<>();
      for (int worker = 0; worker < count; worker++) {
        batches.add(batch(step * count + worker));
      }
      training.step(batches);
    }
    System.out.printf(
        Locale.ROOT, "%,d parameters, %d workers%n", training.parameters, training.workers.size());
    for (int worker = 0; worker < count; worker++) {
      System.out.printf(
          Locale.ROOT, "worker %d keeps %,d bytes of state%n", worker, training.stateBytes(worker));
    }
    System.out.printf(
        Locale.ROOT,
        "sent per step: %,d bytes of gradients, %,d of parameters%n",
        training.gradientBytes() / steps,
        training.parameterBytes() / steps);
  }

  /**
   * A network of six dense layers, each with updater blocks of its own.
   *
   * @return the same each time
   */
  public static MultiLayerNetwork example() {
    return example(new Adam8bit(1e-3));
  }

  /**
   * The same with another updater.
   *
   * @param updater of all layers
   * @return the same each time
   */
  public static MultiLayerNetwork example(IUpdater updater) {
    var layers =
        new NeuralNetConfiguration.Builder()
            .seed(5)
            .updater(updater)
            .activation(Activation.TANH)
            .list();
    int[] widths = {64, 256, 200, 256, 300, 128, 10};
    for (int i = 0; i < widths.length - 2; i++) {
      layers.layer(new DenseLayer.Builder().nIn(widths[i]).nOut(widths[i + 1]).build());
    }
    layers.layer(
        new OutputLayer.Builder().nIn(128).nOut(10).activation(Activation.SOFTMAX).build());
    MultiLayerNetwork net = new MultiLayerNetwork(OptimManager.of(layers.build()).apply());
    net.init();
    return net;
  }

  /**
   * A batch of 32 random examples.
   *
   * @param seed decides which
   * @return the same for the same seed
   */
  public static DataSet batch(int seed) {
    Nd4j.getRandom().setSeed(seed + 1L);
    INDArray features = Nd4j.randn(DataType.FLOAT, 32, 64);
    INDArray labels = Nd4j.zeros(DataType.FLOAT, 32, 10);
    for (int i = 0; i < 32; i++) {
      labels.putScalar(i, (i + seed) % 10, 1);
    }
    return new DataSet(features, labels);
  }
}
