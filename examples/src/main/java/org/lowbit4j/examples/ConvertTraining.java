package org.lowbit4j.examples;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.lowbit4j.OptimManager;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/**
 * A text classifier, trained by ND4J's Adam, goes on three times: as it was, converted to 8 bits,
 * and in 8 bits with moments that begin anew, which is what a conversion is for.
 */
public final class ConvertTraining {

  private static final int WORDS = 3000;
  private static final int LENGTH = 12;
  private static final int CLASSES = 10;
  private static final int BATCH = 64;
  private static final int BEFORE = 300;
  private static final int AFTER = 120;

  private ConvertTraining() {}

  /**
   * Prints the mean losses after the conversion.
   *
   * @param args a PNG file for the curves, or none
   * @throws IOException if the file cannot be written
   */
  public static void main(String[] args) throws IOException {
    double[][] losses = losses(1);
    String[] names = {"ND4J's Adam", "converted to Adam8bit", "Adam8bit, fresh moments"};
    XYChart chart =
        new XYChartBuilder()
            .width(900)
            .height(360)
            .xAxisTitle("steps after the conversion")
            .yAxisTitle("loss, less that of ND4J's Adam")
            .build();
    for (int i = 0; i < names.length; i++) {
      double first = Arrays.stream(losses[i], 0, 20).average().orElseThrow();
      double all = Arrays.stream(losses[i]).average().orElseThrow();
      System.out.printf(
          "%-24s loss %.3f in the first 20 steps, %.3f in all%n", names[i], first, all);
      double[] difference = losses[i].clone();
      Arrays.setAll(difference, step -> difference[step] - losses[0][step]);
      chart.addSeries(names[i], difference).setMarker(SeriesMarkers.NONE);
    }
    if (args.length > 0) {
      BitmapEncoder.saveBitmap(chart, args[0], BitmapFormat.PNG);
    }
  }

  /** The losses after the conversion: as it was, converted, with fresh moments. */
  static double[][] losses(int seed) {
    MultiLayerNetwork adam = network(seed);
    train(adam, seed, BEFORE);
    MultiLayerNetwork converted = adam.clone();
    MultiLayerNetwork fresh = adam.clone();
    OptimManager.of(converted).lowBit().apply();
    OptimManager.of(fresh).lowBit().reset().apply();
    return new double[][] {
      train(adam, seed, AFTER), train(converted, seed, AFTER), train(fresh, seed, AFTER)
    };
  }

  private static double[] train(MultiLayerNetwork net, int seed, int steps) {
    double[] losses = new double[steps];
    for (int i = 0; i < steps; i++) {
      net.fit(batch(seed, net.getIterationCount()));
      losses[i] = net.score();
    }
    return losses;
  }

  /** Sentences of common and rare words, with the class that most of their words speak for. */
  private static DataSet batch(int seed, int step) {
    Random random = new Random(1000L * seed + step);
    int[][] words = new int[BATCH][LENGTH];
    float[][] classes = new float[BATCH][CLASSES];
    for (int i = 0; i < BATCH; i++) {
      int[] votes = new int[CLASSES];
      for (int j = 0; j < LENGTH; j++) {
        words[i][j] = (int) Math.pow(WORDS, random.nextDouble());
        votes[words[i][j] * 7919 % CLASSES]++;
      }
      int most = 0;
      for (int c = 1; c < CLASSES; c++) {
        most = votes[c] > votes[most] ? c : most;
      }
      classes[i][most] = 1;
    }
    return new DataSet(Nd4j.createFromArray(words), Nd4j.createFromArray(classes));
  }

  private static MultiLayerNetwork network(int seed) {
    NeuralNetConfiguration.ListBuilder layers =
        new NeuralNetConfiguration.Builder()
            .seed(seed)
            .dataType(DataType.FLOAT)
            .updater(new Adam(2e-3))
            .list();
    layers.layer(
        new EmbeddingSequenceLayer.Builder().nIn(WORDS).nOut(32).inputLength(LENGTH).build());
    layers.layer(new GlobalPoolingLayer(PoolingType.AVG));
    layers.layer(new DenseLayer.Builder().nIn(32).nOut(256).activation(Activation.RELU).build());
    layers.layer(
        new OutputLayer.Builder().nIn(256).nOut(CLASSES).activation(Activation.SOFTMAX).build());
    MultiLayerNetwork net = new MultiLayerNetwork(layers.build());
    net.init();
    return net;
  }
}
