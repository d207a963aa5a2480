package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.regularization.LearningRateScale;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.FixedSchedule;

/**
 * Whatever sets rates, in whatever order: what counts last is reported, and is how far steps go.
 */
class LearningRateSequencesTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);
  private static final double START = 1e-3;
  private static final double[] RATES = {0, 1e-4, 5e-4, START, 2e-3};
  private static final int CALLS = 14;

  private static MultiLayerConfiguration conf() {
    return Networks.configuration(new Adam8bit(START), DataType.FLOAT);
  }

  private static BaseLayer layer(MultiLayerConfiguration conf, int i) {
    return (BaseLayer) conf.getConf(i).getLayer();
  }

  static Stream<Arguments> networks() {
    return Stream.of(
        network("one block", c -> c),
        network("a block for each layer", c -> OptimManager.of(c).apply()),
        network("4 bits", c -> OptimManager.of(c).optimBits(4).min8bitSize(0).apply()),
        network("biases apart", c -> OptimManager.of(c).smallParameters().optimBits(32).apply()),
        network(
            "a layer with a block of its own",
            c -> {
              layer(c, 1).setIUpdater(new Adam8bit(START).beta1(0.8));
              return c;
            }),
        network(
            "a bias with a block of its own",
            c -> {
              layer(c, 1).setBiasUpdater(new Adam8bit(START).beta1(0.8));
              return c;
            }));
  }

  private static Arguments network(
      String name, Function<MultiLayerConfiguration, MultiLayerConfiguration> change) {
    return Arguments.of(name, change.apply(conf()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("networks")
  void theLastCallCounts(String name, MultiLayerConfiguration conf) {
    for (int seed = 0; seed < 4; seed++) {
      new Run(MultiLayerConfiguration.fromJson(conf.toJson()), new Random(seed)).go();
    }
  }

  /** A network, one like it whose rates stay, and which rate each parameter should have. */
  private static final class Run {
    private final Random random;
    private final MultiLayerNetwork reference;
    private final TreeMap<String, Double> expected = new TreeMap<>();
    private final List<String> calls = new ArrayList<>();
    private MultiLayerNetwork net;

    Run(MultiLayerConfiguration conf, Random random) {
      this.random = random;
      reference = new MultiLayerNetwork(MultiLayerConfiguration.fromJson(conf.toJson()));
      reference.init();
      net = new MultiLayerNetwork(conf);
      net.init();
      net.paramTable().keySet().forEach(p -> expected.put(p, START));
    }

    void go() {
      Networks.train(net, DATA, 1);
      for (int i = 0; i < CALLS; i++) {
        call(random.nextInt(8), random.nextInt(3), RATES[random.nextInt(RATES.length)]);
        check();
      }
    }

    private void call(int kind, int layer, double rate) {
      calls.add(kind + " layer " + layer + " rate " + rate);
      LearningRates rates = LearningRates.of(net);
      String name = "layer" + layer;
      switch (kind) {
        case 0:
          rates.set(rate);
          expect("", rate);
          break;
        case 1:
          rates.set(new FixedSchedule(rate));
          expect("", rate);
          break;
        case 2:
          ifPossible(() -> rates.set(name, new FixedSchedule(rate)), layer + "_", rate);
          break;
        case 3: // DL4J's, which passes over updaters for biases
          net.setLearningRate(rate);
          for (int i = 0; i < 3; i++) {
            boolean apart = layer(net.getLayerWiseConfigurations(), i).getBiasUpdater() != null;
            expect(i + (apart ? "_W" : "_"), rate);
          }
          break;
        case 4:
          net = Networks.restore(Networks.save(net));
          break;
        case 5:
          MultiLayerNetwork original = net;
          net = net.clone();
          LearningRates.of(original).set(0.5); // of no effect on the clone
          break;
        default:
          ifPossible(() -> rates.set(name, rate), layer + "_", rate);
      }
    }

    /** In a shared block not everything is; then nothing is changed. */
    private void ifPossible(Runnable call, String parameters, double rate) {
      try {
        call.run();
        expect(parameters, rate);
      } catch (UnsupportedOperationException e) {
        calls.add("refused: " + e.getMessage());
      }
    }

    private void expect(String parameters, double rate) {
      expected.replaceAll((p, before) -> p.startsWith(parameters) ? rate : before);
    }

    private void check() {
      for (int i = 0; i < 3; i++) {
        assertThat(net.getLearningRate(i)).as("%s", calls).isEqualTo(expected.get(i + "_W"));
      }
      reference.setParams(net.params());
      Networks.state(reference).assign(Networks.state(net));
      reference.setIterationCount(net.getIterationCount());
      INDArray start = net.params().dup();
      Networks.train(reference, DATA, 1);
      Networks.train(net, DATA, 1);
      assertThat(Networks.bytes(Networks.state(net)))
          .isEqualTo(Networks.bytes(Networks.state(reference)));
      MultiLayerNetwork before = reference.clone();
      before.setParams(start);
      for (String p : expected.keySet()) {
        INDArray full = reference.getParam(p).sub(before.getParam(p));
        INDArray found = net.getParam(p).sub(before.getParam(p));
        assertThat(found.sub(full.mul(expected.get(p) / START)).amaxNumber().doubleValue())
            .as("%s at %s after %s", p, expected.get(p), calls)
            .isCloseTo(0, within(2e-7));
      }
    }
  }

  /** DL4J's call sets the rate that the block had when a layer's was set: that layer's is gone. */
  @Test
  void aRateThatWasReplacedDoesNotComeBack() {
    MultiLayerNetwork net = new MultiLayerNetwork(conf());
    net.init();
    LearningRates.of(net).set("layer1", 0);
    net.setLearningRate(2e-3);
    net.setLearningRate(START);
    INDArray weights = net.getParam("1_W").dup();
    Networks.train(net, DATA, 1);
    assertThat(net.getParam("1_W")).isNotEqualTo(weights);
  }

  /** Networks saved by earlier builds have the block's rate itself, and layers that report it. */
  @Test
  void ratesSavedByEarlierBuildsStayInForce() {
    MultiLayerConfiguration conf = conf();
    layer(conf, 1).setRegularization(List.of(new LearningRateScale(0, START)));
    MultiLayerNetwork net = new MultiLayerNetwork(conf);
    net.init();
    INDArray weights = net.getParam("1_W").dup();
    Networks.train(net, DATA, 1);
    assertThat(net.getParam("1_W")).isEqualTo(weights);
    LearningRates.of(net).set("layer0", 5e-4);
    Networks.train(net, DATA, 1);
    assertThat(net.getParam("1_W")).isEqualTo(weights);
    assertThat(net.getLearningRate(1)).isZero();
    LearningRates.of(net).set("layer1", START);
    Networks.train(net, DATA, 1);
    assertThat(net.getParam("1_W")).isNotEqualTo(weights);
  }

  static Stream<IUpdater> updatersWithTheSameRate() {
    return Stream.of(new Adam8bit(START), new AMSGrad8bit(START), new Adam(START));
  }

  @ParameterizedTest
  @MethodSource("updatersWithTheSameRate")
  void aRateDoesNotOutliveTheUpdaterItWasSetFor(IUpdater updater) {
    MultiLayerNetwork net = new MultiLayerNetwork(conf());
    net.init();
    LearningRates.of(net).set("layer1", 0);
    MultiLayerNetwork tuned =
        new TransferLearning.Builder(net)
            .fineTuneConfiguration(new FineTuneConfiguration.Builder().updater(updater).build())
            .build();
    INDArray weights = tuned.getParam("1_W").dup();
    assertThat(tuned.getLearningRate(1)).isEqualTo(START);
    Networks.train(tuned, DATA, 1);
    assertThat(tuned.getParam("1_W")).isNotEqualTo(weights);
    MultiLayerNetwork same = new TransferLearning.Builder(net).build();
    assertThat(same.getLearningRate(1)).isZero();
    Networks.train(same, DATA, 1);
    assertThat(same.getParam("1_W")).isEqualTo(weights);
  }
}
