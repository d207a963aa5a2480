package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.Moment;
import org.lowbit4j.state.StateFormatException;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.updater.Internals;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.GradientUpdater;

/** Words that change in a running network, behind a header that does not. */
class DamagedStateTest {

  private static final int N = 5000;
  private static final DataSet DATA = Networks.data(DataType.FLOAT);

  private static StateLayout layout(LowBitConfig<?> config, DataType type) {
    return Internals.layout(config, N, WordType.of(type, "state"));
  }

  private static GradientUpdater<?> stepped(LowBitConfig<?> config, DataType type) {
    GradientUpdater<?> updater = Updaters.create(config, N, type);
    Updaters.step(updater, Updaters.normal(new Random(1), N, 1), 0, type);
    Updaters.step(updater, Updaters.normal(new Random(2), N, 1), 1, type);
    return updater;
  }

  private static void put(INDArray state, long offset, float value) {
    new RawMemory(state, state.length() * state.dataType().width()).at(offset).putFloat(value);
  }

  private static void put(INDArray state, long offset, byte value) {
    new RawMemory(state, state.length() * state.dataType().width()).at(offset).put(value);
  }

  private static void assertRefusedBefore(GradientUpdater<?> updater, String what) {
    byte[] before = Networks.bytes(Updaters.state(updater));
    assertThatThrownBy(() -> Updaters.step(updater, new float[N], 2))
        .isInstanceOf(StateFormatException.class)
        .hasMessageContaining(what)
        .hasMessageContaining("Nothing was changed");
    assertThat(Networks.bytes(Updaters.state(updater))).isEqualTo(before);
  }

  @ParameterizedTest
  @EnumSource
  void aScaleThatIsNoMagnitudeStopsTheStep(Optimizers o) {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, -1}) {
      GradientUpdater<?> updater = stepped(o.config(), DataType.FLOAT);
      StateLayout layout = layout(o.config(), DataType.FLOAT);
      int moment = layout.moments() - 1;
      put(Updaters.state(updater), layout.scaleOffset(moment, layout.blocks() - 2), bad);
      assertRefusedBefore(updater, "the scale of block 18 of moment " + moment + " is " + bad);
    }
  }

  @Test
  void aNormOfClippingThatIsNoMagnitudeStopsTheStep() {
    for (int bits : new int[] {8, 32}) {
      for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, -1}) {
        LowBitConfig<?> config = new Adam8bit().optimBits(bits).percentileClipping(5);
        GradientUpdater<?> updater = stepped(config, DataType.FLOAT);
        long at = layout(config, DataType.FLOAT).normsOffset() + 4 * 17;
        put(Updaters.state(updater), at, bad);
        assertRefusedBefore(updater, "gradient norm 17 is " + bad);
      }
    }
  }

  static Stream<LowBitConfig<?>> configs() {
    return Stream.of(Optimizers.values())
        .flatMap(
            o ->
                Stream.of(
                    o.config(),
                    o.config().quantMap(QuantMap.DYNAMIC),
                    o.config().dataType(DataType.FLOAT16),
                    o.config().dataType(DataType.DOUBLE),
                    o.config().optimBits(4),
                    o.config().optimBits(4).dataType(DataType.FLOAT16)));
  }

  /** In whole blocks, which vectors do, and in the last one. */
  @ParameterizedTest
  @MethodSource("configs")
  void aCodeWithoutAValueStopsTheStep(LowBitConfig<?> config) {
    DataType type = config.getDataType();
    StateLayout layout = layout(config, type);
    for (int k = 0; k < layout.moments(); k++) {
      for (int element : new int[] {300, N - 2}) {
        GradientUpdater<?> updater = stepped(config, type);
        byte[] blockBefore = block(updater, layout, element);
        byte code = (byte) (element == 300 ? 0x7F : 0xFF);
        put(Updaters.state(updater), layout.valueOffset(k, element), code);
        byte[] damaged = block(updater, layout, element);
        assertThat(damaged).hasSameSizeAs(blockBefore);
        float[] gradient = Updaters.normal(new Random(3), N, 1);
        assertThatThrownBy(() -> Updaters.step(updater, gradient, 2, type))
            .isInstanceOf(StateFormatException.class)
            .hasMessageContaining("1 quantization blocks")
            .hasMessageContaining("parameters are unchanged");
        assertThat(block(updater, layout, element)).isEqualTo(damaged);
        // Nobody trains on.
        assertThatThrownBy(() -> Updaters.step(updater, gradient, 2, type))
            .isInstanceOf(StateFormatException.class)
            .hasMessageContaining("checksum");
      }
    }
  }

  /** The codes of an element's block, of all moments. */
  private static byte[] block(GradientUpdater<?> updater, StateLayout layout, int element) {
    byte[] all = Networks.bytes(Updaters.state(updater));
    int size = layout.blockSize();
    long first = element / size * size;
    long end = first + layout.blockLength(element / size);
    int n = (int) (layout.valueOffset(0, end) - layout.valueOffset(0, first));
    byte[] codes = new byte[layout.moments() * n];
    for (int k = 0; k < layout.moments(); k++) {
      int from = (int) layout.valueOffset(k, first);
      System.arraycopy(all, from, codes, k * n, n);
    }
    return codes;
  }

  @ParameterizedTest
  @EnumSource
  void aValueOf32BitsThatNoStepWritesStopsTheStep(Optimizers o) {
    LowBitConfig<?> config = o.config().optimBits(32);
    StateLayout layout = layout(config, DataType.FLOAT);
    for (int k = 0; k < layout.moments(); k++) {
      Moment moment = Internals.rule(config).moments().get(k);
      float[] bad = {Float.NaN, Float.NEGATIVE_INFINITY, moment.kind().isSigned() ? Float.NaN : -1};
      for (float value : bad) {
        GradientUpdater<?> updater = stepped(config, DataType.FLOAT);
        put(Updaters.state(updater), layout.valueOffset(k, value < 0 ? 300 : N - 1), value);
        assertThatThrownBy(() -> Updaters.step(updater, new float[N], 2))
            .as("%s in %s", value, moment.name())
            .isInstanceOf(StateFormatException.class)
            .hasMessageContaining("1 quantization blocks");
      }
    }
  }

  /** Reserved bytes are those without a value: kernels look for bytes, or for what has no value. */
  @Test
  void bytesThatAreReservedAreThoseWithoutAValue() {
    for (QuantMap map : QuantMap.values()) {
      for (WordType words : WordType.values()) {
        for (Moment.Kind kind : Moment.Kind.values()) {
          float[] values = map.codebook(kind, words == WordType.HALF).values();
          for (int code = 0; code < 256; code++) {
            assertThat(words.hasReserved(new byte[] {(byte) code}, 1))
                .as("%s %s %s %d", map, words, kind, code)
                .isEqualTo(Float.isNaN(values[code]));
          }
        }
      }
    }
  }

  /** Each place of a byte, of a vector and of the last, odd block. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE", "HALF"})
  void noReservedCodeOf4BitsIsTrainedOn(WordType words) {
    int n = 297;
    LowBitConfig<?> config = new Adam8bit().optimBits(4).min8bitSize(0).dataType(words.dataType());
    StateLayout layout = Internals.layout(config, n, words);
    GradientUpdater<?> updater = Updaters.create(config, n, words.dataType());
    float[] gradient = Updaters.normal(new Random(1), n, 1);
    Updaters.step(updater, gradient, 0, words.dataType());
    INDArray state = Updaters.state(updater);
    byte[] good = Networks.bytes(state);
    RawMemory memory = new RawMemory(state, good.length);
    for (int k = 0; k < layout.moments(); k++) {
      for (int i = 0; i < n; i++) {
        GradientUpdater<?> trusting = config.instantiate(state, false);
        memory.at(0).put(good);
        Updaters.step(trusting, gradient, 1, words.dataType());
        int at = (int) layout.valueOffset(k, i / 2 * 2);
        byte pair = memory.at(at).get();
        int reserved = words == WordType.HALF && i % 4 < 2 ? 7 : 0xF;
        memory
            .at(at)
            .put((byte) (i % 2 == 0 ? pair & 0xF0 | reserved : pair & 0x0F | reserved << 4));
        assertThatThrownBy(() -> Updaters.step(trusting, gradient, 2, words.dataType()))
            .as("moment %d, element %d", k, i)
            .isInstanceOf(StateFormatException.class)
            .hasMessageContaining("codes or values that no step writes");
      }
    }
  }

  @Test
  void codesOf4BitsThatAreReservedAreThoseWithoutAValue() {
    for (Optimizers o : Optimizers.values()) {
      for (WordType words : WordType.values()) {
        boolean half = words == WordType.HALF;
        for (Codebook book :
            QuantMap.POWER.codebooks(Internals.rule(o.config()).moments(), half, 4)) {
          for (int code = 0; code < 256; code++) {
            assertThat(words.hasReserved4(new byte[] {(byte) code}, 1))
                .as("%s %s %d", o, words, code)
                .isEqualTo(Float.isNaN(book.values()[code]));
          }
        }
      }
    }
  }

  /** Parameters were NaN after that. */
  @Test
  void aNetworkDoesNotTrainOnANaN() {
    MultiLayerNetwork net = Networks.network(new Adam8bit(1e-3), DataType.FLOAT);
    Networks.train(net, DATA, 2);
    put(Networks.state(net), 24 * 4, Float.NaN);
    INDArray parameters = net.params().dup();
    assertThatThrownBy(() -> Networks.train(net, DATA, 1))
        .isInstanceOf(StateFormatException.class)
        .hasMessageContaining("scale");
    assertThat(net.params()).isEqualTo(parameters);
    assertThat(net.getIterationCount()).isEqualTo(2);
  }
}
