package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.kernel.Kernel;
import org.lowbit4j.kernel.KernelVariants;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.Moment;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateChecksum;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateMemory;
import org.lowbit4j.updater.Internals;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The native kernel gives the Java kernel's bits: updates, state, checksum, skipped elements. */
class NativeKernelTest {

  private static final long SIZES_OF_ALL[] = {1, 63, 64, 65, 255, 256, 257, 1111, 4095, 4096, 4097};
  private static final long SIZES_OF_4_BITS[] = {1, 2, 127, 128, 1111};
  private static final int BLOCK_SIZES[] = {64, 128, 256, 512, 1024, 2048, 4096};
  private static final int STEPS = 4;

  @BeforeAll
  static void requireLibrary() {
    assumeTrue(KernelVariants.isNative(), "no native library");
  }

  @ParameterizedTest
  @EnumSource
  void everyRuleIsNative(Optimizers optimizer) {
    assertThat(KernelVariants.supports(Internals.rule(optimizer.config()))).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void everySize(Optimizers optimizer) {
    for (long n : SIZES_OF_ALL) {
      for (WordType words : WordType.values()) {
        compare(new Setup(optimizer, n, words));
      }
    }
    for (long n : SIZES_OF_4_BITS) {
      for (WordType words : WordType.values()) {
        compare(new Setup(optimizer, n, words).with4Bits());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyBlockSize(Optimizers optimizer) {
    for (int blockSize : BLOCK_SIZES) {
      Setup setup = new Setup(optimizer, 10_003, WordType.FLOAT);
      setup.blockSize = blockSize;
      compare(setup);
      setup.bits = 4;
      compare(setup);
    }
  }

  @ParameterizedTest
  @EnumSource
  void dynamicCodes(Optimizers optimizer) {
    for (WordType words : WordType.values()) {
      for (int blockSize : new int[] {64, 256, 4096}) {
        Setup setup = new Setup(optimizer, 10_003, words);
        setup.map = QuantMap.DYNAMIC;
        setup.blockSize = blockSize;
        compare(setup);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void stateOf32Bits(Optimizers optimizer) {
    for (WordType words : WordType.values()) {
      Setup setup = new Setup(optimizer, 5_003, words);
      setup.bits = 32;
      compare(setup);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anyNumberOfThreads(Optimizers optimizer) {
    for (int threads = 2; threads <= 3; threads++) {
      Setup setup = new Setup(optimizer, 100_003, WordType.FLOAT);
      setup.threads = threads;
      compare(setup);
      compare(setup.with4Bits());
    }
  }

  /** Codes and scales that no step writes, in blocks that vectors would do, and in the last one. */
  @ParameterizedTest
  @EnumSource
  void damagedBlocks(Optimizers optimizer) {
    compareAll(optimizer, 5_003, setup -> setup.damages = true);
  }

  @ParameterizedTest
  @EnumSource
  void moreThreadsThanBlocks(Optimizers optimizer) {
    Setup setup = new Setup(optimizer, 300, WordType.FLOAT);
    setup.threads = 3;
    compare(setup);
    compare(setup.with4Bits());
  }

  /** Moments, and squares of them, that would leave float32's range without a factor. */
  @ParameterizedTest
  @EnumSource
  void scalesOfAnyMagnitude(Optimizers optimizer) {
    compareAll(optimizer, 20_000, setup -> setup.anyScales = true);
  }

  @ParameterizedTest
  @EnumSource
  void misalignedViews(Optimizers optimizer) {
    compareAll(optimizer, 1_111, setup -> setup.shift = 3);
  }

  @ParameterizedTest
  @EnumSource
  void scaledGradients(Optimizers optimizer) {
    compareAll(optimizer, 5_003, setup -> setup.gradientScale = 0.3712f);
  }

  /** First moments that decay slowly are dithered whatever their size. */
  @ParameterizedTest
  @EnumSource
  void slowMoments(Optimizers optimizer) {
    compareAll(optimizer, 5_003, setup -> setup.decay = 0.97f);
  }

  @ParameterizedTest
  @EnumSource
  void stridedGradients(Optimizers optimizer) {
    Setup setup = new Setup(optimizer, 1_024, WordType.FLOAT);
    setup.strided = true;
    compare(setup);
    compare(setup.with4Bits());
  }

  /** What a step is done with. */
  private static final class Setup {
    final Optimizers optimizer;
    final long n;
    final WordType words;
    int blockSize = 256;
    QuantMap map = QuantMap.POWER;
    int bits = 8;
    int threads = 1;
    int shift;
    float gradientScale = 1;
    boolean strided;
    boolean damages;
    boolean anyScales;

    /** Of all moments, in place of the defaults, if it is not 0. */
    float decay;

    Setup(Optimizers optimizer, long n, WordType words) {
      this.optimizer = optimizer;
      this.n = n;
      this.words = words;
    }

    /** In blocks of that size which is the default then. */
    Setup with4Bits() {
      bits = 4;
      blockSize = 128;
      return this;
    }

    StateLayout layout() {
      int moments = Internals.rule(optimizer.config()).moments().size();
      return new StateLayout(moments, bits, blockSize, n, words);
    }

    Codebook[] codebooks() {
      List<Moment> moments = Internals.rule(optimizer.config()).moments();
      return map.codebooks(moments, words == WordType.HALF, bits);
    }

    /** An array that begins at a misaligned address, if the test is about that. */
    INDArray array(DataType type, long length) {
      INDArray parent = Nd4j.zeros(type, length + shift);
      return shift == 0 ? parent : parent.get(NDArrayIndex.interval(shift, length + shift));
    }

    @Override
    public String toString() {
      return String.format(
          "%s n=%d %s blockSize=%d %s bits=%d threads=%d shift=%d",
          optimizer, n, words, blockSize, map, bits, threads, shift);
    }
  }

  /** All kinds of words, in 8 bits and in 4. */
  private static void compareAll(Optimizers optimizer, long n, Consumer<Setup> change) {
    for (WordType words : WordType.values()) {
      Setup setup = new Setup(optimizer, n, words);
      change.accept(setup);
      compare(setup);
      compare(setup.with4Bits());
    }
  }

  private static void compare(Setup setup) {
    UpdateRule rule = Internals.rule(setup.optimizer.config());
    Codebook[] codebooks = setup.codebooks();
    List<byte[]> expected =
        run(setup, KernelVariants.java(rule, codebooks, setup.blockSize), "java");
    for (String isa : KernelVariants.instructionSets()) {
      Kernel kernel =
          KernelVariants.nativeKernel(rule, codebooks, setup.blockSize, isa, setup.threads);
      List<byte[]> actual = run(setup, kernel, isa);
      for (int i = 0; i < expected.size(); i++) {
        int at = Arrays.mismatch(actual.get(i), expected.get(i));
        assertThat(at).as("%s, %s, step %d, byte", setup, isa, i).isEqualTo(-1);
      }
    }
  }

  /** Bytes of update, state, checksum and count of each step. */
  private static List<byte[]> run(Setup setup, Kernel kernel, String what) {
    Random random = new Random(setup.n + setup.blockSize);
    StateLayout layout = setup.layout();
    UpdateRule rule = Internals.rule(setup.optimizer.config());
    StateMemory state = new StateMemory(setup.array(setup.words.dataType(), layout.words()));
    state.layout(layout);
    List<byte[]> results = new ArrayList<>();
    for (int iteration = 0; iteration < STEPS; iteration++) {
      if (setup.damages && iteration == STEPS - 1) {
        damage(setup, state);
      }
      if (setup.anyScales) {
        AnyScales.write(state, rule.moments(), random);
      }
      INDArray g = gradient(setup, random);
      float[] c = coefficients(setup, iteration);
      long checksum =
          kernel.step(state, new GradientView(g), c, setup.gradientScale, 1000 + iteration);
      assertThat(checksum).as("%s, %s", setup, what).isEqualTo(StateChecksum.of(state));
      assertFinite(state.view(), setup, what);
      long bytes = state.bytes();
      INDArray update = setup.strided ? g.dup('c') : g;
      int updateBytes = (int) setup.n * setup.words.bytes();
      ByteBuffer all = ByteBuffer.allocate((int) bytes + updateBytes + 24);
      all.put(RawMemory.copyOf(update, updateBytes))
          .put(RawMemory.copyOf(state.view(), (int) bytes));
      all.putLong(checksum).putLong(kernel.skipped()).putLong(kernel.damaged());
      results.add(all.array());
    }
    assertThat(kernel.damaged() > 0).as("%s, %s, damaged", setup, what).isEqualTo(setup.damages);
    return results;
  }

  private static void assertFinite(INDArray array, Setup setup, String what) {
    assertThat(!setup.damages && (array.isNaN().any() || array.isInfinite().any()))
        .as("%s, %s: not finite", setup, what)
        .isFalse();
  }

  /** The first and the last code of some blocks, the scale of another. */
  private static void damage(Setup setup, StateMemory state) {
    StateLayout layout = setup.layout();
    ByteBuffer bytes = new RawMemory(state.view(), (int) layout.bytes()).at(0);
    int last = layout.moments() - 1;
    long n = layout.elements();
    int perBlock = setup.blockSize * setup.bits / 8;
    bytes.put((int) layout.valueOffset(last, 0), (byte) 0x7F);
    bytes.put((int) layout.valueOffset(0, 3 * setup.blockSize) + perBlock - 1, (byte) 0xF7);
    // In 4 bits what is behind the last code.
    bytes.put((int) layout.valueOffset(0, n) - 1, (byte) (setup.bits == 4 ? 0x10 : 0xFF));
    bytes.putShort((int) layout.scaleOffset(last, 5) + 2, (short) 0xFFFF);
  }

  private static float[] coefficients(Setup setup, int iteration) {
    UpdateRule rule = Internals.rule(setup.optimizer.config());
    LowBitUpdater<?> updater =
        (LowBitUpdater<?>) Updaters.create(setup.optimizer.config(), 64, DataType.FLOAT);
    float[] c = new float[rule.coefficientCount()];
    Internals.coefficients(updater, c, 1e-3, iteration);
    if (setup.decay != 0) {
      // Decays are found by what the rule says of its moments.
      for (int k = 0; k < rule.moments().size(); k++) {
        float before = rule.decay(k, c);
        for (int i = 0; before != 0 && i < c.length; i++) {
          c[i] = c[i] == before ? setup.decay : c[i];
        }
      }
    }
    return c;
  }

  private static INDArray gradient(Setup setup, Random random) {
    float[] values = new float[(int) setup.n];
    for (int from = 0; from < values.length; from += 61) {
      fill(values, from, Math.min(values.length, from + 61), random);
    }
    for (int block = 0; block < values.length; block += 1024) {
      if (random.nextInt(4) == 0) {
        // Blocks of one kind: zeros, tiny, huge, nothing finite.
        float[] kinds = {0, 1e-20f, 1e20f, Float.NaN, 3e-42f};
        float unit = kinds[random.nextInt(kinds.length)];
        for (int i = block; i < Math.min(values.length, block + 512); i++) {
          values[i] = unit * (float) random.nextGaussian();
        }
      }
    }
    INDArray g = setup.array(setup.words.dataType(), setup.n);
    g.assign(Nd4j.createFromArray(values));
    return setup.strided ? g.reshape('c', 32, setup.n / 32).dup('f') : g;
  }

  /** Pieces that mix within a quantization block. */
  private static void fill(float[] x, int from, int to, Random random) {
    int kind = random.nextInt(24);
    double unit = kind < 3 ? Math.exp(4 * random.nextGaussian()) : 1e-2;
    for (int i = from; i < to; i++) {
      double g = random.nextGaussian() * unit;
      switch (kind) {
        case 4:
          g = 0;
          break;
        case 5:
          g = random.nextInt(8) == 0 ? g : -0.0;
          break;
        case 6:
          g *= 1e-5 * random.nextInt(5);
          break;
        case 7:
          g = random.nextInt(61) == 0 ? Double.NaN : g;
          break;
        case 8:
          g = random.nextInt(61) == 0 ? Double.NEGATIVE_INFINITY : g;
          break;
        case 9:
          g = 1e-2;
          break;
        default:
          break;
      }
      x[i] = (float) g;
    }
  }
}
