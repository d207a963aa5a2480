package org.lowbit4j.examples.convergence;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Dense layers alone. */
final class DenseTask extends DigitsTask {

  @Override
  public double learningRate() {
    return 1e-3;
  }

  @Override
  public MultiLayerConfiguration configuration(IUpdater updater, long seed) {
    return new NeuralNetConfiguration.Builder()
        .seed(seed)
        .activation(Activation.RELU)
        .weightInit(WeightInit.RELU)
        .updater(updater)
        .list()
        .layer(new DenseLayer.Builder().nIn(Digits.SIZE * Digits.SIZE).nOut(256).build())
        .layer(new DenseLayer.Builder().nIn(256).nOut(256).build())
        .layer(
            new OutputLayer.Builder(LossFunction.MCXENT)
                .nIn(256)
                .nOut(Digits.COUNT)
                .activation(Activation.SOFTMAX)
                .build())
        .build();
  }
}
