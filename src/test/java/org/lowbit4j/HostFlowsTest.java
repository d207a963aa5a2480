package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.earlystopping.EarlyStoppingConfiguration;
import org.deeplearning4j.earlystopping.EarlyStoppingResult;
import org.deeplearning4j.earlystopping.saver.LocalFileModelSaver;
import org.deeplearning4j.earlystopping.scorecalc.DataSetLossCalculator;
import org.deeplearning4j.earlystopping.termination.MaxEpochsTerminationCondition;
import org.deeplearning4j.earlystopping.trainer.EarlyStoppingTrainer;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.RampSchedule;

/** What DL4J does with updaters and their state besides plain training. */
class HostFlowsTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);

  private static MultiLayerNetwork trained(int steps) {
    MultiLayerNetwork net = Networks.network(new Adam8bit(1e-3), DataType.FLOAT);
    Networks.train(net, DATA, steps);
    return net;
  }

  @Test
  void stateIsRestoredIntoANetworkThatHasStepped() {
    MultiLayerNetwork a = trained(10);
    MultiLayerNetwork b = trained(3);
    b.setParams(a.params());
    b.getUpdater().setStateViewArray(b, Networks.state(a), false);
    b.setIterationCount(a.getIterationCount());
    Networks.train(a, DATA, 5);
    Networks.train(b, DATA, 5);
    assertThat(Networks.bytes(b.params())).isEqualTo(Networks.bytes(a.params()));
  }

  @Test
  void transferLearningStartsWithFreshState() {
    MultiLayerNetwork tuned =
        new TransferLearning.Builder(trained(5))
            .fineTuneConfiguration(
                new FineTuneConfiguration.Builder().updater(new AMSGrad8bit(1e-3)).build())
            .setFeatureExtractor(0)
            .build();
    INDArray frozen = tuned.getLayer(0).params().dup();
    INDArray before = tuned.params().dup();
    Networks.train(tuned, DATA, 3);
    assertThat(tuned.getLayer(0).params()).isEqualTo(frozen);
    assertThat(tuned.params()).isNotEqualTo(before);
    MultiLayerNetwork restored = Networks.restore(Networks.save(tuned));
    assertThat(Networks.bytes(Networks.state(restored)))
        .isEqualTo(Networks.bytes(Networks.state(tuned)));
  }

  @Test
  void earlyStoppingSavesAndRestoresTheState(@TempDir Path folder) {
    DataSetIterator batches = new ListDataSetIterator<>(DATA.asList(), 64);
    EarlyStoppingConfiguration<MultiLayerNetwork> conf =
        new EarlyStoppingConfiguration.Builder<MultiLayerNetwork>()
            .epochTerminationConditions(new MaxEpochsTerminationCondition(3))
            .scoreCalculator(
                new DataSetLossCalculator(new ListDataSetIterator<>(DATA.asList(), 64), true))
            .modelSaver(new LocalFileModelSaver(folder.toString()))
            .build();
    EarlyStoppingResult<MultiLayerNetwork> result =
        new EarlyStoppingTrainer(conf, trained(2), batches).fit();
    MultiLayerNetwork best = result.getBestModel();
    double before = best.score(DATA);
    Networks.train(best, DATA, 20);
    assertThat(best.score(DATA)).isLessThan(before);
  }

  @Test
  void recurrentNetworksWithTruncatedBackpropTrain() {
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Adam8bit(1e-2))
                .list()
                .layer(new LSTM.Builder().nIn(4).nOut(40).build())
                .layer(
                    new RnnOutputLayer.Builder(LossFunctions.LossFunction.MSE)
                        .nIn(40)
                        .nOut(4)
                        .activation(Activation.IDENTITY)
                        .build())
                .backpropType(BackpropType.TruncatedBPTT)
                .tBPTTLength(5)
                .build());
    net.init();
    Nd4j.getRandom().setSeed(4);
    INDArray x = Nd4j.rand(DataType.FLOAT, 8, 4, 20);
    DataSet copy = new DataSet(x, x.dup());
    double before = net.score(copy);
    for (int i = 0; i < 10; i++) {
      net.fit(copy);
    }
    assertThat(net.score(copy)).isLessThan(0.5 * before);
  }

  /**
   * A schedule without equals must not split the network into one block per layer: clones share it,
   * as ND4J's do.
   */
  @Test
  void layersWithTheSameScheduleShareABlock() {
    MultiLayerNetwork net =
        Networks.network(
            new Adam8bit(new RampSchedule(new FixedSchedule(1e-3), 10)), DataType.FLOAT);
    Networks.train(net, DATA, 2);
    assertThat(
            ((org.deeplearning4j.nn.updater.MultiLayerUpdater) net.getUpdater()).getUpdaterBlocks())
        .hasSize(1);
  }

  /** To HALF the state would have no room, and DL4J makes it even where only output is wanted. */
  @Test
  void trainedNetworksAreConvertedForTheirOutput() {
    MultiLayerNetwork net = trained(2);
    assertThatThrownBy(() -> net.convertDataType(DataType.FLOAT16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("dataType(DataType.", "net.setUpdater(null)");
    INDArray expected = net.output(DATA.getFeatures());
    net.setUpdater(null);
    INDArray output =
        net.convertDataType(DataType.FLOAT16).output(DATA.getFeatures().castTo(DataType.FLOAT16));
    assertThat(output.castTo(DataType.FLOAT).sub(expected).amaxNumber().doubleValue())
        .isLessThan(0.01);
  }

  /** DL4J adds up the sizes of variables; an array for all at once is too small. */
  @Test
  void stateArraysMadeByHandHaveTheSizeThatTheNetworkTells() {
    MultiLayerNetwork net = trained(2);
    long ofAll = new Adam8bit().stateSize(net.numParams());
    long told = net.getUpdater().getStateViewArray().length();
    assertThat(told).isGreaterThan(ofAll);
    assertThatThrownBy(
            () -> net.getUpdater().setStateViewArray(net, Nd4j.zeros(DataType.FLOAT, ofAll), false))
        .hasMessageContaining("Expected length " + told);
    net.getUpdater().setStateViewArray(net, Nd4j.zeros(DataType.FLOAT, told), false);
    Networks.train(net, DATA, 1);
  }

  @Test
  void closedArraysAreRefused() {
    GradientUpdater<?> updater = Updaters.create(new Adam8bit(), 5000);
    INDArray gradient = Nd4j.rand(DataType.FLOAT, 5000);
    gradient.close();
    assertThatThrownBy(() -> updater.applyUpdater(gradient, 0, 0))
        .hasMessageContaining("gradient was closed");
    Updaters.state(updater).close();
    assertThatThrownBy(() -> updater.applyUpdater(Nd4j.rand(DataType.FLOAT, 5000), 0, 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("state array was closed");
  }

  @Test
  void howStateIsKeptIsFixedWhenItIsSet() {
    Adam8bit config = new Adam8bit();
    GradientUpdater<?> updater = Updaters.create(config, 5000);
    config.blockSize(1024).quantMap(org.lowbit4j.codec.QuantMap.DYNAMIC).learningRate(0);
    float[] update = Updaters.step(updater, Updaters.normal(new java.util.Random(1), 5000, 1), 0);
    assertThat(Updaters.absMax(update)).as("the learning rate counts at once").isZero();
    assertThat(new Adam8bit().instantiate(Updaters.state(updater), false)).isNotNull();
    new Adam8bit()
        .instantiate(Updaters.state(updater), false)
        .applyUpdater(Nd4j.rand(DataType.FLOAT, 5000), 1, 0);
  }

  @Test
  void learningRatesAndIterationsOutOfRangeAreRefused() {
    for (double rate : new double[] {-1, 1e40, Double.NaN}) {
      GradientUpdater<?> updater = Updaters.create(new Adam8bit(new FixedSchedule(rate)), 100);
      INDArray gradient = Nd4j.ones(DataType.FLOAT, 100);
      assertThatThrownBy(() -> updater.applyUpdater(gradient, 0, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("learning rate at iteration 0, epoch 0 is " + rate);
      assertThat(gradient).isEqualTo(Nd4j.ones(DataType.FLOAT, 100));
    }
    GradientUpdater<?> updater = Updaters.create(new Adam8bit(), 100);
    assertThatThrownBy(() -> updater.applyUpdater(Nd4j.ones(DataType.FLOAT, 100), -5, 0))
        .hasMessageContaining("iteration is -5");
  }

  @Test
  void stateArraysWithoutRoomForAHeaderAreRefused() {
    assertThatThrownBy(() -> new Adam8bit().instantiate(Nd4j.zeros(DataType.FLOAT, 10), true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("10 words")
        .hasMessageContaining("stateSize");
  }
}
