package org.lowbit4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.AdamW8bit;
import org.lowbit4j.OptimManager;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Sgd;

/** A step with averaged gradients is the step of one network on all the workers' examples. */
class GradientAveragingTest {

  @Test
  void oneWorkerTrainsAsFitDoes() {
    MultiLayerNetwork net = Nets.network(new Adam8bit(1e-3));
    GradientAveraging.builder().workers(1).build().fit(net, Data.batches(7, 3), 2);
    MultiLayerNetwork expected = Nets.network(new Adam8bit(1e-3));
    for (int epoch = 0; epoch < 2; epoch++) {
      Data.list(7).forEach(expected::fit);
      expected.incrementEpochCount();
    }
    Nets.assertSame(net, expected);
  }

  /**
   * Decoupled weight decay, clipping by layer, batch normalization: all that acts on the driver.
   */
  @Test
  void oneWorkerTrainsAsFitDoesWithAllThatFollowsAGradient() {
    MultiLayerNetwork net = elaborate();
    GradientAveraging.builder().workers(1).build().fit(net, Data.batches(5, 2), 1);
    MultiLayerNetwork expected = elaborate();
    Data.list(5).forEach(expected::fit);
    expected.incrementEpochCount();
    Nets.assertSame(net, expected);
  }

  private static MultiLayerNetwork elaborate() {
    AdamW8bit updater = new AdamW8bit(1e-3).weightDecay(0.1);
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .seed(3)
            .updater(updater)
            .gradientNormalization(GradientNormalization.ClipElementWiseAbsoluteValue)
            .gradientNormalizationThreshold(0.05)
            .list()
            .layer(new DenseLayer.Builder().nIn(Data.FEATURES).nOut(160).name("first").build())
            .layer(new BatchNormalization.Builder().nOut(160).build())
            .layer(
                new OutputLayer.Builder()
                    .nIn(160)
                    .nOut(Data.CLASSES)
                    .activation(Activation.SOFTMAX)
                    .constrainWeights(new MaxNormConstraint(0.5, 1))
                    .build())
            .build();
    MultiLayerNetwork net = new MultiLayerNetwork(OptimManager.of(conf).apply());
    net.init();
    return net;
  }

  @Test
  void workersTakeTheStepOfOneLargeBatch() {
    MultiLayerNetwork net = Nets.network(new Sgd(0.1));
    GradientAveraging.builder().workers(3).build().fit(net, Data.batches(6, 2), 1);
    MultiLayerNetwork expected = Nets.network(new Sgd(0.1));
    List<DataSet> batches = Data.list(6); // the last one is smaller
    expected.fit(DataSet.merge(batches.subList(0, 3)));
    expected.fit(DataSet.merge(batches.subList(3, 6)));
    assertThat(net.params().distance2(expected.params())).isLessThan(1e-6);
    assertThat(net.getIterationCount()).isEqualTo(2);
  }

  /** DL4J does not divide these by the examples: what workers send of them is its mean. */
  @Test
  void aSmallerBatchMovesTheStatisticsOfBatchNormalizationByTheMean() {
    MultiLayerNetwork net = normalized();
    GradientAveraging.builder().workers(2).build().fit(net, Data.batches(2, 2), 1);
    INDArray[] mean = new INDArray[2];
    INDArray[] variance = new INDArray[2];
    for (int i = 0; i < 2; i++) {
      MultiLayerNetwork one = normalized();
      one.fit(Data.list(2).get(i)); // 16 and 8 examples
      mean[i] = one.getParam("1_mean");
      variance[i] = one.getParam("1_var");
    }
    assertThat(net.getParam("1_mean").distance2(mean[0].add(mean[1]).div(2))).isLessThan(1e-5);
    assertThat(net.getParam("1_var").distance2(variance[0].add(variance[1]).div(2)))
        .isLessThan(1e-5);
  }

  private static MultiLayerNetwork normalized() {
    return Nets.network(
        new Sgd(0.1),
        DataType.FLOAT,
        new BatchNormalization.Builder().nOut(160).useLogStd(false).build());
  }

  @Test
  void theGraphTrainsAsTheNetworkDoes() {
    GradientAveraging training = GradientAveraging.builder().workers(2).build();
    MultiLayerNetwork net = Nets.network(new Adam8bit(1e-3));
    training.fit(net, Data.batches(8, 2), 1);
    ComputationGraph graph = Nets.graph(new Adam8bit(1e-3));
    training.fitMultiDataSet(graph, Data.batches(8, 2).map(DataSet::toMultiDataSet), 1);
    Nets.assertSame(graph, net);
    assertThat(graph.score()).isEqualTo(net.score(), within(1e-6));
  }

  /** What the driver keeps for all of them. */
  @Test
  void replicasThatTakeTheSameStepsKeepEqualState() throws java.io.IOException {
    MultiLayerNetwork net = Nets.network(new Adam8bit(1e-3));
    Replica a = Replica.of(Nets.network(new Adam8bit(1e-3)));
    Replica b = Replica.of(Nets.network(new Adam8bit(1e-3)));
    a.prepare();
    b.prepare();
    for (DataSet batch : Data.list(30)) {
      net.fit(batch);
      a.computeGradient(NetworkReplica.pack(batch));
      INDArray gradient = a.gradients().dup();
      a.step(batch.numExamples());
      b.gradients().assign(gradient);
      b.step(batch.numExamples());
    }
    Nets.assertSame(a.model(), net);
    Nets.assertSame(b.model(), net);
  }

  @Test
  void refusesWhatDoesSeveralStepsForABatch() {
    MultiLayerNetwork net = Nets.network(new Adam8bit(1e-3));
    net.getLayerWiseConfigurations().setBackpropType(BackpropType.TruncatedBPTT);
    assertThatThrownBy(() -> GradientAveraging.builder().build().fit(net, Data.batches(2, 2), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("truncated backpropagation")
        .hasMessageContaining("Use ParameterAveraging");
  }
}
