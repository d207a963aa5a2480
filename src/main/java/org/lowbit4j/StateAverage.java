package org.lowbit4j;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.lowbit4j.check.Check;
import org.lowbit4j.dl4j.StateSlot;
import org.lowbit4j.updater.BlockAverage;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * The mean of the optimizer states of replicas of one network, for training in parallel by
 * averaging parameters: states are decoded, averaged and encoded once. Whatever engine trains:
 *
 * <pre>{@code
 * StateAverage average = StateAverage.of(net);
 * for (MultiLayerNetwork replica : replicas) {
 *   average.add(replica.getUpdater().getStateViewArray());
 * }
 * average.into(net.getUpdater().getStateViewArray(), net.getIterationCount());
 * }</pre>
 *
 * <p>What is averaged is every moment as a number, as DL4J averages 32-bit state: 8 bits and 32,
 * all data types, blocks of ND4J's own updaters among those of this library. Fresh states count as
 * zeros; the average of fresh states is fresh. The age is that of the oldest state. Of the
 * histories of percentile clipping, the norm in place i is the (i mod n)-th smallest of the n
 * states', which keeps their distribution and does not depend on their order.
 *
 * <p>Sums are in float64 in the order in which states were added; the average of equal states is
 * each of them, bit for bit. Moments in 4 and 8 bits are dithered by a hash of element and counter,
 * so that what one averaging rounds off, later ones give back; by the dither of steps, averaging
 * and steps would meet the same thresholds again, and second moments would fade.
 *
 * <p>States are not copied: they must not change before {@link #into}. Not for more than one thread
 * at a time. Can be serialized, with the states.
 */
public final class StateAverage implements Serializable {

  private static final long serialVersionUID = 1;

  /** In the order of the network's. */
  private final List<Block> blocks;

  /** Of a state. */
  private final long words;

  /** In the order in which they were added. */
  private final List<INDArray> states = new ArrayList<>();

  private StateAverage(List<Block> blocks) {
    this.blocks = blocks;
    this.words = blocks.isEmpty() ? 0 : blocks.get(blocks.size() - 1).to;
  }

  /**
   * For states like a network's.
   *
   * @param net after {@code init()}
   * @return without any state yet
   */
  public static StateAverage of(MultiLayerNetwork net) {
    return of(StateSlot.of(net).blocks());
  }

  /**
   * For states like a graph's.
   *
   * @param net after {@code init()}
   * @return without any state yet
   */
  public static StateAverage of(ComputationGraph net) {
    return of(StateSlot.of(net).blocks());
  }

  private static StateAverage of(List<UpdaterBlock> updaterBlocks) {
    List<Block> blocks = new ArrayList<>();
    for (UpdaterBlock b : updaterBlocks) {
      // Those of Sgd and NoOp, and of frozen layers, have no state.
      if (b.getUpdaterViewOffsetStart() == b.getUpdaterViewOffsetEnd()) {
        continue;
      }
      blocks.add(
          new Block(
              b.getGradientUpdater().getConfig(),
              b.getUpdaterViewOffsetStart(),
              b.getUpdaterViewOffsetEnd(),
              b.getParamOffsetEnd() - b.getParamOffsetStart()));
    }
    return new StateAverage(blocks);
  }

  /**
   * For states of one updater, as SameDiff has for each variable.
   *
   * @param config its configuration
   * @param parameters the number of parameters, 1 or more
   * @return without any state yet
   */
  public static StateAverage of(IUpdater config, long parameters) {
    Check.notNull("configuration", config);
    Check.that(parameters > 0, "parameters", parameters, "1 or more");
    Block block = new Block(config.clone(), 0, config.stateSize(parameters), parameters);
    return new StateAverage(block.to == 0 ? List.of() : List.of(block));
  }

  /**
   * Adds a state. It is verified when the average is made.
   *
   * @param state the state array of a replica; null, as DL4J has it, of a network without state
   * @return this
   * @throws IllegalArgumentException if it has another number of words
   */
  public StateAverage add(INDArray state) {
    Check.that(
        length(state) == words,
        "the number of words of state " + (states.size() + 1),
        length(state),
        words + ", that of the network that this average is for");
    states.add(state);
    return this;
  }

  private static long length(INDArray state) {
    return state == null ? 0 : state.length();
  }

  /**
   * Adds the states of another average, behind those of this one.
   *
   * @param other for the same network
   * @return this
   * @throws IllegalArgumentException if it is for another network
   */
  public StateAverage add(StateAverage other) {
    if (!other.blocks.equals(blocks)) {
      throw new IllegalArgumentException(
          String.format(
              "The other average is for updater blocks %s; this one is for %s.",
              other.blocks, blocks));
    }
    new ArrayList<>(other.states).forEach(this::add);
    return this;
  }

  /**
   * The number of states added.
   *
   * @return 0 or more
   */
  public int count() {
    return states.size();
  }

  /** Forgets the states. */
  public void clear() {
    states.clear();
  }

  /**
   * Writes the average.
   *
   * @param view a state array, of a replica or another one; may be one of those that were added;
   *     null of a network without state
   * @param counter another one each time the same states are averaged, such as the iteration: it
   *     decides the dither
   * @throws org.lowbit4j.state.StateFormatException if a state is damaged or another updater's;
   *     nothing was changed
   * @throws IllegalStateException if no state was added
   * @throws IllegalArgumentException if states do not fit each other or the view; nothing was
   *     changed
   */
  public void into(INDArray view, int counter) {
    if (states.isEmpty()) {
      throw new IllegalStateException("There is no state to average; call add first.");
    }
    Check.that(
        length(view) == words,
        "the number of words of the view",
        length(view),
        words + ", that of the states");
    List<BlockAverage> averages = new ArrayList<>();
    for (Block block : blocks) {
      List<INDArray> parts = new ArrayList<>();
      states.forEach(state -> parts.add(block.of(state)));
      BlockAverage average = BlockAverage.of(block.config, block.parameters, parts);
      average.requireRoom(block.of(view));
      averages.add(average);
    }
    for (int i = 0; i < blocks.size(); i++) {
      averages.get(i).into(blocks.get(i).of(view), counter);
    }
  }

  /** An updater block. */
  private static final class Block implements Serializable {

    private static final long serialVersionUID = 1;

    private final IUpdater config;
    private final long from;
    private final long to;
    private final long parameters;

    Block(IUpdater config, long from, long to, long parameters) {
      this.config = config;
      this.from = from;
      this.to = to;
      this.parameters = parameters;
    }

    INDArray of(INDArray state) {
      return state.reshape(state.length()).get(NDArrayIndex.interval(from, to));
    }

    @Override
    public boolean equals(Object other) {
      if (!(other instanceof Block)) {
        return false;
      }
      Block o = (Block) other;
      return config.equals(o.config) && from == o.from && to == o.to && parameters == o.parameters;
    }

    @Override
    public int hashCode() {
      return config.hashCode();
    }

    @Override
    public String toString() {
      return String.format("%s of %,d parameters", config.getClass().getSimpleName(), parameters);
    }
  }
}
