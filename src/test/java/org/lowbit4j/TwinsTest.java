package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.plan.Twins;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaBelief;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** ND4J's updaters and ours that do the same: each hyper-parameter arrives, in both directions. */
class TwinsTest {

  private static final ISchedule RATES = new ExponentialSchedule(ScheduleType.ITERATION, 0.5, 0.75);
  private static final ISchedule MOMENTA = new FixedSchedule(0.625);

  private static final Twins TWINS = OptimManager.TWINS;

  /** No value is a default. */
  private static Stream<Arguments> withConstantRates() {
    return Stream.of(
        Arguments.of(new Adam(0.25, 0.8, 0.99, 1e-5), new Adam8bit(0.25, 0.8, 0.99, 1e-5)),
        Arguments.of(new AMSGrad(0.25, 0.8, 0.99, 1e-5), new AMSGrad8bit(0.25, 0.8, 0.99, 1e-5)),
        Arguments.of(new Nadam(0.25, 0.8, 0.99, 1e-5), new Nadam8bit(0.25, 0.8, 0.99, 1e-5)),
        Arguments.of(new AdaMax(0.25, 0.8, 0.99, 1e-5), new AdaMax8bit(0.25, 0.8, 0.99, 1e-5)),
        Arguments.of(new AdaGrad(0.25, 1e-5), new Adagrad8bit(0.25, 1e-5)),
        Arguments.of(new RmsProp(0.25, 0.8, 1e-5), new RMSprop8bit(0.25, 0.8, 1e-5)),
        Arguments.of(new Nesterovs(0.25, 0.8), new Nesterovs8bit(0.25, 0.8)),
        Arguments.of(new Nesterovs(0.25, MOMENTA), new Nesterovs8bit(0.25, MOMENTA)));
  }

  private static Arguments onSchedule(Arguments pair) {
    IUpdater nd4j = ((IUpdater) pair.get()[0]).clone();
    IUpdater ours = ((IUpdater) pair.get()[1]).clone();
    nd4j.setLrAndSchedule(Double.NaN, RATES);
    ours.setLrAndSchedule(Double.NaN, RATES);
    return Arguments.of(nd4j, ours);
  }

  static Stream<Arguments> pairs() {
    return Stream.of(
            withConstantRates(),
            withConstantRates().map(TwinsTest::onSchedule),
            Stream.of(Arguments.of(new AdaDelta(0.8, 1e-5), new AdaDelta8bit(0.8, 1e-5))))
        .flatMap(s -> s);
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void hyperParametersArriveInBothDirections(IUpdater nd4j, LowBitConfig<?> ours) {
    assertThat(TWINS.here(nd4j)).isEqualTo(ours).isNotSameAs(TWINS.here(nd4j));
    assertThat(TWINS.ofNd4j(ours)).isEqualTo(nd4j).isNotSameAs(TWINS.ofNd4j(ours));
    assertThat(TWINS.here(TWINS.ofNd4j(ours))).isEqualTo(ours);
    assertThat(TWINS.ofNd4j(TWINS.here(nd4j))).isEqualTo(nd4j);
  }

  /** How state is kept is no matter of ND4J's. */
  @ParameterizedTest
  @MethodSource("pairs")
  void optionsOfTheStateStandNotInTheWay(IUpdater nd4j, LowBitConfig<?> ours) {
    assertThat(TWINS.ofNd4j(ours.clone().optimBits(4).blockSize(64).min8bitSize(7)))
        .isEqualTo(nd4j);
  }

  /** A schedule beside a constant is the one that counts, as in ND4J's steps. */
  @Test
  void schedulesWinOverConstants() {
    Nesterovs both =
        Nesterovs.builder()
            .learningRate(0.25)
            .learningRateSchedule(RATES)
            .momentum(0.8)
            .momentumISchedule(MOMENTA)
            .build();
    assertThat(TWINS.here(both)).isEqualTo(new Nesterovs8bit(RATES, MOMENTA));
  }

  /** ND4J's steps do not read it, nor do its copies have it. */
  @Test
  @SuppressWarnings("deprecation")
  void aMapOfMomentaDecidesNothing() {
    Nesterovs withMap =
        Nesterovs.builder().learningRate(0.25).momentumSchedule(Map.of(0, 0.5)).build();
    Nesterovs8bit twin = (Nesterovs8bit) TWINS.here(withMap);
    assertThat(twin).isEqualTo(new Nesterovs8bit(0.25, 0.9));
    assertThat(twin.currentMomentum(0, 0)).isEqualTo(withMap.currentMomentum(0, 0));
  }

  @Test
  void ofASubclassTheTwinIsThatOfItsParent() {
    IUpdater own =
        new Nadam(0.25) {
          private static final long serialVersionUID = 1L;
        };
    assertThat(TWINS.here(own)).isEqualTo(new Nadam8bit(0.25));
  }

  /** Its network could not be made: ND4J's updater of that name throws. */
  @Test
  void adaBeliefComesButDoesNotGoBack() {
    AdaBelief8bit ours = new AdaBelief8bit(0.25, 0.8, 0.99, 1e-5);
    AdaBelief nd4j = new AdaBelief(0.25, 0.8, 0.99, 1e-5);
    assertThat(TWINS.here(nd4j)).isEqualTo(ours);
    nd4j.setLrAndSchedule(Double.NaN, RATES);
    assertThat(TWINS.here(nd4j)).isEqualTo(ours.clone().learningRate(RATES));
    assertThatThrownBy(() -> TWINS.ofNd4j(ours))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("AdaBelief cannot be used", "updater(...)");
  }

  @Test
  void whatNeedsNoTwinIsReturned() {
    for (IUpdater updater : new IUpdater[] {null, new NoOp(), new Sgd(0.25), new Lion8bit()}) {
      assertThat(TWINS.here(updater)).isSameAs(updater);
    }
    for (IUpdater updater : new IUpdater[] {null, new NoOp(), new Sgd(0.25), new Adam(0.25)}) {
      assertThat(TWINS.ofNd4j(updater)).isSameAs(updater);
    }
  }

  @Test
  void whatHasNoTwinHereIsRefused() {
    Twins few = new Twins().add(Adam.class, Adam8bit::new);
    assertThatThrownBy(() -> few.here(new Nadam()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "org.nd4j.linalg.learning.config.Nadam has no twin among lowbit4j's updaters. Choose one: updater(...).");
  }

  static Stream<LowBitConfig<?>> withoutTwinOfNd4j() {
    return Stream.of(
        new Lion8bit(), new AdamW8bit().weightDecay(0), new SGD8bit().momentum(0.9).dampening(0));
  }

  @ParameterizedTest
  @MethodSource
  void withoutTwinOfNd4j(LowBitConfig<?> config) {
    assertThatThrownBy(() -> TWINS.ofNd4j(config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(config + " has no twin among ND4J's updaters. Choose one: updater(...).");
  }

  static Stream<LowBitConfig<?>> withMoreThanNd4jHas() {
    return Stream.of(
        new Adam8bit().weightDecay(1e-6),
        new Nesterovs8bit().percentileClipping(99),
        new RMSprop8bit().centered(true),
        new RMSprop8bit().momentum(0.1));
  }

  @ParameterizedTest
  @MethodSource
  void withMoreThanNd4jHas(LowBitConfig<?> config) {
    assertThatThrownBy(() -> TWINS.ofNd4j(config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            config
                + " has no twin among ND4J's updaters, which have no weight decay, percentile clipping,");
  }
}
