package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.nn.weights.WeightInit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Blocks of small variables: 8 bits where they save something, and else the 32 there is room for.
 */
class SmallBlocksTest {

  private static final int LAYERS = 8;
  private static final int WIDTH = 60;

  /** Each variable is below 4096, all together are not. */
  private static MultiLayerConfiguration dense(IUpdater updater, DataType type) {
    NeuralNetConfiguration.ListBuilder builder =
        new NeuralNetConfiguration.Builder().seed(3).dataType(type).updater(updater).list();
    for (int i = 0; i < LAYERS; i++) {
      builder.layer(new DenseLayer.Builder().nIn(WIDTH).nOut(WIDTH).build());
    }
    return builder
        .layer(
            new org.deeplearning4j.nn.conf.layers.OutputLayer.Builder()
                .nIn(WIDTH)
                .nOut(5)
                .activation(Activation.SOFTMAX)
                .build())
        .build();
  }

  private static MultiLayerNetwork network(MultiLayerConfiguration conf) {
    MultiLayerNetwork net = new MultiLayerNetwork(conf);
    net.init();
    return net;
  }

  private static MultiLayerNetwork trained(MultiLayerConfiguration conf, int steps) {
    MultiLayerNetwork net = network(conf);
    train(net, steps);
    return net;
  }

  private static void train(MultiLayerNetwork net, int steps) {
    DataType type = net.getLayerWiseConfigurations().getDataType();
    for (int i = 0; i < steps; i++) {
      Nd4j.getRandom().setSeed(1 + net.getIterationCount());
      INDArray y = Nd4j.zeros(type, 16, 5);
      for (int k = 0; k < 16; k++) {
        y.putScalar(k, k % 5, 1);
      }
      net.fit(new DataSet(Nd4j.randn(DataType.FLOAT, 16, WIDTH).castTo(type), y));
    }
  }

  private static List<LowBitUpdater<?>> updaters(MultiLayerNetwork net) {
    List<LowBitUpdater<?>> updaters = new ArrayList<>();
    for (UpdaterBlock block : ((BaseMultiLayerUpdater<?>) net.getUpdater()).getUpdaterBlocks()) {
      if (block.getGradientUpdater() instanceof LowBitUpdater) {
        updaters.add((LowBitUpdater<?>) block.getGradientUpdater());
      }
    }
    return updaters;
  }

  private static List<Integer> bits(MultiLayerNetwork net) {
    return updaters(net).stream().map(LowBitUpdater::bits).collect(Collectors.toList());
  }

  private static List<Integer> bitsBefore(MultiLayerNetwork net) {
    return ((BaseMultiLayerUpdater<?>) net.getUpdater())
        .getUpdaterBlocks().stream()
            .filter(b -> b.getGradientUpdater() instanceof LowBitUpdater)
            .map(
                b ->
                    ((LowBitUpdater<?>) b.getGradientUpdater())
                        .bits(b.getParamOffsetEnd() - b.getParamOffsetStart()))
            .collect(Collectors.toList());
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT", "DOUBLE", "HALF"})
  void whatReserves32BitsHasThem(DataType type) {
    MultiLayerNetwork net = network(dense(new Adam8bit(1e-3).dataType(type), type));
    assertThat(bits(net)).containsExactly(0);
    assertThat(bitsBefore(net)).containsExactly(32);
    train(net, 3);
    assertThat(bits(net)).containsExactly(32);
    assertThat(bitsBefore(net)).containsExactly(32);
    MultiLayerNetwork restored = Networks.restore(Networks.save(net));
    assertThat(bits(restored)).containsExactly(32);
    MultiLayerNetwork exact =
        trained(dense(new Adam8bit(1e-3).optimBits(32).dataType(type), type), 3);
    assertThat(Networks.bytes(net.params())).isEqualTo(Networks.bytes(exact.params()));
    train(net, 2);
    train(restored, 2);
    assertThat(Networks.bytes(restored.params())).isEqualTo(Networks.bytes(net.params()));
  }

  @Test
  void whatIsSavedOnRequestIsSaved() {
    MultiLayerNetwork net = trained(dense(new Adam8bit(1e-3).min8bitSize(0), DataType.FLOAT), 1);
    assertThat(bits(net)).containsExactly(8);
    assertThat(Networks.state(net).length() * 4).isLessThan(net.numParams() * 3);

    Adam8bit in4 = new Adam8bit(1e-3).optimBits(4);
    assertThat(bits(trained(dense(in4.clone().min8bitSize(0), DataType.FLOAT), 1)))
        .containsExactly(4);
    assertThat(bits(trained(dense(in4, DataType.FLOAT), 1)))
        .as("room for 32 bits")
        .containsExactly(32);
  }

  /** Earlier builds wrote 8 bits into arrays with room for 32; training goes on with these. */
  @Test
  void stateIn8BitsStaysIn8Bits() {
    MultiLayerNetwork small = trained(dense(new Adam8bit(1e-3).min8bitSize(0), DataType.FLOAT), 3);
    MultiLayerNetwork net = network(dense(new Adam8bit(1e-3), DataType.FLOAT));
    net.setParams(small.params());
    net.setIterationCount(small.getIterationCount());
    INDArray in8 = Networks.state(small);
    INDArray view = Networks.state(net);
    assertThat(view.length()).isGreaterThan(in8.length());
    view.assign(0);
    view.get(org.nd4j.linalg.indexing.NDArrayIndex.interval(0, in8.length())).assign(in8);
    assertThat(bits(net)).containsExactly(8);
    MultiLayerNetwork restored = Networks.restore(Networks.save(net));
    for (MultiLayerNetwork trained : new MultiLayerNetwork[] {small, net, restored}) {
      train(trained, 3);
    }
    assertThat(bits(net)).containsExactly(8);
    assertThat(bits(restored)).containsExactly(8);
    assertThat(Networks.bytes(net.params())).isEqualTo(Networks.bytes(small.params()));
    assertThat(Networks.bytes(restored.params())).isEqualTo(Networks.bytes(small.params()));
    Networks.state(net).assign(0);
    train(net, 1);
    assertThat(bits(net)).containsExactly(32);
  }

  /** Two of its three variables are below 4096; together they are a block above. */
  private static MultiLayerConfiguration recurrent() {
    return new NeuralNetConfiguration.Builder()
        .updater(new Adam8bit(1e-3))
        .list()
        .layer(new LSTM.Builder().name("rnn").nIn(25).nOut(30).build())
        .layer(
            new RnnOutputLayer.Builder()
                .name("out")
                .nIn(30)
                .nOut(5)
                .activation(Activation.SOFTMAX)
                .build())
        .build();
  }

  @Test
  void knownBlocksSaveWhatTheirSizeSays() {
    MultiLayerConfiguration conf = OptimManager.of(recurrent()).apply();
    assertThat(OptimManager.of(conf).describe()).containsPattern("rnn .* Adam8bit +8 +1\\d,\\d{3}");
    MultiLayerNetwork net = network(MultiLayerConfiguration.fromJson(conf.toJson()));
    assertThat(bitsBefore(net)).containsExactly(8, 32);
    assertThat(bitsBefore(network(recurrent()))).containsExactly(32);
    long bytes = Networks.state(net).length() * 4;
    assertThat(OptimManager.of(recurrent()).describe())
        .contains(String.format(java.util.Locale.ROOT, "%,d", bytes));
    Nd4j.getRandom().setSeed(3);
    net.fit(
        new DataSet(
            Nd4j.randn(DataType.FLOAT, 4, 25, 6), Nd4j.ones(DataType.FLOAT, 4, 5, 6).div(5)));
    assertThat(bits(net)).containsExactly(8, 32);
    assertThat(bits(Networks.restore(Networks.save(net)))).containsExactly(8, 32);
  }

  /** Small biases with an updater of their own do not make the weights' block small. */
  @Test
  void blocksOfWeightsAreKnownWhereBiasesAreApart() {
    MultiLayerConfiguration conf =
        OptimManager.of(recurrent()).layer("rnn").biases().beta1(0.8).apply();
    assertThat(bitsBefore(network(conf))).containsExactly(8, 32, 32);
  }

  /** The same where the plan says 4 bits. */
  @Test
  void knownBlocksHave4BitsFromTheSameSizeOn() {
    MultiLayerConfiguration conf = OptimManager.of(recurrent()).optimBits(4).apply();
    assertThat(OptimManager.of(conf).describe())
        .containsPattern("rnn .* Adam8bit +4 +\\d,\\d{3}")
        .containsPattern("out .* Adam8bit +32 ");
    assertThat(bitsBefore(network(conf))).containsExactly(4, 32);
  }

  /** A layer made smaller afterwards trains all the same. */
  @Test
  void layersThatShrinkTrain() {
    MultiLayerNetwork net =
        network(
            OptimManager.of(dense(new Adam8bit(1e-3).min8bitSize(3700), DataType.FLOAT)).apply());
    MultiLayerNetwork shrunk =
        new TransferLearning.Builder(net).nOutReplace(LAYERS - 1, 20, WeightInit.XAVIER).build();
    train(shrunk, 2);
    assertThat(shrunk.params().isNaN().any()).isFalse();
  }

  /** The statement of README, on a network with batch normalization, frozen and small layers. */
  @Test
  void momentsOfCommonNetworksCanBeLookedAt() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(new Adam8bit(1e-3))
            .list()
            .layer(new DenseLayer.Builder().nIn(WIDTH).nOut(100).build())
            .layer(new BatchNormalization.Builder().nOut(100).build())
            .layer(new DenseLayer.Builder().nIn(100).nOut(WIDTH).build())
            .layer(
                new org.deeplearning4j.nn.conf.layers.OutputLayer.Builder()
                    .nIn(WIDTH)
                    .nOut(5)
                    .activation(Activation.SOFTMAX)
                    .build())
            .build();
    MultiLayerNetwork net =
        new TransferLearning.Builder(network(OptimManager.of(conf).apply()))
            .setFeatureExtractor(0)
            .build();
    List<Integer> found = new ArrayList<>();
    for (int step = 0; step < 2; step++) {
      for (UpdaterBlock block : ((BaseMultiLayerUpdater<?>) net.getUpdater()).getUpdaterBlocks()) {
        if (block.getGradientUpdater() instanceof LowBitUpdater) {
          LowBitUpdater<?> updater = (LowBitUpdater<?>) block.getGradientUpdater();
          found.add(updater.bits());
          if (updater.bits() != 0) {
            assertThat(updater.moment("m").norm2Number().doubleValue()).isPositive();
          }
          if (updater.bits() == 8) {
            assertThat(updater.codes("m").dataType()).isEqualTo(DataType.INT8);
          }
        }
      }
      train(net, 1);
    }
    assertThat(found).containsExactly(0, 0, 0, 32, 8, 32);
  }
}
