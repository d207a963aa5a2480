package org.lowbit4j.updater;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
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
        : new NumberAverage(states);
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

  /** Of ND4J's updaters, whose words are numbers. */
  private static final class NumberAverage extends BlockAverage {

    private final List<INDArray> states;

    NumberAverage(List<INDArray> states) {
      this.states = states;
    }

    @Override
    public void requireRoom(INDArray view) {}

    @Override
    public void into(INDArray view, int counter) {
      INDArray sum = states.get(0).dup();
      boolean equal = true;
      for (INDArray state : states.subList(1, states.size())) {
        equal &= state.equals(states.get(0));
        sum.addi(state);
      }
      view.assign(equal ? states.get(0) : sum.divi(states.size()));
    }
  }
}
