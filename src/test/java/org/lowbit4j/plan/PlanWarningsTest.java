package org.lowbit4j.plan;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.AdamW8bit;
import org.lowbit4j.LAMB8bit;
import org.lowbit4j.OptimManager;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;

/** What is allowed and may yet be a mistake is logged when the plan is applied. */
class PlanWarningsTest {

  private static final String AT_WORK = "The configuration is that of a network that has done ";

  private static MultiLayerConfiguration conf(
      IUpdater first, IUpdater second, Consumer<DenseLayer.Builder> change) {
    DenseLayer.Builder in = new DenseLayer.Builder();
    in.name("in").nIn(3).nOut(4).updater(first);
    change.accept(in);
    return new NeuralNetConfiguration.Builder()
        .list()
        .layer(in.build())
        .layer(
            new OutputLayer.Builder()
                .name("out")
                .nIn(4)
                .nOut(3)
                .updater(second)
                .activation(Activation.SOFTMAX)
                .build())
        .build();
  }

  /** The warnings while a plan is applied, without the names of thread and logger. */
  private static List<String> warnings(MultiLayerConfiguration conf) {
    PrintStream before = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, UTF_8));
    try {
      OptimManager.of(conf).apply();
    } finally {
      System.setErr(before);
    }
    return log.toString(UTF_8)
        .lines()
        .map(line -> line.replaceFirst(".*UpdaterPlan - ", ""))
        .collect(Collectors.toList());
  }

  static Stream<Arguments> decays() {
    AdamW8bit decaying = new AdamW8bit(1e-3).weightDecay(0.25);
    return Stream.of(
        decay("L2", decaying, b -> b.l2(0.5), "L2Regularization("),
        decay("decoupled", decaying, b -> b.weightDecay(0.5), "WeightDecay("),
        decay("L2 and L1", decaying, b -> b.l1(0.5).l2(0.5), "L2Regularization("),
        decay("L1 only", decaying, b -> b.l1(0.5), null),
        decay("ours only", decaying, b -> {}, null),
        decay("DL4J's only", new LAMB8bit(1e-3).weightDecay(0), b -> b.l2(0.5), null));
  }

  private static Arguments decay(
      String name, IUpdater updater, Consumer<DenseLayer.Builder> theirs, String warned) {
    return Arguments.of(name, updater, theirs, warned);
  }

  /** Both apply, which may be what the user wants. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("decays")
  void decayByDl4jAndByTheUpdaterIsWarnedOf(
      String name, IUpdater updater, Consumer<DenseLayer.Builder> theirs, String warned) {
    List<String> found = warnings(conf(updater, updater, theirs));
    if (warned == null) {
      assertThat(found).isEmpty();
    } else {
      assertThat(found).hasSize(1);
      assertThat(found.get(0))
          .startsWith("Layer in has weight decay by DL4J ([")
          .contains(warned)
          .endsWith(") and by AdamW8bit (0.25): both apply.");
    }
  }

  static Stream<Arguments> networksWithStateOfNd4j() {
    return Stream.of(
        Arguments.of(new Adam(1e-3), new Sgd(0.1)),
        Arguments.of(new Sgd(0.1), new Adam(1e-3)),
        Arguments.of(new RmsProp(1e-3), new RmsProp(1e-3)));
  }

  /** Whether it is at work cannot be told; its updaters would go on as they are. */
  @ParameterizedTest
  @MethodSource("networksWithStateOfNd4j")
  void aConfigurationWhoseNetworkHasTrainedIsWarnedOf(IUpdater first, IUpdater second) {
    MultiLayerConfiguration conf = conf(first, second, b -> {});
    assertThat(warnings(conf)).isEmpty();
    conf.setIterationCount(1);
    assertThat(warnings(conf)).hasSize(1);
    assertThat(warnings(conf).get(0))
        .startsWith(AT_WORK + "1 steps.")
        .endsWith("begin with the network, OptimManager.of(net).");
  }

  @Test
  void updatersWithoutStateAreNoReasonToWarn() {
    MultiLayerConfiguration conf = conf(new Sgd(0.1), new Sgd(0.1), b -> {});
    conf.setIterationCount(3);
    assertThat(warnings(conf)).isEmpty();
  }
}
