package org.lowbit4j.benchmarks;

import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;
import org.bytedeco.javacpp.FloatPointer;
import org.lowbit4j.OptimManager;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.Regularization.ApplyStep;

/** Something that turns a gradient into an update in place, and its state. */
final class Candidate implements AutoCloseable {

  /** What a step does. */
  private interface Step {
    void run(INDArray gradient, int iteration);
  }

  final String name;

  /** Name of the 32-bit candidate that does the same, or null. */
  final String twin;

  /** Read and written per parameter, the gradient included. */
  final double bytesPerParameter;

  private final Step step;
  private final INDArray state;
  private int iteration;

  private Candidate(String name, String twin, double bytesPerParameter, INDArray state, Step step) {
    this.name = name;
    this.twin = twin;
    this.bytesPerParameter = bytesPerParameter;
    this.state = state;
    this.step = step;
  }

  /** An updater of ND4J. */
  static Candidate nd4j(IUpdater config, long n) {
    return updater(name(config), null, config, n, (step, iteration) -> {});
  }

  /**
   * An updater of this library with the regularizations it needs, as OptimManager prepares it.
   *
   * @param parameters what regularizations read
   * @param gradient that all steps are handed
   */
  static Candidate lowBit(
      String name, LowBitConfig<?> config, IUpdater twin, INDArray parameters, INDArray gradient) {
    TrainingConfig prepared = prepared(config);
    IUpdater updater = prepared.getUpdater();
    // As in a network, whose views of weights are made once.
    INDArray weights = weights(parameters);
    INDArray update = weights(gradient);
    return updater(
        name,
        twin == null ? null : name(twin),
        updater,
        gradient.length(),
        (step, iteration) -> {
          for (Regularization r : prepared.getRegularization()) {
            if (r.applyStep() == step) {
              r.apply(weights, update, updater.getLearningRate(iteration, 0), iteration, 0);
            }
          }
        });
  }

  private static TrainingConfig prepared(LowBitConfig<?> config) {
    return OptimManager.of(
            TrainingConfig.builder().updater(config).skipBuilderValidation(true).build())
        .apply();
  }

  private static Candidate updater(
      String name,
      String twin,
      IUpdater config,
      long n,
      ObjIntConsumer<ApplyStep> regularizations) {
    INDArray state = Nd4j.zeros(DataType.FLOAT, Math.max(1, config.stateSize(n)));
    GradientUpdater<?> updater = config.instantiate(state, true);
    return new Candidate(
        name,
        twin,
        8 + 8.0 * config.stateSize(n) / n,
        state,
        (gradient, iteration) -> {
          regularizations.accept(ApplyStep.BEFORE_UPDATER, iteration);
          updater.applyUpdater(gradient, iteration, 0);
          regularizations.accept(ApplyStep.POST_UPDATER, iteration);
        });
  }

  /** As DL4J has weights: a matrix in 'f' order, the same memory. */
  private static INDArray weights(INDArray vector) {
    long rows = vector.length() % 100 == 0 ? 100 : 1;
    return vector.reshape('f', rows, vector.length() / rows);
  }

  /** Adam with float32 state, written by hand. */
  static Candidate handWritten(long n, int threads) {
    INDArray state = Nd4j.zeros(DataType.FLOAT, 2 * n);
    FloatPointer m = floats(state);
    FloatPointer v = new FloatPointer(m).position(n);
    IntFunction<Float> alpha =
        i -> (float) (1e-3 * Math.sqrt(1 - Math.pow(0.999, i + 1)) / (1 - Math.pow(0.9, i + 1)));
    return new Candidate(
        "hand-written Adam, 32 bits",
        null,
        24,
        state,
        (gradient, i) -> RivalOps.adam(floats(gradient), m, v, n, alpha.apply(i), threads));
  }

  /** A read and a write of every element: what memory allows. */
  static Candidate inPlaceCopy(long n, int threads) {
    return new Candidate(
        "in-place copy (limit)",
        null,
        8,
        null,
        (gradient, i) -> RivalOps.negate(floats(gradient), n, threads));
  }

  /** Does one step, each with the iteration after the last one's. */
  void step(INDArray gradient) {
    step.run(gradient, iteration++);
  }

  @Override
  public void close() {
    if (state != null) {
      state.close();
    }
  }

  private static String name(IUpdater config) {
    return "ND4J " + config.getClass().getSimpleName();
  }

  private static FloatPointer floats(INDArray array) {
    return new FloatPointer(array.data().addressPointer());
  }
}
