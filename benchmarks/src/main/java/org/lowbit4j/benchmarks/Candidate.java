package org.lowbit4j.benchmarks;

import java.util.function.IntFunction;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;

/** Something that turns a gradient into an update in place. */
final class Candidate implements AutoCloseable {

  /** One step. */
  interface Step {
    void run(INDArray gradient, int iteration);
  }

  final String name;

  /** Read and written per parameter, the gradient included. */
  final double bytesPerParameter;

  private final Step step;
  private final INDArray state;

  private Candidate(String name, double bytesPerParameter, INDArray state, Step step) {
    this.name = name;
    this.bytesPerParameter = bytesPerParameter;
    this.state = state;
    this.step = step;
  }

  /** An updater, ND4J's or this library's. */
  static Candidate updater(String name, IUpdater config, long n) {
    INDArray state = Nd4j.zeros(DataType.FLOAT, Math.max(1, config.stateSize(n)));
    GradientUpdater<?> updater = config.instantiate(state, true);
    double bytes = 8 + 8.0 * config.stateSize(n) / n;
    return new Candidate(
        name, bytes, state, (g, iteration) -> updater.applyUpdater(g, iteration, 0));
  }

  /** Adam with float32 state, written by hand. */
  static Candidate handWritten(long n, int threads) {
    INDArray state = Nd4j.zeros(DataType.FLOAT, 2 * n);
    FloatPointer m = new FloatPointer(state.data().addressPointer());
    FloatPointer v = new FloatPointer(m).position(n);
    IntFunction<Float> alpha =
        i -> (float) (1e-3 * Math.sqrt(1 - Math.pow(0.999, i + 1)) / (1 - Math.pow(0.9, i + 1)));
    return new Candidate(
        "hand-written Adam, 32 bits",
        24,
        state,
        (g, i) -> RivalOps.adam(floats(g), m, v, n, alpha.apply(i), threads));
  }

  /** A read and a write of every element: what memory allows. */
  static Candidate inPlaceCopy(long n, int threads) {
    return new Candidate(
        "in-place copy (limit)", 8, null, (g, i) -> RivalOps.negate(floats(g), n, threads));
  }

  /** Seconds that one step takes. */
  double time(INDArray gradient, int iteration) {
    long start = System.nanoTime();
    step.run(gradient, iteration);
    return (System.nanoTime() - start) * 1e-9;
  }

  @Override
  public void close() {
    if (state != null) {
      state.close();
    }
  }

  private static FloatPointer floats(INDArray array) {
    return new FloatPointer(array.data().addressPointer());
  }
}
