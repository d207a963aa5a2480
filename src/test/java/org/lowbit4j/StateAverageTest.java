package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.rule.Moment;
import org.lowbit4j.state.StateFormatException;
import org.lowbit4j.updater.BlockAverage;
import org.lowbit4j.updater.Internals;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;

/** What is averaged are moments, whatever they are kept as. */
@SuppressWarnings("deprecation")
class StateAverageTest {

  private static final int PARAMETERS = 5000;

  @ParameterizedTest
  @EnumSource(Optimizers.class)
  void ofMomentsIsTheirMean(Optimizers optimizer) {
    for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE, DataType.HALF)) {
      for (QuantMap map : QuantMap.values()) {
        check(optimizer.config().dataType(type).quantMap(map), 0.02);
      }
      check(optimizer.config().dataType(type).optimBits(4), 0.25);
      check(optimizer.config().dataType(type).optimBits(32), type == DataType.HALF ? 1e-3 : 1e-6);
    }
  }

  private static void check(LowBitConfig<?> config, double error) {
    List<LowBitUpdater<?>> replicas = new ArrayList<>();
    StateAverage average = StateAverage.of(config, PARAMETERS);
    for (int i = 0; i < 3; i++) {
      LowBitUpdater<?> replica = trained(config, 4, i);
      replicas.add(replica);
      average.add(state(replica));
    }
    LowBitUpdater<?> mean = updater(config);
    average.into(state(mean), 7);
    for (Moment moment : Internals.rule(config).moments()) {
      INDArray expected = Nd4j.zeros(DataType.FLOAT, PARAMETERS);
      replicas.forEach(r -> expected.addi(r.moment(moment.name())));
      expected.divi(3);
      double lost = mean.moment(moment.name()).sub(expected).norm2Number().doubleValue();
      assertThat(lost / expected.norm2Number().doubleValue())
          .as("%s of %s", moment.name(), config)
          .isLessThan(error);
    }
    // It is state to go on from.
    mean.applyUpdater(gradient(config, 9), 4, 0);
  }

  @ParameterizedTest
  @EnumSource(Optimizers.class)
  void ofEqualStatesIsEachOfThem(Optimizers optimizer) {
    for (LowBitConfig<?> config :
        List.of(
            optimizer.config(),
            optimizer.config().quantMap(QuantMap.DYNAMIC),
            optimizer.config().optimBits(4))) {
      INDArray state = state(trained(config, 4, 1));
      byte[] before = Networks.bytes(state);
      for (int i = 0; i < 100; i++) {
        StateAverage average = StateAverage.of(config, PARAMETERS);
        average.add(state).add(state.dup()).add(state.dup());
        average.into(state, i);
      }
      assertThat(Networks.bytes(state)).isEqualTo(before);
    }
  }

  /** As ParallelWrapper's replicas have it: moments are read that others are divided by. */
  @ParameterizedTest
  @EnumSource(Optimizers.class)
  void intoOneOfTheStatesIsTheSame(Optimizers optimizer) {
    for (int bits : new int[] {4, 8, 32}) {
      LowBitConfig<?> config = optimizer.config().optimBits(bits);
      INDArray one = state(trained(config, 4, 1));
      INDArray other = state(trained(config, 4, 2));
      INDArray elsewhere = one.dup();
      StateAverage average = StateAverage.of(config, PARAMETERS).add(one).add(other);
      average.into(elsewhere, 3);
      average.into(one, 3);
      assertThat(Networks.bytes(one)).as("%s", config).isEqualTo(Networks.bytes(elsewhere));
    }
  }

  /** What one averaging rounds off another must give back. */
  @ParameterizedTest
  @CsvSource({"POWER, 8", "DYNAMIC, 8", "POWER, 4"})
  void againAndAgainDoesNotDrift(QuantMap map, int bits) {
    Adam8bit config = new Adam8bit().quantMap(map).optimBits(bits);
    INDArray a = state(trained(config, 4, 1));
    INDArray b = state(trained(config, 4, 2));
    double m = norm(config, a, b, "m");
    double v = norm(config, a, b, "v");
    double drift = bits == 4 ? 0.05 : 0.02;
    for (int i = 0; i < 1000; i++) {
      // They stay apart by rounding.
      INDArray next = b.dup();
      StateAverage average = StateAverage.of(config, PARAMETERS).add(a).add(b);
      average.into(next, 2 * i);
      average.into(b, 2 * i + 1);
      a = next;
    }
    assertThat(norm(config, a, b, "m") / m).isCloseTo(1, within(drift));
    assertThat(norm(config, a, b, "v") / v).isCloseTo(1, within(drift));
  }

  private static double norm(LowBitConfig<?> config, INDArray a, INDArray b, String moment) {
    INDArray sum = reader(config, a).moment(moment).add(reader(config, b).moment(moment));
    return sum.norm2Number().doubleValue();
  }

  @Test
  void freshStatesCountAsZeros() {
    Adam8bit config = new Adam8bit();
    LowBitUpdater<?> trained = trained(config, 3, 1);
    INDArray fresh = state(updater(config));
    LowBitUpdater<?> mean = updater(config);
    StateAverage.of(config, PARAMETERS).add(fresh).add(state(trained)).into(state(mean), 0);
    double half = mean.moment("m").norm2Number().doubleValue();
    assertThat(half / trained.moment("m").norm2Number().doubleValue()).isCloseTo(0.5, within(0.01));
    StateAverage.of(config, PARAMETERS).add(fresh).add(fresh.dup()).into(state(mean), 0);
    assertThat(Networks.bytes(state(mean))).containsOnly(0);
  }

  @Test
  void ofANetworkWithUpdatersOfNd4jGoesOn() {
    List<MultiLayerNetwork> replicas = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      MultiLayerNetwork net = mixed();
      Networks.train(net, Networks.data(DataType.FLOAT), 3 + i);
      replicas.add(net);
    }
    MultiLayerNetwork net = mixed();
    StateAverage average = StateAverage.of(net);
    replicas.forEach(replica -> average.add(Networks.state(replica)));
    average.into(Networks.state(net), 1);
    net.setParams(replicas.get(0).params());
    Networks.train(net, Networks.data(DataType.FLOAT), 2);
    assertThat(net.score()).isLessThan(2);
  }

  /** Second moments are smaller than what ND4J takes for equal. */
  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT", "DOUBLE", "HALF"})
  void numbersOfNd4jsUpdatersAreAveragedHoweverSmallOrLarge(DataType type) {
    INDArray a = Nd4j.valueArrayOf(new long[] {1, 2 * PARAMETERS}, 1e-6, type);
    INDArray mean = a.like();
    StateAverage.of(new Adam(), PARAMETERS).add(a).add(a.mul(3)).into(mean, 0);
    assertThat(mean.getDouble(7)).isCloseTo(2e-6, within(1e-7));
    INDArray large = a.like().addi(40_000);
    StateAverage.of(new Adam(), PARAMETERS).add(large).add(large).into(mean, 0);
    assertThat(Networks.bytes(mean)).isEqualTo(Networks.bytes(large));
  }

  @Test
  void numbersOfUnlikeTypesAreRefused() {
    INDArray a = Nd4j.zeros(DataType.FLOAT, 1, 2 * PARAMETERS);
    INDArray b = Nd4j.zeros(DataType.DOUBLE, 1, 2 * PARAMETERS);
    assertThatThrownBy(() -> StateAverage.of(new Adam(), PARAMETERS).add(a).add(b).into(a, 0))
        .hasMessageContaining("State 2 of updater block Adam has DOUBLE");
    assertThatThrownBy(() -> StateAverage.of(new Adam(), PARAMETERS).add(a).into(b, 0))
        .hasMessageContaining("of type DOUBLE");
  }

  /** Those of Sgd, of NoOp and of frozen layers. */
  @Test
  void blocksWithoutStateAreLeftOut() {
    MultiLayerNetwork net = Networks.network(new Adam8bit(1e-3), DataType.FLOAT);
    for (int layer : new int[] {0, 2}) {
      OptimManager.of(net).layer(layer).updater(new Sgd(0.1)).apply();
    }
    Networks.train(net, Networks.data(DataType.FLOAT), 2);
    INDArray state = Networks.state(net);
    INDArray mean = state.like();
    StateAverage.of(net).add(state).add(state.dup()).into(mean, 0);
    assertThat(Networks.bytes(mean)).isEqualTo(Networks.bytes(state));

    MultiLayerNetwork none = Networks.network(new Sgd(0.1), DataType.FLOAT);
    INDArray nothing = none.getUpdater().getStateViewArray();
    StateAverage.of(none).add(nothing).add(nothing).into(nothing, 0);
    assertThatThrownBy(() -> StateAverage.of(net).add(nothing)).hasMessageContaining("state 1");
  }

  private static MultiLayerNetwork mixed() {
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            OptimManager.of(Networks.configuration(new Adam8bit(1e-3), DataType.FLOAT))
                .layer("layer1")
                .updater(new Adam(1e-3))
                .apply());
    net.init();
    return net;
  }

  @Test
  void isSerializedWithItsStates() throws IOException, ClassNotFoundException {
    Adam8bit config = new Adam8bit().percentileClipping(5);
    INDArray a = state(trained(config, 3, 1));
    INDArray b = state(trained(config, 5, 2));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(StateAverage.of(config, PARAMETERS).add(b));
    }
    StateAverage other;
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      other = (StateAverage) in.readObject();
    }
    INDArray expected = state(updater(config));
    INDArray mean = state(updater(config));
    StateAverage.of(config, PARAMETERS).add(a).add(b).into(expected, 3);
    StateAverage.of(config, PARAMETERS).add(a).add(other).into(mean, 3);
    assertThat(Networks.bytes(mean)).isEqualTo(Networks.bytes(expected));
  }

  @Test
  void refusesWhatIsNoState() {
    Adam8bit config = new Adam8bit();
    INDArray good = state(trained(config, 2, 1));
    INDArray view = state(trained(config, 3, 3));
    byte[] before = Networks.bytes(view);
    INDArray averagedByWords = good.dup().addi(view).divi(2);
    INDArray foreign = state(trained(new Nadam8bit(), 2, 1));
    for (INDArray bad : List.of(averagedByWords, foreign)) {
      StateAverage average = StateAverage.of(config, PARAMETERS).add(good).add(bad);
      assertThatThrownBy(() -> average.into(view, 0)).isInstanceOf(StateFormatException.class);
    }
    assertThat(Networks.bytes(view)).isEqualTo(before);
    assertThatThrownBy(() -> StateAverage.of(config, PARAMETERS).add(Nd4j.zeros(10)))
        .hasMessageContaining("state 1")
        .hasMessageContaining("10");
    assertThatThrownBy(() -> StateAverage.of(config, PARAMETERS).into(view, 0))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(
            () ->
                StateAverage.of(config, PARAMETERS)
                    .add(StateAverage.of(new Nadam8bit(), PARAMETERS)))
        .hasMessageContaining("Nadam8bit")
        .hasMessageContaining("Adam8bit");
  }

  private static LowBitUpdater<?> trained(LowBitConfig<?> config, int steps, int seed) {
    LowBitUpdater<?> updater = updater(config);
    for (int i = 0; i < steps; i++) {
      updater.applyUpdater(gradient(config, 100 * seed + i), i, 0);
    }
    return updater;
  }

  private static INDArray gradient(LowBitConfig<?> config, int seed) {
    Nd4j.getRandom().setSeed(seed);
    return Nd4j.randn(DataType.FLOAT, PARAMETERS).muli(0.01).castTo(config.getDataType());
  }

  private static LowBitUpdater<?> updater(LowBitConfig<?> config) {
    INDArray state = Nd4j.zeros(config.getDataType(), 1, config.stateSize(PARAMETERS));
    return (LowBitUpdater<?>) config.instantiate(state, true);
  }

  private static LowBitUpdater<?> reader(LowBitConfig<?> config, INDArray state) {
    return (LowBitUpdater<?>) config.instantiate(state.dup(), false);
  }

  private static INDArray state(LowBitUpdater<?> updater) {
    return updater.getState().get(LowBitUpdater.STATE);
  }

  /** With room for 32 bits fresh state would have them, and state of earlier builds has 8. */
  @Test
  void freshStateBesideStateOfOtherBits() {
    Adam8bit config = new Adam8bit();
    INDArray trained = state(trained(config, 1, 1));
    INDArray written =
        Nd4j.zeros(DataType.FLOAT, config.clone().optimBits(32).stateSize(PARAMETERS));
    written.get(NDArrayIndex.interval(0, trained.length())).assign(trained);
    INDArray mean = Nd4j.zeros(DataType.FLOAT, trained.length());
    StateAverage.of(config, PARAMETERS).add(trained).add(trained.like()).into(mean, 0);
    for (List<INDArray> states :
        List.of(List.of(written, written.like()), List.of(written.like(), written))) {
      INDArray wide = written.like();
      BlockAverage.of(config, PARAMETERS, states).into(wide, 0);
      assertThat(wide.get(NDArrayIndex.interval(0, trained.length()))).isEqualTo(mean);
    }
  }
}
