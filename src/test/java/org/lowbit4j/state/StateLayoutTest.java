package org.lowbit4j.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lowbit4j.AMSGrad8bit;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.api.buffer.DataType;

/** The state of merged variables fits where DL4J puts it, nothing overlaps, and it is small. */
class StateLayoutTest {

  /** DL4J allots the sum over the variables of an updater block; the state is laid out as one. */
  @Test
  void stateOfAllVariablesTogetherFitsTheSumOfTheirSizes() {
    Random random = new Random(10);
    for (int trial = 0; trial < 20_000; trial++) {
      LowBitConfig<?> config = random.nextBoolean() ? new Adam8bit(1e-3) : new AMSGrad8bit(1e-3);
      config
          .optimBits(random.nextBoolean() ? 4 : 8)
          .min8bitSize(random.nextInt(4) == 0 ? 0 : random.nextInt(10_000))
          .blockSize(64 << random.nextInt(7))
          .dataType(WordType.values()[random.nextInt(3)].dataType());
      long[] sizes = new long[1 + random.nextInt(8)];
      Arrays.setAll(sizes, i -> (long) Math.pow(10, 6 * random.nextDouble()));
      long total = Arrays.stream(sizes).sum();
      long allotted = Arrays.stream(sizes).map(config::stateSize).sum();
      assertThat(config.stateSize(total))
          .as("trial %d: %s, variables %s", trial, config, Arrays.toString(sizes))
          .isLessThanOrEqualTo(allotted);
    }
  }

  /** A DOUBLE network works with the default of FLOAT: its words are larger. */
  @Test
  void stateSizedForFloatWordsFitsAnArrayOfDoubles() {
    Random random = new Random(11);
    for (int trial = 0; trial < 2000; trial++) {
      StateLayout floats = randomLayout(random, 100_000, WordType.FLOAT);
      StateLayout doubles =
          new StateLayout(
              floats.moments(),
              floats.bits(),
              floats.blockSize(),
              floats.elements(),
              WordType.DOUBLE);
      assertThat(doubles.words())
          .as("trial %d: %s", trial, floats)
          .isLessThanOrEqualTo(floats.words());
    }
  }

  @Test
  void headerScalesAndValuesDoNotOverlapAndAreAligned() {
    Random random = new Random(12);
    for (int trial = 0; trial < 300; trial++) {
      WordType type = WordType.values()[random.nextInt(3)];
      StateLayout layout = randomLayout(random, 3000, type);
      String what = "trial " + trial + ": " + layout;
      Claims claims = new Claims(layout, what);
      claims.add(0, StateLayout.HEADER_WORDS * type.bytes());
      for (int moment = 0; moment < layout.moments(); moment++) {
        for (long block = 0; block < layout.blocks(); block++) {
          if (layout.isQuantized()) {
            long at = layout.scaleOffset(moment, block);
            assertThat(at % Float.BYTES).as(what).isZero();
            claims.add(at, Float.BYTES);
          }
          long first = layout.valueOffset(moment, block * layout.blockSize());
          assertThat(first % Long.BYTES).as(what).isZero();
        }
        int step = layout.bits() == 4 ? 2 : 1;
        for (long element = 0; element < layout.elements(); element += step) {
          claims.add(layout.valueOffset(moment, element), Math.max(1, layout.bits() / 8));
        }
      }
      assertThat(layout.bytes() - claims.count())
          .as("%s: bytes of padding", what)
          .isBetween(0L, 8L * (layout.moments() + 1) - 1);
      assertThat(layout.words() * type.bytes()).as(what).isGreaterThanOrEqualTo(layout.bytes());
    }
  }

  @Test
  void blocksCoverAllElements() {
    Random random = new Random(13);
    for (int trial = 0; trial < 2000; trial++) {
      StateLayout layout = randomLayout(random, 100_000, WordType.FLOAT);
      long covered = 0;
      for (long block = 0; block < layout.blocks(); block++) {
        assertThat(layout.blockLength(block)).isBetween(1, layout.blockSize());
        covered += layout.blockLength(block);
      }
      assertThat(covered).as("%s", layout).isEqualTo(layout.elements());
    }
  }

  @ParameterizedTest
  @CsvSource({"FLOAT, 4", "DOUBLE, 8", "HALF, 2"})
  void adamInEightBitsTakesAQuarterOfFloat32(DataType type, int wordBytes) {
    long n = 1_000_000;
    for (int blockSize : new int[] {64, 128}) {
      Adam8bit in4 = new Adam8bit(1e-3).optimBits(4).blockSize(blockSize).dataType(type);
      assertThat((double) in4.stateSize(n) * wordBytes / (8 * n)).isBetween(0.125, 0.145);
    }
    long bytes = new Adam8bit(1e-3).dataType(type).stateSize(n) * wordBytes;
    assertThat((double) bytes / (8 * n)).isBetween(0.25, 0.26);
    long bytes32 = new Adam8bit(1e-3).optimBits(32).dataType(type).stateSize(n) * wordBytes;
    assertThat((double) bytes32 / (8 * n)).isBetween(1.0, 1.001);
  }

  @Test
  void layoutsAreEqualIfAllOfThemIs() {
    StateLayout layout = new StateLayout(2, 8, 64, 1000, WordType.FLOAT, 100);
    StateLayout same = new StateLayout(2, 8, 64, 1000, WordType.FLOAT, 100);
    assertThat(layout).isEqualTo(same).hasSameHashCodeAs(same);
    assertThat(layout.norms()).isEqualTo(100);
    List<StateLayout> others =
        List.of(
            new StateLayout(1, 8, 64, 1000, WordType.FLOAT, 100),
            new StateLayout(2, 32, 64, 1000, WordType.FLOAT, 100),
            new StateLayout(2, 8, 128, 1000, WordType.FLOAT, 100),
            new StateLayout(2, 8, 64, 1001, WordType.FLOAT, 100),
            new StateLayout(2, 8, 64, 1000, WordType.DOUBLE, 100),
            new StateLayout(2, 8, 64, 1000, WordType.FLOAT, 0));
    assertThat(others).doesNotContain(layout);
    assertThat(others.stream().map(Object::hashCode))
        .doesNotHaveDuplicates()
        .doesNotContain(layout.hashCode());
    assertThat(layout).isNotEqualTo(null).isNotEqualTo("layout");
    assertThat(layout).hasToString("1000 elements, 2 moments of 8 bits, blocks of 64, FLOAT");
  }

  /** Header, norms, scales, padding, codes or values, each moment padded. */
  @ParameterizedTest
  @CsvSource({
    "FLOAT, 8, 0, 96 + 2*2*4 + 2*72, 64", "DOUBLE, 8, 0, 192 + 2*2*4 + 2*72, 44",
    "HALF, 8, 0, 48 + 2*2*4 + 2*72, 104", "FLOAT, 32, 0, 96 + 2*264, 156",
    "FLOAT, 4, 0, 96 + 2*2*4 + 2*40, 48", "HALF, 4, 100, 48 + 400 + 2*2*4 + 2*40, 272",
    "DOUBLE, 32, 0, 192 + 2*264, 90", "FLOAT, 8, 100, 96 + 400 + 2*2*4 + 2*72, 164"
  })
  void sizes(WordType type, int bits, int norms, String bytes, long words) {
    StateLayout layout = new StateLayout(2, bits, 64, 65, type, norms);
    long sum =
        Arrays.stream(bytes.split("\\+"))
            .mapToLong(
                product ->
                    Arrays.stream(product.trim().split("\\*"))
                        .mapToLong(Long::parseLong)
                        .reduce(1, (a, b) -> a * b))
            .sum();
    assertThat(layout.bytes()).isEqualTo(sum);
    assertThat(layout.words()).isEqualTo(words);
    assertThat(layout.sizes()).isEqualTo(norms + (bits < 32 ? 4 : 0));
    assertThat(layout.normsOffset()).isEqualTo(24L * type.bytes());
  }

  private static StateLayout randomLayout(Random random, int maxElements, WordType type) {
    return new StateLayout(
        1 + random.nextInt(3),
        new int[] {4, 8, 32}[random.nextInt(3)],
        64 << random.nextInt(4),
        1 + random.nextInt(maxElements),
        type);
  }

  /** Which bytes of a state are taken. */
  private static final class Claims {
    private final BitSet taken = new BitSet();
    private final StateLayout layout;
    private final String what;

    Claims(StateLayout layout, String what) {
      this.layout = layout;
      this.what = what;
    }

    void add(long from, int bytes) {
      int at = (int) from;
      if (at < 0 || at + bytes > layout.bytes() || taken.get(at, at + bytes).cardinality() > 0) {
        throw new AssertionError(what + ": bytes from " + from + " are taken or outside");
      }
      taken.set(at, at + bytes);
    }

    long count() {
      return taken.cardinality();
    }
  }
}
