package org.lowbit4j.examples;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.StateAverage;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;

/**
 * How long does it take to average the states of workers and give the mean to each of them? Those
 * of ND4J's Adam by DL4J's own averaging, those of Adam8bit by {@link StateAverage}, in turns.
 *
 * <pre>{@code
 * mvn -q test-compile exec:exec -Dexample=org.lowbit4j.examples.AveragingTime -Dargs="1e7 4"
 * }</pre>
 */
public final class AveragingTime {

  private static final int ROUNDS = 15;
  private static final int NOT_COUNTED = 4;

  private AveragingTime() {}

  /**
   * Prints medians and their ratio.
   *
   * @param args parameters (1e7), workers (4)
   */
  public static void main(String[] args) {
    long parameters = args.length > 0 ? (long) Double.parseDouble(args[0]) : 10_000_000;
    int workers = args.length > 1 ? Integer.parseInt(args[1]) : 4;
    List<INDArray> numbers = new ArrayList<>();
    List<INDArray> packed = new ArrayList<>();
    for (int i = 0; i < workers; i++) {
      numbers.add(Nd4j.randn(DataType.FLOAT, 1, 2 * parameters));
      packed.add(state(parameters));
    }
    INDArray mean = packed.get(0).dup();
    INDArray received = mean.dup();
    double[] words = new double[ROUNDS];
    double[] moments = new double[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      long start = System.nanoTime();
      Nd4j.averageAndPropagate(null, numbers);
      long middle = System.nanoTime();
      StateAverage average = StateAverage.of(new Adam8bit(), parameters);
      packed.forEach(average::add);
      average.into(mean, i);
      for (int worker = 1; worker < workers; worker++) {
        received.assign(mean);
      }
      words[i] = (middle - start) / 1e6;
      moments[i] = (System.nanoTime() - middle) / 1e6;
    }
    System.out.printf(
        Locale.ROOT,
        "%,d parameters, %d workers: Adam %.1f ms, Adam8bit %.1f ms, %.2f times as long%n",
        parameters,
        workers,
        median(words),
        median(moments),
        median(moments) / median(words));
  }

  /** After some steps on random gradients, other ones each time. */
  private static INDArray state(long parameters) {
    Adam8bit config = new Adam8bit();
    INDArray state = Nd4j.zeros(DataType.FLOAT, 1, config.stateSize(parameters));
    GradientUpdater<?> updater = config.instantiate(state, true);
    for (int i = 0; i < 3; i++) {
      updater.applyUpdater(Nd4j.randn(DataType.FLOAT, 1, parameters), i, 0);
    }
    return state;
  }

  private static double median(double[] millis) {
    double[] counted = Arrays.copyOfRange(millis, NOT_COUNTED, millis.length);
    Arrays.sort(counted);
    return counted[counted.length / 2];
  }
}
