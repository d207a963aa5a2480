package org.lowbit4j.docs;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.lowbit4j.AdamW8bit;
import org.lowbit4j.OptimManager;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.SingletonDataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/** What the fragments of the pages run on: a text classifier with a head. */
public final class Fixture {

  private static final int WORDS = 200;
  private static final int CLASSES = 5;

  private Fixture() {}

  public static MultiLayerConfiguration configuration() {
    return new NeuralNetConfiguration.Builder()
        .seed(1)
        .updater(new AdamW8bit(1e-3))
        .list()
        .layer(new EmbeddingSequenceLayer.Builder().nIn(WORDS).nOut(32).inputLength(4).build())
        .layer(new GlobalPoolingLayer(PoolingType.AVG))
        .layer(
            new DenseLayer.Builder()
                .name("hidden")
                .nIn(32)
                .nOut(200)
                .activation(Activation.RELU)
                .build())
        .layer(
            new OutputLayer.Builder()
                .name("head")
                .nIn(200)
                .nOut(CLASSES)
                .activation(Activation.SOFTMAX)
                .build())
        .build();
  }

  /** With {@code OptimManager}, after its first step. */
  public static MultiLayerNetwork network() {
    MultiLayerNetwork net = new MultiLayerNetwork(OptimManager.of(configuration()).apply());
    net.init();
    net.fit(data());
    return net;
  }

  public static DataSetIterator data() {
    DataSet batch =
        new DataSet(
            Nd4j.create(new float[][] {{1, 2, 3, 4}, {5, 6, 7, 8}}).castTo(DataType.INT32),
            Nd4j.create(new float[][] {{1, 0, 0, 0, 0}, {0, 0, 0, 0, 1}}));
    return new SingletonDataSetIterator(batch);
  }
}
