package org.lowbit4j.examples.convergence;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Two convolutions. */
final class ImageTask extends DigitsTask {

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
}
