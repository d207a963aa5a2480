package org.lowbit4j.examples.convergence;

import java.util.stream.DoubleStream;

/**
 * Mean and standard deviation of a sample.
 *
 * @param mean arithmetic mean
 * @param deviation standard deviation, with n - 1
 * @param size values in the sample, 2 or more
 */
public record Spread(double mean, double deviation, int size) {

  /**
   * Of these values.
   *
   * @param values 2 or more
   * @return their spread
   */
  public static Spread of(double... values) {
    double mean = DoubleStream.of(values).average().orElseThrow();
    double squares = DoubleStream.of(values).map(x -> (x - mean) * (x - mean)).sum();
    return new Spread(mean, Math.sqrt(squares / (values.length - 1)), values.length);
  }

  /**
   * The uncertainty of the mean.
   *
   * @return standard error
   */
  public double standardError() {
    return deviation / Math.sqrt(size);
  }
}
