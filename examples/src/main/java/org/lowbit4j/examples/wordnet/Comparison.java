package org.lowbit4j.examples.wordnet;

import java.util.List;
import java.util.Optional;

/**
 * The outcome of a run of {@link WordNetClassifier}.
 *
 * @param baselines accuracies without a network
 * @param runs one result per optimizer, in the order asked for
 * @param resumed the comparison of resumed with uninterrupted training, unless switched off
 */
public record Comparison(
    Baselines baselines, List<RunResult> runs, Optional<ResumeCheck.Result> resumed) {

  /**
   * Length of the training.
   *
   * @return epochs, 1 or more
   */
  public int epochs() {
    return runs.get(0).losses().size();
  }
}
