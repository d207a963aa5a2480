package org.lowbit4j.examples.convergence;

import java.util.List;
import java.util.Random;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.lowbit4j.examples.wordnet.BatchOrder;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Tells digits drawn by {@link Digits}; two convolutions. */
final class ImageTask implements Task {

  private static final int BATCH = 32;
  private static final int TRAINING_IMAGES = 6_000;

  private final float[][] images;

  ImageTask() {
    images = images(TRAINING_IMAGES, 1);
  }

  @Override
  public int steps() {
    return 400;
  }

  @Override
  public double learningRate() {
    return 2e-3;
  }

  @Override
  public MultiLayerConfiguration configuration(IUpdater updater, long seed) {
    return new NeuralNetConfiguration.Builder()
        .seed(seed)
        .activation(Activation.RELU)
        .weightInit(WeightInit.RELU)
        .updater(updater)
        .list()
        .layer(new ConvolutionLayer.Builder(5, 5).nOut(8).build())
        .layer(new SubsamplingLayer.Builder().kernelSize(2, 2).stride(2, 2).build())
        .layer(new ConvolutionLayer.Builder(3, 3).nOut(16).build())
        .layer(new SubsamplingLayer.Builder().kernelSize(2, 2).stride(2, 2).build())
        .layer(new DenseLayer.Builder().nOut(256).build())
        .layer(
            new OutputLayer.Builder(LossFunction.MCXENT)
                .nOut(Digits.COUNT)
                .activation(Activation.SOFTMAX)
                .build())
        .setInputType(InputType.convolutionalFlat(Digits.SIZE, Digits.SIZE, 1))
        .build();
  }

  @Override
  public LongFunction<DataSet> batches(long seed) {
    BatchOrder order = new BatchOrder(images.length, BATCH, seed);
    return step -> batch(images, order.members(step));
  }

  @Override
  public List<DataSet> test(int examples) {
    return List.of(batch(images(examples, 2), IntStream.range(0, examples).toArray()));
  }

  /** Digits in turn: image i shows i modulo 10. */
  private static float[][] images(int count, long seed) {
    Random random = new Random(seed);
    return IntStream.range(0, count)
        .mapToObj(i -> Digits.draw(i % Digits.COUNT, random))
        .toArray(float[][]::new);
  }

  private static DataSet batch(float[][] images, int[] members) {
    float[][] features = new float[members.length][];
    float[][] labels = new float[members.length][Digits.COUNT];
    for (int i = 0; i < members.length; i++) {
      features[i] = images[members[i]];
      labels[i][members[i] % Digits.COUNT] = 1;
    }
    return new DataSet(Nd4j.createFromArray(features), Nd4j.createFromArray(labels));
  }
}
