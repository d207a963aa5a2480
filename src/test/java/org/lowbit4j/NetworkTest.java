package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.OptimizationAlgorithm;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** Real DL4J and SameDiff networks: trained, saved, restored, copied and resumed. */
class NetworkTest {

  /** ND4J's HALF matrix products are slow on CPUs: one optimizer for each number of moments. */
  private static final Set<Optimizers> IN_HALF =
      EnumSet.of(Optimizers.SGD, Optimizers.ADAM, Optimizers.ADEMAMIX);

  static Stream<Arguments> optimizersAndTypes() {
    return Stream.of(Optimizers.values())
        .flatMap(
            o ->
                Stream.of(DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16)
                    .filter(t -> t != DataType.FLOAT16 || IN_HALF.contains(o))
                    .flatMap(
                        t ->
                            Stream.of(4, 8, 32)
                                .filter(bits -> bits != 4 || IN_HALF.contains(o))
                                .map(bits -> Arguments.of(o, t, bits))));
  }

  @ParameterizedTest
  @MethodSource("optimizersAndTypes")
  void savedAndRestoredTrainingGoesOnBitForBit(Optimizers o, DataType type, int bits)
      throws Exception {
    DataSet data = Networks.data(type);
    MultiLayerNetwork net =
        Networks.network(o.networkConfig().dataType(type).optimBits(bits), type);
    int steps = type == DataType.FLOAT16 ? 2 : 20; // ND4J's HALF matrix products are slow on CPUs
    Networks.train(net, data, steps);
    byte[] state = Networks.bytes(Networks.state(net));

    MultiLayerNetwork restored = Networks.restore(Networks.save(net));
    MultiLayerNetwork deserialized = serialized(net);
    MultiLayerNetwork cloned = net.clone();
    INDArray duplicate = Networks.state(net).dup();
    Networks.train(net, data, steps);

    assertThat(Networks.bytes(duplicate)).as("dup").isEqualTo(state);
    for (MultiLayerNetwork copy : Arrays.asList(restored, deserialized, cloned)) {
      assertThat(Networks.bytes(Networks.state(copy))).isEqualTo(state);
      Networks.train(copy, data, steps);
      assertThat(Networks.bytes(copy.params())).isEqualTo(Networks.bytes(net.params()));
      assertThat(Networks.bytes(Networks.state(copy)))
          .isEqualTo(Networks.bytes(Networks.state(net)));
    }
    assertThat(net.params().isNaN().any()).isFalse();
  }

  private static MultiLayerNetwork serialized(MultiLayerNetwork net) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(net);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      // DL4J 1.0.0-M2.1 leaves the deserialized network without its list of listeners, and fit
      // fails: save and restore it
      return Networks.restore(Networks.save((MultiLayerNetwork) in.readObject()));
    }
  }

  @ParameterizedTest
  @MethodSource("org.lowbit4j.Optimizers#withTwin")
  void with32BitsParametersTrackNd4jsUpdater(Optimizers o) {
    DataSet data = Networks.data(DataType.FLOAT);
    MultiLayerNetwork ours = Networks.network(o.networkConfig().optimBits(32), DataType.FLOAT);
    MultiLayerNetwork theirs = Networks.network(o.networkTwin(), DataType.FLOAT);
    Networks.train(ours, data, 200);
    Networks.train(theirs, data, 200);
    double error = ours.params().sub(theirs.params()).norm2Number().doubleValue();
    assertThat(error / theirs.params().norm2Number().doubleValue()).isLessThan(1e-5);
  }

  @ParameterizedTest
  @EnumSource
  void with8BitsItTrainsToTheLossOf32Bits(Optimizers o) {
    DataSet data = Networks.data(DataType.FLOAT);
    MultiLayerNetwork in8 = Networks.network(o.networkConfig(), DataType.FLOAT);
    MultiLayerNetwork in32 = Networks.network(o.networkConfig().optimBits(32), DataType.FLOAT);
    Networks.train(in8, data, 150);
    Networks.train(in32, data, 150);
    double ratio = in8.score(data) / in32.score(data);
    assertThat(ratio).as("loss in 8 bits over loss in 32 bits").isBetween(0.97, 1.03);
  }

  /** Without a learning rate DL4J scales weight decay by 1. */
  @Test
  void weightDecayWithoutALearningRateIsThatOfNd4jsAdaDelta() {
    DataSet data = Networks.data(DataType.FLOAT);
    MultiLayerNetwork[] nets = new MultiLayerNetwork[2];
    IUpdater[] updaters = {new AdaDelta8bit().optimBits(32), new AdaDelta()};
    for (int i = 0; i < 2; i++) {
      nets[i] =
          new MultiLayerNetwork(
              new NeuralNetConfiguration.Builder()
                  .seed(7)
                  .updater(updaters[i])
                  .list()
                  .layer(
                      new OutputLayer.Builder()
                          .nIn(20)
                          .nOut(5)
                          .weightDecay(1e-3)
                          .activation(Activation.SOFTMAX)
                          .build())
                  .build());
      nets[i].init();
      Networks.train(nets[i], data, 50);
    }
    double error = nets[0].params().sub(nets[1].params()).norm2Number().doubleValue();
    assertThat(error / nets[1].params().norm2Number().doubleValue()).isLessThan(1e-5);
  }

  /** In HALF, epsilon 1e-8 is 0 to ND4J's Adam. */
  @Test
  void halfPrecisionNetworksTrainWhereNd4jsAdamGivesNaN() {
    DataSet data = Networks.data(DataType.FLOAT16);
    MultiLayerNetwork theirs = Networks.network(new Adam(1e-3), DataType.FLOAT16);
    MultiLayerNetwork ours =
        Networks.network(new Adam8bit(3e-3).dataType(DataType.FLOAT16), DataType.FLOAT16);
    Networks.train(theirs, data, 2);
    Networks.train(ours, data, 25);
    assertThat(theirs.params().isNaN().any()).isTrue();
    assertThat(ours.params().isNaN().any()).isFalse();
    assertThat(Networks.accuracy(ours, data)).isGreaterThan(0.9);
  }

  @Test
  void layersMayKeep32BitStateAndHaveBlocksOfTheirOwn() {
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .updater(new Adam8bit(1e-3))
                .list()
                .layer(
                    new DenseLayer.Builder()
                        .nIn(20)
                        .nOut(300)
                        .updater(new Adam8bit(1e-3).optimBits(32))
                        .build())
                .layer(new DenseLayer.Builder().nIn(300).nOut(80).build())
                .layer(
                    new OutputLayer.Builder()
                        .nIn(80)
                        .nOut(5)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
    net.init();
    Networks.train(net, Networks.data(DataType.FLOAT), 3);
    Integer[] bits =
        ((MultiLayerUpdater) net.getUpdater())
            .getUpdaterBlocks().stream()
                .map(UpdaterBlock::getGradientUpdater)
                .map(u -> ((LowBitConfig<?>) u.getConfig()).getOptimBits())
                .toArray(Integer[]::new);
    assertThat(bits).containsExactly(32, 8);
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 4})
  void computationGraphsResumeBitForBit(int bits, @TempDir Path folder) throws Exception {
    ComputationGraph net =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .seed(7)
                .optimizationAlgo(OptimizationAlgorithm.STOCHASTIC_GRADIENT_DESCENT)
                .updater(new AMSGrad8bit(1e-3).optimBits(bits))
                .graphBuilder()
                .addInputs("in")
                .addLayer("a", new DenseLayer.Builder().nIn(20).nOut(300).build(), "in")
                .addLayer(
                    "b",
                    new DenseLayer.Builder()
                        .nIn(20)
                        .nOut(40)
                        .biasUpdater(new Adam8bit(1e-2))
                        .build(),
                    "in")
                .addLayer(
                    "out",
                    new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                        .nIn(340)
                        .nOut(5)
                        .activation(Activation.SOFTMAX)
                        .build(),
                    "a",
                    "b")
                .setOutputs("out")
                .build());
    net.init();
    DataSet data = Networks.data(DataType.FLOAT);
    for (int i = 0; i < 10; i++) {
      net.fit(data);
    }
    File file = folder.resolve("graph.zip").toFile();
    ModelSerializer.writeModel(net, file, true);
    ComputationGraph restored = ModelSerializer.restoreComputationGraph(file, true);
    for (int i = 0; i < 10; i++) {
      net.fit(data);
      restored.fit(data);
    }
    assertThat(Networks.bytes(restored.params())).isEqualTo(Networks.bytes(net.params()));
    assertThat(Networks.bytes(restored.getUpdater().getStateViewArray()))
        .isEqualTo(Networks.bytes(net.getUpdater().getStateViewArray()));
  }

  @Test
  void changingTheLearningRateOfTheWholeNetworkKeepsTheState() {
    DataSet data = Networks.data(DataType.FLOAT);
    MultiLayerNetwork net = Networks.network(new Adam8bit(1e-3), DataType.FLOAT);
    Networks.train(net, data, 10);
    byte[] state = Networks.bytes(Networks.state(net));
    INDArray before = net.params().dup();
    net.setLearningRate(0);
    assertThat(Networks.bytes(Networks.state(net))).isEqualTo(state);
    Networks.train(net, data, 1);
    assertThat(net.params()).isEqualTo(before);
    assertThat(Networks.bytes(Networks.state(net))).isNotEqualTo(state);
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 4})
  void sameDiffTrainsSavesAndResumes(int bits, @TempDir Path folder) throws Exception {
    SameDiff a = sameDiff(bits);
    DataSet data = Networks.data(DataType.FLOAT);
    double before = loss(a, data);
    fit(a, data, 30);
    assertThat(loss(a, data)).isLessThan(0.5 * before);
    File file = folder.resolve("samediff.fb").toFile();
    a.save(file, true);
    SameDiff b = SameDiff.load(file, true);
    fit(a, data, 10);
    fit(b, data, 10);
    for (String w : new String[] {"w0", "w1", "b"}) {
      assertThat(b.getVariable(w).getArr()).as(w).isEqualTo(a.getVariable(w).getArr());
    }
  }

  private static SameDiff sameDiff(int bits) {
    Nd4j.getRandom().setSeed(12);
    SameDiff sd = SameDiff.create();
    SDVariable in = sd.placeHolder("in", DataType.FLOAT, -1, Networks.FEATURES);
    SDVariable label = sd.placeHolder("label", DataType.FLOAT, -1, Networks.CLASSES);
    SDVariable w0 = sd.var("w0", Nd4j.randn(DataType.FLOAT, Networks.FEATURES, 300).muli(0.2));
    SDVariable b = sd.var("b", Nd4j.zeros(DataType.FLOAT, 300));
    SDVariable w1 = sd.var("w1", Nd4j.randn(DataType.FLOAT, 300, Networks.CLASSES).muli(0.05));
    SDVariable hidden = sd.math().tanh(in.mmul(w0).add(b));
    sd.loss().softmaxCrossEntropy("loss", label, hidden.mmul(w1), null);
    sd.setLossVariables("loss");
    sd.setTrainingConfig(
        new TrainingConfig.Builder()
            .updater(new Adam8bit(1e-2).optimBits(bits))
            .dataSetFeatureMapping("in")
            .dataSetLabelMapping("label")
            .build());
    return sd;
  }

  private static void fit(SameDiff sd, DataSet data, int steps) {
    for (int i = 0; i < steps; i++) {
      sd.fit(data);
    }
  }

  private static double loss(SameDiff sd, DataSet data) {
    return sd.output(java.util.Map.of("in", data.getFeatures(), "label", data.getLabels()), "loss")
        .get("loss")
        .getDouble(0);
  }
}
