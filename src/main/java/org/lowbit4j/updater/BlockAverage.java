package org.lowbit4j.updater;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.IUpdater;

/** The mean of the states that replicas have of one updater block. */
public abstract class BlockAverage {

  BlockAverage() {}

  /**
   * Opens states, and verifies those of this library's updaters.
   *
   * @param config of the block's updater, of this library or ND4J's
   * @param parameters of the block
   * @param states an array of each replica, one or more
   * @return what writes the mean
   * @throws org.lowbit4j.state.StateFormatException if one is damaged, or not the updater's
   * @throws IllegalArgumentException if they do not fit each other
   */
  public static BlockAverage of(IUpdater config, long parameters, List<INDArray> states) {
    return config instanceof LowBitConfig
        ? new PackedAverage((LowBitConfig<?>) config, parameters, states)
        : new NumberAverage(config, states);
  }

  /**
   * Checks that an array can take the mean.
   *
   * @param view a state array
   * @throws IllegalArgumentException if not
   */
  public abstract void requireRoom(INDArray view);

  /**
   * Writes the mean.
   *
   * @param view a state array, one of the states or another
   * @param counter decides the dither
   */
  public abstract void into(INDArray view, int counter);

  static IllegalArgumentException unlike(int number, IUpdater config, Object own, Object before) {
    return new IllegalArgumentException(
        String.format(
            "State %d of updater block %s has %s; the states before it have %s. Only states of equal networks can be"
                + " averaged.",
            number, config.getClass().getSimpleName(), own, before));
  }

  static IllegalArgumentException noRoom(INDArray view, long words, Object type) {
    return new IllegalArgumentException(
        String.format(
            "The view has %d words of type %s; the average of these states has %d of type %s.",
            view.length(), view.dataType(), words, type));
  }

  /** Of ND4J's updaters, whose words are numbers. */
  private static final class NumberAverage extends BlockAverage {

    /** Words at a time, which are in memory in float64. */
    private static final long PIECE = 1 << 16;

    private final List<INDArray> states;

    NumberAverage(IUpdater config, List<INDArray> states) {
      this.states = states;
      DataType type = states.get(0).dataType();
      for (int i = 1; i < states.size(); i++) {
        if (states.get(i).dataType() != type) {
          throw unlike(i + 1, config, states.get(i).dataType(), type);
        }
      }
    }

    @Override
    public void requireRoom(INDArray view) {
      INDArray first = states.get(0);
      if (view.length() != first.length() || view.dataType() != first.dataType()) {
        throw noRoom(view, first.length(), first.dataType());
      }
    }

    @Override
    public void into(INDArray view, int counter) {
      for (long at = 0; at < view.length(); at += PIECE) {
        INDArrayIndex piece = NDArrayIndex.interval(at, Math.min(view.length(), at + PIECE));
        // By differences: those of equal states are 0, and the mean is each of them.
        INDArray first = states.get(0).get(piece).castTo(DataType.DOUBLE);
        INDArray sum = first.like();
        for (INDArray state : states.subList(1, states.size())) {
          sum.addi(state.get(piece).castTo(DataType.DOUBLE).subi(first));
        }
        view.get(piece).assign(sum.divi(states.size()).addi(first));
      }
    }
  }
}
