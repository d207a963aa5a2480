package org.lowbit4j.spark;

import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.TaskContext;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.AdamUpdater;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.Adam;

/** ND4J's Adam, which breaks off the first attempt of a task now and then. */
public final class FailingAdam extends Adam {

  private static final AtomicInteger STEPS = new AtomicInteger();
  private static final AtomicInteger FAILURES = new AtomicInteger();

  /** Whether it does so. */
  private boolean failing;

  /** For JSON. */
  public FailingAdam() {
    this(false);
  }

  FailingAdam(boolean failing) {
    super(1e-3);
    this.failing = failing;
  }

  static int failures() {
    return FAILURES.get();
  }

  @Override
  public GradientUpdater<?> instantiate(INDArray view, boolean initialize) {
    AdamUpdater updater =
        new AdamUpdater(this) {
          @Override
          public void applyUpdater(INDArray gradient, int iteration, int epoch) {
            super.applyUpdater(gradient, iteration, epoch);
            TaskContext task = TaskContext.get();
            if (failing
                && task != null
                && task.attemptNumber() == 0
                && STEPS.incrementAndGet() % 3 == 0) {
              FAILURES.incrementAndGet();
              throw new IllegalStateException("broken off, as the test wants it");
            }
          }
        };
    updater.setStateViewArray(view, new long[] {1, view.length() / 2}, view.ordering(), initialize);
    return updater;
  }

  @Override
  public Adam clone() {
    return new FailingAdam(failing);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FailingAdam
        && super.equals(other)
        && failing == ((FailingAdam) other).failing;
  }

  @Override
  public int hashCode() {
    return super.hashCode();
  }
}
