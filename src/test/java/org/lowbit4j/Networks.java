package org.lowbit4j;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** A small classifier, its data, and the bytes of its optimizer state. */
final class Networks {

  static final int FEATURES = 20;
  static final int CLASSES = 5;
  static final int EXAMPLES = 256;
  private static final int BATCH = 64;

  private Networks() {}

  /**
   * 20-300-80-5, 30,785 parameters, two of its variables above and the others below 4096; weights
   * have the regularizations that the updater needs.
   */
  static MultiLayerConfiguration configuration(IUpdater updater, DataType type) {
    return new NeuralNetConfiguration.Builder()
        .seed(7)
        .dataType(type)
        .updater(updater)
        .list()
        .layer(
            new DenseLayer.Builder()
                .nIn(FEATURES)
                .nOut(300)
                .activation(Activation.TANH)
                .regularization(regularizations(updater))
                .build())
        .layer(
            new DenseLayer.Builder()
                .nIn(300)
                .nOut(80)
                .activation(Activation.TANH)
                .regularization(regularizations(updater))
                .build())
        .layer(
            new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                .nIn(80)
                .nOut(CLASSES)
                .activation(Activation.SOFTMAX)
                .regularization(regularizations(updater))
                .build())
        .build();
  }

  private static List<Regularization> regularizations(IUpdater updater) {
    return updater instanceof LowBitConfig
        ? new ArrayList<>(((LowBitConfig<?>) updater).regularizations())
        : new ArrayList<>();
  }

  static MultiLayerNetwork network(IUpdater updater, DataType type) {
    MultiLayerNetwork net = new MultiLayerNetwork(configuration(updater, type));
    net.init();
    return net;
  }

  /** Classes by the largest of five random linear functions. */
  static DataSet data(DataType type) {
    Nd4j.getRandom().setSeed(11);
    INDArray x = Nd4j.randn(DataType.FLOAT, EXAMPLES, FEATURES);
    INDArray classes = Nd4j.argMax(x.mmul(Nd4j.randn(DataType.FLOAT, FEATURES, CLASSES)), 1);
    INDArray y = Nd4j.zeros(DataType.FLOAT, EXAMPLES, CLASSES);
    for (int i = 0; i < EXAMPLES; i++) {
      y.putScalar(i, classes.getInt(i), 1);
    }
    return new DataSet(x.castTo(type), y.castTo(type));
  }

  /** Steps on mini-batches, the same ones for the same iteration count. */
  static void train(MultiLayerNetwork net, DataSet data, int steps) {
    for (int i = 0; i < steps; i++) {
      int from = net.getIterationCount() * BATCH % EXAMPLES;
      net.fit((DataSet) data.getRange(from, from + BATCH));
    }
  }

  static double accuracy(MultiLayerNetwork net, DataSet data) {
    INDArray predicted = Nd4j.argMax(net.output(data.getFeatures()), 1);
    return predicted
        .eq(Nd4j.argMax(data.getLabels(), 1))
        .castTo(DataType.FLOAT)
        .meanNumber()
        .doubleValue();
  }

  static byte[] save(MultiLayerNetwork net) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ModelSerializer.writeModel(net, out, true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static MultiLayerNetwork restore(byte[] saved) {
    try {
      return ModelSerializer.restoreMultiLayerNetwork(new ByteArrayInputStream(saved), true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static INDArray state(MultiLayerNetwork net) {
    return net.getUpdater().getStateViewArray();
  }

  /** The bytes of a contiguous array. */
  static byte[] bytes(INDArray array) {
    return RawMemory.copyOf(array, (int) array.length() * array.dataType().width());
  }
}
