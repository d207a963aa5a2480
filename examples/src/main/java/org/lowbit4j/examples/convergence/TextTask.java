package org.lowbit4j.examples.convergence;

import java.util.List;
import java.util.function.LongFunction;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.lowbit4j.examples.wordnet.Gloss;
import org.lowbit4j.examples.wordnet.GlossBatches;
import org.lowbit4j.examples.wordnet.UpdaterChoice;
import org.lowbit4j.examples.wordnet.WordNetData;
import org.lowbit4j.examples.wordnet.WordNetNetwork;
import org.lowbit4j.examples.wordnet.WordNetOptions;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.IUpdater;

/** A smaller network for the WordNet example's task. */
final class TextTask implements Task {

  private static final int BATCH = 128;

  private final WordNetData data;

  TextTask(WordNetData data) {
    this.data = data;
  }

  /** The options of the WordNet example that make this network. */
  static WordNetOptions options(long seed) {
    return WordNetOptions.parse(
        "--vocabulary", "8000", "--embedding", "32", "--hidden", "128", "--seed", "" + seed);
  }

  @Override
  public int steps() {
    return 800;
  }

  @Override
  public double learningRate() {
    return 2e-3;
  }

  @Override
  public MultiLayerConfiguration configuration(IUpdater updater, long seed) {
    WordNetOptions options = options(seed);
    return WordNetNetwork.configuration(
        options, updater, UpdaterChoice.embedding(options, updater));
  }

  @Override
  public LongFunction<DataSet> batches(long seed) {
    return glosses(data.train(), BATCH, seed)::batch;
  }

  @Override
  public List<DataSet> test(int examples) {
    List<Gloss> glosses = data.test().stream().limit(examples).toList();
    return List.of(glosses(glosses, glosses.size(), 0).batch(0));
  }

  private GlossBatches glosses(List<Gloss> glosses, int size, long seed) {
    return new GlossBatches(glosses, data.vocabulary(), size, DataType.FLOAT, seed);
  }
}
