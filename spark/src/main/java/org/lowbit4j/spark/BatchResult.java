package org.lowbit4j.spark;

import java.io.Serializable;

/** Sums over batches. */
final class BatchResult implements Serializable {

  private static final long serialVersionUID = 1;

  static final BatchResult NONE = new BatchResult(0, 0, 0, 0);

  private final int batches;
  private final long examples;
  private final double loss;
  private final long largest;

  private BatchResult(int batches, long examples, double loss, long largest) {
    this.batches = batches;
    this.examples = examples;
    this.loss = loss;
    this.largest = largest;
  }

  /** One batch. */
  static BatchResult of(long examples, double score) {
    return new BatchResult(1, examples, score * examples, examples);
  }

  BatchResult plus(BatchResult other) {
    return new BatchResult(
        batches + other.batches,
        examples + other.examples,
        loss + other.loss,
        Math.max(largest, other.largest));
  }

  int batches() {
    return batches;
  }

  long examples() {
    return examples;
  }

  /** Examples of the largest batch. */
  long largest() {
    return largest;
  }

  /** By what the mean of the workers' sums is multiplied, to be divided by the largest batch. */
  double weight(int workers) {
    return (double) workers * largest / examples;
  }

  /** The mean over examples. */
  double meanLoss() {
    return loss / examples;
  }
}
