package org.lowbit4j.examples.wordnet;

import java.util.List;

/**
 * What training with one optimizer gave; all sizes are measured.
 *
 * @param updater the optimizer
 * @param parameters number of parameters of the network
 * @param stateBytes size of the optimizer state in memory
 * @param adamStateBytes size of the state that ND4J's Adam has for this network
 * @param checkpointBytes size of the file with network and optimizer state
 * @param losses mean training loss of each epoch
 * @param accuracies share of test glosses classified right after each epoch, 0 to 1
 * @param lossCurve mean training loss of each twentieth of an epoch
 * @param quantizationErrors what a rounding of the first moment changes, relative to its root mean
 *     square, in equal distances over the training; empty with 32 bits
 * @param updateMillis median time of the optimizer in a step
 * @param stepMillis median time of a whole step
 */
public record RunResult(
    UpdaterChoice updater,
    long parameters,
    long stateBytes,
    long adamStateBytes,
    long checkpointBytes,
    List<Double> losses,
    List<Double> accuracies,
    List<Double> lossCurve,
    List<Double> quantizationErrors,
    double updateMillis,
    double stepMillis) {

  /**
   * Test accuracy after the last epoch.
   *
   * @return share from 0 to 1
   */
  public double accuracy() {
    return accuracies.get(accuracies.size() - 1);
  }

  /**
   * Size of the optimizer state relative to that of ND4J's Adam.
   *
   * @return a share, 1 for ND4J's Adam
   */
  public double stateShare() {
    return (double) stateBytes / adamStateBytes;
  }
}
