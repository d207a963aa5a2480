package org.lowbit4j.examples.wordnet;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;

/**
 * The task: tell the category of a synset from its gloss. The split does not depend on any option;
 * the vocabulary is that of the training glosses.
 *
 * @param train training glosses in an order that mixes categories
 * @param test test glosses in such an order as well
 * @param vocabulary words of the training glosses
 * @param trainBatches training glosses in the order of the seed
 * @param testBatches test glosses
 */
public record WordNetData(
    List<Gloss> train,
    List<Gloss> test,
    Vocabulary vocabulary,
    GlossBatches trainBatches,
    GlossBatches testBatches) {

  /**
   * Reads and splits WordNet.
   *
   * @param options vocabulary, limit, batch, data type and seed
   * @return the data
   * @throws IOException if the data files cannot be read
   */
  public static WordNetData load(WordNetOptions options) throws IOException {
    List<Gloss> all =
        WordNetGlosses.read().stream().sorted(Comparator.comparingLong(Gloss::hash)).toList();
    List<Gloss> test = all.stream().filter(Gloss::isTest).toList();
    List<Gloss> train =
        all.stream()
            .filter(gloss -> !gloss.isTest())
            .limit(options.limit() == 0 ? all.size() : options.limit())
            .toList();
    Vocabulary vocabulary = new Vocabulary(train, options.vocabulary());
    return new WordNetData(
        train,
        test,
        vocabulary,
        new GlossBatches(
            train, vocabulary, options.batch(), options.precision().dataType(), options.seed()),
        new GlossBatches(test, vocabulary, 512, options.precision().dataType(), 0));
  }
}
