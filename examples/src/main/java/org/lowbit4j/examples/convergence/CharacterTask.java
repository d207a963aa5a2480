package org.lowbit4j.examples.convergence;

import java.util.List;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.lowbit4j.examples.wordnet.BatchOrder;
import org.lowbit4j.examples.wordnet.Gloss;
import org.lowbit4j.examples.wordnet.WordNetData;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Foretells the next character of pieces of glosses; one LSTM. */
final class CharacterTask implements Task {

  private static final String CHARACTERS = " abcdefghijklmnopqrstuvwxyz0123456789";
  private static final int KINDS = CHARACTERS.length();
  private static final int UNITS = 64;
  private static final int BATCH = 32;
  private static final int LENGTH = 20;
  private static final int TRAINING_GLOSSES = 40_000;

  private final String training;
  private final String testing;

  CharacterTask(WordNetData data) {
    training = text(data.train().stream().limit(TRAINING_GLOSSES).toList());
    testing = text(data.test());
  }

  @Override
  public int steps() {
    return 300;
  }

  @Override
  public double learningRate() {
    return 1e-2;
  }

  @Override
  public MultiLayerConfiguration configuration(IUpdater updater, long seed) {
    return new NeuralNetConfiguration.Builder()
        .seed(seed)
        .weightInit(WeightInit.XAVIER)
        .updater(updater)
        .list()
        .layer(new LSTM.Builder().nIn(KINDS).nOut(UNITS).activation(Activation.TANH).build())
        .layer(
            new RnnOutputLayer.Builder(LossFunction.MCXENT)
                .nIn(UNITS)
                .nOut(KINDS)
                .activation(Activation.SOFTMAX)
                .build())
        .build();
  }

  @Override
  public LongFunction<DataSet> batches(long seed) {
    BatchOrder order = new BatchOrder(pieces(training), BATCH, seed);
    return step -> batch(training, order.members(step));
  }

  @Override
  public List<DataSet> test(int examples) {
    int pieces = Math.min(examples, pieces(testing));
    return List.of(batch(testing, IntStream.range(0, pieces).toArray()));
  }

  private static String text(List<Gloss> glosses) {
    return glosses.stream()
        .map(gloss -> String.join(" ", gloss.words()))
        .collect(Collectors.joining(" "));
  }

  /** Pieces of a text, the last character of all kept as a label. */
  private static int pieces(String text) {
    return (text.length() - 1) / LENGTH;
  }

  /** Features and labels [n, 37, 20], the labels one character later. */
  private static DataSet batch(String text, int[] members) {
    float[][][] features = new float[members.length][KINDS][LENGTH];
    float[][][] labels = new float[members.length][KINDS][LENGTH];
    for (int i = 0; i < members.length; i++) {
      int start = members[i] * LENGTH;
      for (int t = 0; t < LENGTH; t++) {
        features[i][CHARACTERS.indexOf(text.charAt(start + t))][t] = 1;
        labels[i][CHARACTERS.indexOf(text.charAt(start + t + 1))][t] = 1;
      }
    }
    return new DataSet(Nd4j.createFromArray(features), Nd4j.createFromArray(labels));
  }
}
