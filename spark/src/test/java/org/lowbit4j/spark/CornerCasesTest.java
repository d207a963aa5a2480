package org.lowbit4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.PagedState;
import org.lowbit4j.paging.PageFile;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/**
 * Little data, networks with little or other state, tasks that fail: works or is refused by name.
 */
class CornerCasesTest {

  /** With one batch, and more workers than batches. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void oneBatchIsTrainedOnByOneWorker(int workers) {
    List<Round> rounds = new ArrayList<>();
    MultiLayerNetwork expected = Nets.network(new Adam8bit(1e-3));
    expected.fit(Data.batch(0, Data.EXAMPLES / 2));
    expected.incrementEpochCount();
    for (SparkTraining training :
        List.of(
            ParameterAveraging.builder().workers(workers).listener(rounds::add).build(),
            GradientAveraging.builder().workers(workers).listener(rounds::add).build())) {
      MultiLayerNetwork net = Nets.network(new Adam8bit(1e-3));
      training.fit(net, Data.batches(1, 2), 1);
      Nets.assertSame(net, expected);
      assertThat(net.score()).isEqualTo(expected.score());
    }
    assertThat(rounds).hasSize(2).allMatch(r -> r.workers() == 1 && r.batches() == 1);
  }

  @Test
  void aWorkerThatHasNoBatchesLeftTakesNoPart() {
    List<Integer> workers = new ArrayList<>();
    ParameterAveraging.builder()
        .workers(3)
        .averagingFrequency(1)
        .listener(round -> workers.add(round.workers()))
        .build()
        .fit(Nets.network(new Adam8bit(1e-3)), Data.batches(5, 4), 1);
    assertThat(workers).containsExactly(3, 2);
  }

  @Test
  void noBatchAtAllIsRefused() {
    MultiLayerNetwork net = Nets.network(new Adam8bit(1e-3));
    assertThatThrownBy(
            () -> ParameterAveraging.builder().build().fit(net, LocalSpark.context().emptyRDD(), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the number of batches is 0");
    assertThat(net.getIterationCount()).isZero();
  }

  @Test
  void statelessAndOtherUpdatersTrainAlong() {
    for (MultiLayerNetwork net :
        List.of(
            Nets.network(new Sgd(0.1)),
            Nets.network(new Adam(1e-3)),
            Nets.network(new Adam8bit(1e-3), new Sgd(0.1), DataType.FLOAT),
            Nets.network(new Adam8bit(1e-3), new Adam(1e-3), DataType.FLOAT))) {
      DataSet test = Data.batch(1000, 200);
      double before = net.score(test);
      ParameterAveraging.builder().averagingFrequency(2).build().fit(net, Data.batches(20, 2), 2);
      assertThat(net.score(test)).isLessThan(before);
    }
  }

  @ParameterizedTest
  @EnumSource(
      names = {"DOUBLE", "HALF"},
      value = DataType.class)
  void otherDataTypes(DataType type) {
    MultiLayerNetwork net = Nets.network(new Adam8bit(1e-3).dataType(type), type);
    DataSet test = Data.batch(1000, 100);
    double before = net.score(test);
    ParameterAveraging.builder()
        .workers(2)
        .averagingFrequency(1)
        .build()
        .fit(net, Data.batches(20, 2), 1);
    GradientAveraging.builder().workers(2).build().fit(net, Data.batches(20, 2), 1);
    assertThat(net.params().dataType()).isEqualTo(type);
    assertThat(net.score(test)).isLessThan(before);
  }

  @Test
  void frozenLayersStayAsTheyAre() {
    for (SparkTraining training :
        List.of(
            ParameterAveraging.builder().workers(2).build(),
            GradientAveraging.builder().workers(2).build())) {
      MultiLayerNetwork net =
          Nets.network(
              new Adam8bit(1e-3),
              DataType.FLOAT,
              new FrozenLayer(
                  new DenseLayer.Builder().nIn(160).nOut(160).updater(new Adam8bit()).build()));
      INDArray frozen = net.getParam("1_W").dup();
      INDArray other = net.getParam("0_W").dup();
      training.fit(net, Data.batches(8, 2), 1);
      assertThat(net.getParam("1_W")).isEqualTo(frozen);
      assertThat(net.getParam("2_W")).isNotEqualTo(other);
      assertThat(net.getLayer(1)).isInstanceOf(org.deeplearning4j.nn.layers.FrozenLayer.class);
    }
  }

  @Test
  void pagedStateIsRefused(@TempDir Path folder) {
    assumeTrue(canPage(), "SKIPPED, there is no paging");
    MultiLayerNetwork net = Nets.network(new Adam8bit(1e-3));
    PagedState paged = PagedState.attach(net, PagedState.onDisk(folder), 1 << 20);
    ParameterAveraging training = ParameterAveraging.builder().build();
    assertThatThrownBy(() -> training.fit(net, Data.batches(4, 2), 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("state is paged");
    paged.detach();
    training.fit(net, Data.batches(4, 2), 1);
  }

  private static boolean canPage() {
    try {
      PageFile.load();
      return true;
    } catch (UnsupportedOperationException e) {
      return false;
    }
  }

  /** Of a sequence of 6, 2 at a time, come 3 steps. */
  @Test
  void truncatedBackpropagationCountsEveryStep() {
    MultiLayerNetwork net = recurrent();
    MultiLayerNetwork expected = recurrent();
    for (int i = 0; i < 4; i++) {
      expected.fit(sequences(i));
    }
    expected.incrementEpochCount();
    assertThat(expected.getIterationCount()).isEqualTo(12);
    ParameterAveraging.builder()
        .workers(1)
        .averagingFrequency(2)
        .build()
        .fit(
            net,
            LocalSpark.context()
                .parallelize(List.of(0, 1, 2, 3), 1)
                .map(CornerCasesTest::sequences),
            1);
    Nets.assertSame(net, expected);
  }

  private static MultiLayerNetwork recurrent() {
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Adam(1e-3))
                .list()
                .layer(new SimpleRnn.Builder().nIn(4).nOut(8).build())
                .layer(
                    new RnnOutputLayer.Builder(LossFunctions.LossFunction.MSE)
                        .activation(Activation.IDENTITY)
                        .nIn(8)
                        .nOut(2)
                        .build())
                .backpropType(BackpropType.TruncatedBPTT)
                .tBPTTLength(2)
                .build());
    net.init();
    return net;
  }

  private static DataSet sequences(int seed) {
    Nd4j.getRandom().setSeed(seed + 1);
    return new DataSet(
        Nd4j.rand(DataType.FLOAT, new int[] {3, 4, 6}),
        Nd4j.rand(DataType.FLOAT, new int[] {3, 2, 6}));
  }

  @Test
  void gradientsOfSequencesInPiecesAndSumsOverBatchesAreRefused() {
    GradientAveraging training = GradientAveraging.builder().workers(1).build();
    MultiLayerNetwork pieces = recurrent();
    assertThatThrownBy(() -> training.fit(pieces, LocalSpark.context().emptyRDD(), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("truncated backpropagation", "ParameterAveraging");
    MultiLayerNetwork sums = Nets.network(new Adam8bit(1e-3));
    sums.conf().setMiniBatch(false);
    assertThatThrownBy(() -> training.fit(sums, LocalSpark.context().emptyRDD(), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("miniBatch(false)", "ParameterAveraging");
  }

  /** What dropout draws depends on worker and step, and not on the thread that draws. */
  @Test
  void dropoutIsTheSameAgain() {
    MultiLayerNetwork[] nets = new MultiLayerNetwork[2];
    for (int i = 0; i < 2; i++) {
      nets[i] =
          Nets.network(new Adam8bit(1e-3), DataType.FLOAT, new DropoutLayer.Builder(0.5).build());
      ParameterAveraging.builder().workers(3).build().fit(nets[i], Data.batches(30, 2), 1);
    }
    Nets.assertSame(nets[0], nets[1]);
  }

  @Test
  void howManyTasksRunAtATimeDoesNotMatterNorThatTasksFail() {
    MultiLayerNetwork[] nets = new MultiLayerNetwork[3];
    String[] masters = {"local[2]", "local[1]", "local[2,4]"};
    for (int i = 0; i < masters.length; i++) {
      LocalSpark.context(masters[i]);
      nets[i] = Nets.network(new FailingAdam(masters[i].contains(",")));
      List<Integer> numbers = new ArrayList<>();
      for (int n = 0; n < 12; n++) {
        numbers.add(n);
      }
      ParameterAveraging.builder()
          .workers(3)
          .averagingFrequency(2)
          .build()
          .fit(
              nets[i],
              LocalSpark.context(masters[i])
                  .parallelize(numbers, 3)
                  .map(n -> Data.batch(n, Data.EXAMPLES)),
              1);
    }
    LocalSpark.context();
    assertThat(FailingAdam.failures()).isPositive();
    Nets.assertSame(nets[1], nets[0]);
    Nets.assertSame(nets[2], nets[0]);
  }

  /** If nothing helps, the network is as it was. */
  @Test
  void aRoundThatFailsLeavesTheNetworkAlone() {
    MultiLayerNetwork net = Nets.network(new Adam8bit(1e-3));
    MultiLayerNetwork expected = net.clone();
    ParameterAveraging training = ParameterAveraging.builder().build();
    assertThatThrownBy(
            () ->
                training.fit(
                    net,
                    Data.batches(4, 2)
                        .map(b -> new DataSet(b.getFeatures().get(all(), to(3)), b.getLabels())),
                    1))
        .isInstanceOf(org.apache.spark.SparkException.class);
    Nets.assertSame(net, expected);
    training.fit(net, Data.batches(4, 2), 1);
  }

  private static org.nd4j.linalg.indexing.INDArrayIndex all() {
    return org.nd4j.linalg.indexing.NDArrayIndex.all();
  }

  private static org.nd4j.linalg.indexing.INDArrayIndex to(int end) {
    return org.nd4j.linalg.indexing.NDArrayIndex.interval(0, end);
  }
}
