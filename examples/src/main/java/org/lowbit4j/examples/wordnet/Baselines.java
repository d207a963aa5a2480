package org.lowbit4j.examples.wordnet;

import java.util.stream.IntStream;

/**
 * What a classifier reaches without a network, as shares of the test glosses from 0 to 1.
 *
 * @param majority accuracy of always answering the most frequent training category
 * @param naiveBayes accuracy of multinomial naive Bayes with counts smoothed by 0.1
 */
public record Baselines(double majority, double naiveBayes) {

  /**
   * Counts the training glosses and classifies the test glosses.
   *
   * @param data both
   * @param words size of the vocabulary
   * @return the accuracies
   */
  public static Baselines of(WordNetData data, int words) {
    int categories = WordNetGlosses.CATEGORIES;
    double[] glosses = new double[categories];
    double[] totals = new double[categories];
    double[][] counts = new double[categories][words];
    for (Gloss gloss : data.train()) {
      glosses[gloss.category()]++;
      for (int id : data.vocabulary().encode(gloss)) {
        counts[gloss.category()][id]++;
        totals[gloss.category()]++;
      }
    }
    int majority = argMax(glosses);
    double majorityHits = 0;
    double bayesHits = 0;
    for (Gloss gloss : data.test()) {
      int[] ids = data.vocabulary().encode(gloss);
      double[] scores =
          IntStream.range(0, categories)
              .mapToDouble(c -> Math.log(glosses[c]) + logLikelihood(ids, counts[c], totals[c]))
              .toArray();
      majorityHits += gloss.category() == majority ? 1 : 0;
      bayesHits += gloss.category() == argMax(scores) ? 1 : 0;
    }
    return new Baselines(majorityHits / data.test().size(), bayesHits / data.test().size());
  }

  private static double logLikelihood(int[] ids, double[] counts, double total) {
    return IntStream.of(ids)
        .mapToDouble(id -> Math.log((counts[id] + 0.1) / (total + 0.1 * counts.length)))
        .sum();
  }

  private static int argMax(double[] values) {
    return IntStream.range(0, values.length).reduce(0, (a, b) -> values[b] > values[a] ? b : a);
  }
}
