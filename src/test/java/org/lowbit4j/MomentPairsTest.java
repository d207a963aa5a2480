package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.updater.Internals;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Every updater made every other: which moments come along, and by which formula. */
class MomentPairsTest {

  private static final int STEPS = 4;
  private static final double RATE = 0.01;
  private static final Optimizers[] ALL = Optimizers.values();

  /**
   * What each updater's moments are: M mean, S mean of squares, C variance, A its mean, B sum of
   * updates, V velocity, numbers what nobody else has.
   */
  private static final Map<Optimizers, String> QUANTITIES =
      Map.ofEntries(
          Map.entry(Optimizers.ADAM, "MS"),
          Map.entry(Optimizers.AMSGRAD, "MS1"),
          Map.entry(Optimizers.NADAM, "MS"),
          Map.entry(Optimizers.ADABELIEF, "M2"),
          Map.entry(Optimizers.ADAMAX, "M3"),
          Map.entry(Optimizers.ADAGRAD, "4"),
          Map.entry(Optimizers.RMSPROP, "S"),
          Map.entry(Optimizers.NESTEROVS, "V"),
          Map.entry(Optimizers.ADADELTA, "S5"),
          Map.entry(Optimizers.ADAMW, "MS"),
          Map.entry(Optimizers.LAMB, "MS"),
          Map.entry(Optimizers.ADEMAMIX, "M6S"),
          Map.entry(Optimizers.LION, "M"),
          Map.entry(Optimizers.SGD, "V"),
          Map.entry(Optimizers.SGD_NESTEROV, "V"),
          Map.entry(Optimizers.LARS, "V"),
          Map.entry(Optimizers.RMSPROP_MOMENTUM, "SB"),
          Map.entry(Optimizers.RMSPROP_CENTERED, "CA"),
          Map.entry(Optimizers.RMSPROP_CENTERED_MOMENTUM, "CAB"));

  private static LowBitConfig<?> config(Optimizers o) {
    LowBitConfig<?> config = o.config().optimBits(32);
    if (config.hasLearningRate()) {
      config.setLrAndSchedule(RATE, null);
    }
    return config;
  }

  /** A layer for each updater to come. */
  private static MultiLayerNetwork network(LowBitConfig<?> config) {
    NeuralNetConfiguration.ListBuilder conf =
        new NeuralNetConfiguration.Builder().seed(3).updater(config).list();
    for (int i = 1; i < ALL.length; i++) {
      conf.layer(new DenseLayer.Builder().nIn(5).nOut(5).activation(Activation.TANH).build());
    }
    conf.layer(new OutputLayer.Builder().nIn(5).nOut(5).activation(Activation.SOFTMAX).build());
    MultiLayerNetwork net = new MultiLayerNetwork(OptimManager.of(conf.build()).apply());
    net.init();
    return net;
  }

  private static LowBitUpdater<?> updater(MultiLayerNetwork net, int layer) {
    List<UpdaterBlock> blocks = ((BaseMultiLayerUpdater<?>) net.getUpdater()).getUpdaterBlocks();
    return (LowBitUpdater<?>) blocks.get(layer).getGradientUpdater();
  }

  private static List<double[]> moments(LowBitUpdater<?> updater) {
    List<double[]> moments = new ArrayList<>();
    Internals.rule(updater.getConfig())
        .moments()
        .forEach(m -> moments.add(Updaters.toDoubles(updater.moment(m.name()).toFloatVector())));
    return moments;
  }

  @ParameterizedTest
  @EnumSource
  void momentsThatBothHaveComeAlong(Optimizers from) {
    MultiLayerNetwork net = network(config(from));
    DataSet data = new DataSet(Nd4j.randn(8, 5), Nd4j.ones(8, 5).divi(5));
    for (int step = 0; step < STEPS; step++) {
      net.fit(data);
    }
    List<List<double[]>> before = new ArrayList<>();
    OptimManager<MultiLayerNetwork> manager = OptimManager.of(net);
    for (int layer = 0; layer < ALL.length; layer++) {
      before.add(moments(updater(net, layer)));
      manager.layer(layer).updater(config(ALL[layer]));
    }
    manager.apply();
    for (int layer = 0; layer < ALL.length; layer++) {
      check(from, ALL[layer], before.get(layer), updater(net, layer));
    }
  }

  private static void check(
      Optimizers from, Optimizers to, List<double[]> before, LowBitUpdater<?> updater) {
    Map<Character, double[]> known = known(from, to, before);
    String wanted = QUANTITIES.get(to);
    String divisors = wanted.replaceAll("[MABV16]", "");
    if (wanted.chars().noneMatch(q -> known.containsKey((char) q))
        || !divisors.isEmpty() && divisors.chars().noneMatch(q -> known.containsKey((char) q))) {
      assertThat(updater.bits()).as("%s to %s is fresh", from, to).isZero();
      return;
    }
    List<double[]> after = moments(updater);
    for (int k = 0; k < wanted.length(); k++) {
      double[] expected = known.getOrDefault(wanted.charAt(k), new double[30]);
      for (int i = 0; i < expected.length; i++) {
        assertThat(after.get(k)[i])
            .as("%s to %s, moment %d", from, to, k)
            .isEqualTo(expected[i], within(2e-7 * Math.abs(expected[i])));
      }
    }
  }

  /** What the source's moments are in the target's units, in float64. */
  private static Map<Character, double[]> known(
      Optimizers from, Optimizers to, List<double[]> before) {
    Map<Character, double[]> known = new HashMap<>();
    String quantities = QUANTITIES.get(from);
    for (int k = 0; k < quantities.length(); k++) {
      known.put(quantities.charAt(k), before.get(k));
    }
    double[] velocity = known.get('V');
    if (velocity != null && (from == Optimizers.NESTEROVS) != (to == Optimizers.NESTEROVS)) {
      double factor = to == Optimizers.NESTEROVS ? -RATE : -1 / RATE;
      known.put('V', Arrays.stream(velocity).map(x -> factor * x).toArray());
    }
    double[] variance = known.get('C');
    if (variance != null) {
      double[] square = new double[variance.length];
      double[] mean = known.get('A');
      Arrays.setAll(square, i -> variance[i] + mean[i] * mean[i]);
      known.put('S', square);
    } else if (known.containsKey('S')) {
      known.put('C', known.get('S')); // about a mean of 0
    }
    return known;
  }
}
