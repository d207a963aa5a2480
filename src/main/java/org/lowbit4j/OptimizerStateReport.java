package org.lowbit4j;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.lowbit4j.codec.MomentSums;
import org.lowbit4j.dl4j.BlockParameter;
import org.lowbit4j.dl4j.StateSlot;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.Adam;

/**
 * The optimizer state of a network as it is now: what it takes, what quantization does to it, what
 * happened since its updaters were made. {@link #toString} is a table, {@link
 * OptimizerStateListener} makes one every so many iterations.
 *
 * <p>May be made from any thread, also while another trains: each updater block is looked at after
 * a whole step of its own.
 */
public final class OptimizerStateReport {

  private final int iteration;
  private final int epoch;
  private final List<Block> blocks;

  private OptimizerStateReport(int iteration, int epoch, List<UpdaterBlock> updaterBlocks) {
    this.iteration = iteration;
    this.epoch = epoch;
    List<Block> all = new ArrayList<>();
    for (UpdaterBlock block : updaterBlocks) {
      all.add(new Block(block));
    }
    this.blocks = Collections.unmodifiableList(all);
  }

  /**
   * Looks at a network.
   *
   * @param net after {@code init()}
   * @return its state now
   * @throws IllegalStateException if it has an {@code Updater} that DL4J did not make
   */
  public static OptimizerStateReport of(MultiLayerNetwork net) {
    return of(StateSlot.of(net));
  }

  /**
   * Looks at a graph.
   *
   * @param net after {@code init()}
   * @return its state now
   */
  public static OptimizerStateReport of(ComputationGraph net) {
    return of(StateSlot.of(net));
  }

  private static OptimizerStateReport of(StateSlot<?> slot) {
    while (true) {
      List<UpdaterBlock> blocks = slot.blocks();
      try {
        return new OptimizerStateReport(slot.iterations(), slot.epochs(), blocks);
      } catch (IllegalStateException e) {
        // Another thread may have moved the state meanwhile, whose updaters then are others.
        if (slot.blocks() == blocks) {
          throw e;
        }
      }
    }
  }

  /**
   * DL4J's count of iterations.
   *
   * @return 0 or more
   */
  public int iteration() {
    return iteration;
  }

  /**
   * DL4J's count of epochs.
   *
   * @return 0 or more
   */
  public int epoch() {
    return epoch;
  }

  /**
   * The updater blocks, in DL4J's order.
   *
   * @return a list that cannot be changed
   */
  public List<Block> blocks() {
    return blocks;
  }

  /**
   * Bytes of all states.
   *
   * @return 0 or more
   */
  public long stateBytes() {
    return blocks.stream().mapToLong(Block::stateBytes).sum();
  }

  /** A table with a line for each updater block and moment, and the sum. */
  @Override
  public String toString() {
    StringBuilder table = new StringBuilder();
    table.append(
        String.format(
            "Optimizer state at iteration %d, epoch %d%n%-28s %-13s %4s %12s %12s %8s %8s %9s  %s%n",
            iteration,
            epoch,
            "layers",
            "updater",
            "bits",
            "parameters",
            "state bytes",
            "skipped",
            "clipped",
            "ms/step",
            "moments: RMS, quantization error, saturated"));
    blocks.forEach(block -> table.append(block.line()));
    long parameters = blocks.stream().mapToLong(Block::parameters).sum();
    table.append(
        String.format(
            Locale.ROOT,
            "parameters %,d; state %,d bytes, of ND4J's Adam %,d",
            parameters,
            stateBytes(),
            blocks.stream().mapToLong(Block::bytesOfAdam).sum()));
    return table.toString();
  }

  /** The state of one updater block: of neighbouring parameters with equal updaters. */
  public static final class Block {

    private static final int WIDTH = 28;

    private final String name;
    private final String updater;
    private final long parameters;
    private final long stateBytes;
    private final long bytesOfAdam;
    private int bits = Float.SIZE;
    private long skipped;
    private long clipped;
    private double stepMillis;
    private final List<Moment> moments = new ArrayList<>();

    private Block(UpdaterBlock block) {
      this.name =
          BlockParameter.of(block).stream()
              .map(p -> p.configuration().getLayerName() + "." + p.name())
              .collect(Collectors.joining(" "));
      GradientUpdater<?> of = block.getGradientUpdater();
      this.updater = of.getConfig().getClass().getSimpleName();
      this.parameters = block.getParamOffsetEnd() - block.getParamOffsetStart();
      INDArray view = block.getUpdaterView();
      int width = view == null ? 0 : view.dataType().width();
      this.stateBytes = view == null ? 0 : view.length() * width;
      this.bytesOfAdam = new Adam().stateSize(parameters) * Math.max(width, Short.BYTES);
      if (of instanceof LowBitUpdater) {
        look((LowBitUpdater<?>) of);
      } else {
        bits = width * Byte.SIZE;
      }
    }

    private void look(LowBitUpdater<?> of) {
      // Together, after one step.
      synchronized (of) {
        bits = of.bits(parameters);
        skipped = of.nonFiniteGradients();
        clipped = of.clippedGradients();
        stepMillis = of.stepMillis();
        if (of.bits() != 0) {
          of.moments().forEach(m -> moments.add(new Moment(m, of.figures(m))));
        }
      }
    }

    /**
     * Layers and their parameters, such as {@code layer0.W layer0.b}.
     *
     * @return names with spaces between them
     */
    public String name() {
      return name;
    }

    /**
     * The class of the updater's configuration, such as {@code Adam8bit}.
     *
     * @return its simple name
     */
    public String updater() {
      return updater;
    }

    /**
     * The number of parameters.
     *
     * @return 1 or more
     */
    public long parameters() {
      return parameters;
    }

    /**
     * What the state takes.
     *
     * @return bytes
     */
    public long stateBytes() {
      return stateBytes;
    }

    private long bytesOfAdam() {
      return bytesOfAdam;
    }

    /**
     * The width of a moment's element.
     *
     * @return 4, 8 or 32; of ND4J's updaters that of the network's data type
     */
    public int bits() {
      return bits;
    }

    /**
     * Gradient elements that were not finite, since the updater was made.
     *
     * @return their number
     */
    public long skipped() {
      return skipped;
    }

    /**
     * Gradients that percentile clipping made smaller, since the updater was made.
     *
     * @return their number
     */
    public long clipped() {
      return clipped;
    }

    /**
     * The mean time of a step.
     *
     * @return milliseconds; 0 for ND4J's updaters, which do not tell
     */
    public double stepMillis() {
      return stepMillis;
    }

    /**
     * The moments.
     *
     * @return empty before the first step, and for ND4J's updaters
     */
    public List<Moment> moments() {
      return Collections.unmodifiableList(moments);
    }

    private String line() {
      String shortName = name.length() <= WIDTH ? name : name.substring(0, WIDTH - 3) + "...";
      return String.format(
          Locale.ROOT,
          "%-28s %-13s %4d %,12d %,12d %,8d %,8d %9.3f  %s%n",
          shortName,
          updater,
          bits,
          parameters,
          stateBytes,
          skipped,
          clipped,
          stepMillis,
          moments.stream().map(Moment::toString).collect(Collectors.joining("; ")));
    }
  }

  /** One moment of a block. */
  public static final class Moment {

    private final String name;
    private final MomentSums sums;

    private Moment(String name, MomentSums sums) {
      this.name = name;
      this.sums = sums;
    }

    /**
     * Its name in the optimizer's paper, such as {@code m}.
     *
     * @return as {@code moment} of the updater takes it
     */
    public String name() {
      return name;
    }

    /**
     * Its root mean square.
     *
     * @return 0 or more
     */
    public double rms() {
      return sums.rms();
    }

    /**
     * What one rounding changes by expectation, relative to the root mean square; dithered numbers
     * are off by up to 1.4 times that, those that 4 bits store divided by others by up to 1.7.
     *
     * @return 0 with 32 bits
     */
    public double quantizationError() {
      return sums.quantizationError();
    }

    /**
     * The share of codes of the largest magnitude, at least one in each quantization block.
     *
     * @return NaN with 32 bits
     */
    public double saturated() {
      return sums.saturated();
    }

    @Override
    public String toString() {
      return Double.isNaN(saturated())
          ? String.format(Locale.ROOT, "%s %.2e", name, rms())
          : String.format(
              Locale.ROOT,
              "%s %.2e, %.2f%%, %.2f%%",
              name,
              rms(),
              100 * quantizationError(),
              100 * saturated());
    }
  }
}
