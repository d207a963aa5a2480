package org.lowbit4j.convert;

import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.BlockState;
import org.lowbit4j.updater.MomentReader;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;

/** The state of an updater that nobody here knows: it can be left as it is, and nothing else. */
final class OpaqueState implements BlockState {

  private final IUpdater config;
  private final INDArray view;
  private final long elements;

  OpaqueState(IUpdater config, INDArray view, long elements) {
    this.config = config;
    this.view = view;
    this.elements = elements;
  }

  @Override
  public UpdateRule rule() {
    return null;
  }

  @Override
  public long elements() {
    return elements;
  }

  @Override
  public boolean isFresh() {
    return false;
  }

  @Override
  public int steps() {
    return 0;
  }

  @Override
  public float[] norms() {
    return new float[0];
  }

  @Override
  public boolean isAlike(BlockState other) {
    return other instanceof OpaqueState
        && config.getClass() == ((OpaqueState) other).config.getClass()
        && view.length() == ((OpaqueState) other).view.length();
  }

  @Override
  public void copy(BlockState other) {
    view.assign(((OpaqueState) other).view);
  }

  @Override
  public void read(int moment, long from, int n, float[] out, int at) {
    throw unknown();
  }

  @Override
  public void write(MomentReader values, int steps, float[] norms) {
    throw unknown();
  }

  private UnsupportedOperationException unknown() {
    return new UnsupportedOperationException(
        String.format(
            "The moments of %s are not known here: its updater block can only be left as it is, and its parameters were to be"
                + " in other blocks. Nothing was changed. Let its layers begin anew: reset().",
            config.getClass().getName()));
  }
}
