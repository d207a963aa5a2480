package org.lowbit4j.kernel;

/**
 * What is known of a quantization beside codes and scales: its error, and elements that have no
 * code.
 */
public final class QuantizationSums {

  private double error;
  private double all;
  private long notFinite;
  private long negative;

  /** Sums over no blocks. */
  public QuantizationSums() {}

  /**
   * Adds a block. Blocks are added in order, so that the result is the same whoever computes it.
   *
   * @param error the sum of squares of its elements' errors, in units of the scale's square
   * @param all the sum of squares of its elements, in these units
   */
  public void add(float scale, float error, float all) {
    double unit = (double) scale * scale;
    this.error += unit * error;
    this.all += unit * all;
  }

  /**
   * Adds elements that have no code.
   *
   * @param notFinite how many are not finite
   * @param negative how many are negative though the codebook has no sign
   */
  public void refuse(long notFinite, long negative) {
    this.notFinite += notFinite;
    this.negative += negative;
  }

  /**
   * The relative error.
   *
   * @return see {@link ArrayQuantizer#quantize}
   */
  public double relativeError() {
    if (notFinite > 0) {
      throw new IllegalArgumentException(
          notFinite
              + " elements of the array are not finite in float32; they have no code. Replace them, or find where they"
              + " come from.");
    }
    if (negative > 0) {
      throw new IllegalArgumentException(
          negative
              + " elements of the array are negative; an unsigned map has no codes for them. Use a signed one.");
    }
    return all == 0 ? 0 : Math.sqrt(error / all);
  }
}
