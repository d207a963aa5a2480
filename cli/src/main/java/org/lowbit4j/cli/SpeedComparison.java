package org.lowbit4j.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.lowbit4j.Adam8bit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;

/** Steps of this library's Adam and ND4J's, turn by turn, on the same gradient. */
final class SpeedComparison {

  private static final double RATE = 1e-3;

  private final int elements;
  private final long nanos;

  SpeedComparison(int elements, int seconds) {
    this.elements = elements;
    this.nanos = seconds * 1_000_000_000L;
  }

  List<String> lines() {
    Stepper[] all = {
      new Stepper("ND4J's Adam", new Adam(RATE), elements),
      new Stepper("Adam8bit", new Adam8bit(RATE), elements),
      new Stepper("Adam8bit at 32 bits", new Adam8bit(RATE).optimBits(32), elements)
    };
    long end = System.nanoTime() + nanos;
    int rounds = 0;
    while (System.nanoTime() < end || rounds < 3) {
      for (Stepper s : all) {
        s.step();
      }
      rounds++;
    }
    double base = all[0].median();
    List<String> lines = new ArrayList<>();
    for (Stepper s : all) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%-20s %8.2f ms for %,d parameters, %.2f times ND4J's speed (median of %d)",
              s.name,
              s.median(),
              elements,
              base / s.median(),
              s.times.size()));
    }
    return lines;
  }

  private static final class Stepper {
    private final String name;
    private final GradientUpdater<?> updater;
    private final INDArray gradient;
    private final List<Double> times = new ArrayList<>();
    private int iteration;

    Stepper(String name, IUpdater config, int elements) {
      this.name = name;
      this.gradient = Nd4j.createUninitialized(DataType.FLOAT, 1, elements);
      this.updater =
          config.instantiate(Nd4j.zeros(DataType.FLOAT, 1, config.stateSize(elements)), true);
      fill();
    }

    private void fill() {
      gradient.assign(
          Nd4j.linspace(DataType.FLOAT, -1, 2.0 / gradient.length(), gradient.length()));
    }

    void step() {
      long start = System.nanoTime();
      updater.applyUpdater(gradient, iteration++, 0);
      Nd4j.getExecutioner().commit();
      times.add((System.nanoTime() - start) / 1e6);
    }

    double median() {
      double[] sorted = times.stream().mapToDouble(t -> t).sorted().toArray();
      return Arrays.stream(sorted).skip(sorted.length / 2).findFirst().orElse(Double.NaN);
    }
  }
}
