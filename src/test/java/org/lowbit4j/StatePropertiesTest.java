package org.lowbit4j;

import static java.util.Collections.disjoint;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.Moment;
import org.lowbit4j.updater.Internals;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * What holds for any optimizer, form of state, size and gradient, drawn at random from a fixed
 * seed. Some cases in the tests, many with the tag slow.
 */
class StatePropertiesTest {

  private static final int LARGEST = 1500;
  private static final int STEPS = 5;

  /** What the elements of a gradient can be like. */
  private enum Element {
    ORDINARY {
      @Override
      float next(Random random, int i, int t, DataType type) {
        return (float) random.nextGaussian();
      }
    },
    ZERO {
      @Override
      float next(Random random, int i, int t, DataType type) {
        return random.nextBoolean() ? 0f : -0f;
      }
    },
    DENORMAL {
      @Override
      float next(Random random, int i, int t, DataType type) {
        float unit = type == DataType.FLOAT16 ? 0x1p-24f : Float.MIN_VALUE;
        return (random.nextInt(2001) - 1000) * unit;
      }
    },
    HUGE {
      @Override
      float next(Random random, int i, int t, DataType type) {
        float most = type == DataType.FLOAT16 ? 65504 : Float.MAX_VALUE;
        return random.nextBoolean() ? most : -most;
      }
    },
    ALTERNATING {
      @Override
      float next(Random random, int i, int t, DataType type) {
        return (i + t) % 2 == 0 ? 1 : -1;
      }
    },
    ANY_MAGNITUDE {
      @Override
      float next(Random random, int i, int t, DataType type) {
        double decades = type == DataType.FLOAT16 ? 7 : 76;
        double largest = type == DataType.FLOAT16 ? 4 : 38;
        return (float)
            (random.nextGaussian() * Math.pow(10, largest - decades * random.nextDouble()));
      }
    },
    NOT_A_NUMBER {
      @Override
      float next(Random random, int i, int t, DataType type) {
        return Float.NaN;
      }
    },
    INFINITE {
      @Override
      float next(Random random, int i, int t, DataType type) {
        return random.nextBoolean() ? Float.POSITIVE_INFINITY : Float.NEGATIVE_INFINITY;
      }
    };

    abstract float next(Random random, int i, int t, DataType type);
  }

  /** An optimizer with a form of its state, and what its gradients are like. */
  private static final class Case {
    private final Optimizers optimizer;
    private final LowBitConfig<?> config;
    private final DataType type;
    private final int n;
    private final Element[] kinds;
    private final Random random;
    private final long seed;

    Case(long seed) {
      this.seed = seed;
      random = new Random(seed);
      optimizer = Optimizers.values()[random.nextInt(Optimizers.values().length)];
      type = WordType.values()[random.nextInt(WordType.values().length)].dataType();
      config =
          optimizer
              .config()
              .dataType(type)
              .optimBits(random.nextInt(3) == 0 ? 32 : random.nextBoolean() ? 8 : 4)
              .quantMap(random.nextBoolean() ? QuantMap.POWER : QuantMap.DYNAMIC)
              .blockSize(64 << random.nextInt(4))
              .min8bitSize(random.nextInt(4) == 0 ? 300 : 0);
      if (config.getOptimBits() == 4) {
        config.quantMap(QuantMap.POWER);
      }
      if (random.nextInt(3) == 0) {
        config.percentileClipping(1 + random.nextInt(99));
      }
      n = 1 + random.nextInt(LARGEST);
      kinds = new Element[1 + random.nextInt(4)];
      Arrays.setAll(kinds, i -> Element.values()[random.nextInt(Element.values().length)]);
    }

    /** In runs, so that some blocks have one kind only. */
    float[] gradient(int t) {
      float[] g = new float[n];
      Element kind = kinds[0];
      for (int i = 0; i < n; i++) {
        if (random.nextInt(i % 97 == 0 ? 1 : 20) == 0) {
          kind = kinds[random.nextInt(kinds.length)];
        }
        g[i] = kind.next(random, i, t, type);
      }
      return g;
    }

    int bits() {
      return Internals.layout(config, n, WordType.of(type, "state")).bits();
    }

    /**
     * 4 and 8 bits follow the block's scale; magnitudes near the ends of float32 share a factor.
     */
    boolean keepsExactly() {
      Set<Element> extremes = EnumSet.of(Element.HUGE, Element.DENORMAL, Element.ANY_MAGNITUDE);
      return bits() == 32 && (type == DataType.FLOAT16 || disjoint(extremes, List.of(kinds)));
    }

    /** A moment whose root is stored may be too large for the float32 that shows it. */
    boolean isGood(int moment, float value) {
      Moment.Kind kind = Internals.rule(config).moments().get(moment).kind();
      boolean isRoot = config.getQuantMap().codebook(kind, type == DataType.FLOAT16).storesRoot();
      return Float.isFinite(value) || bits() < 32 && isRoot && value > 0;
    }

    float[][] moments(LowBitUpdater<?> updater) {
      List<Moment> moments = Internals.rule(config).moments();
      float[][] values = new float[moments.size()][];
      Arrays.setAll(values, k -> updater.moment(moments.get(k).name()).toFloatVector());
      return values;
    }

    @Override
    public String toString() {
      return String.format("seed %d: %s, %d elements, %s", seed, config, n, Arrays.toString(kinds));
    }
  }

  private static void assertFinite(INDArray array, Case c, String what, int t) {
    assertThat(array.isNaN().any() || array.isInfinite().any())
        .as("%s is not finite after step %d, %s", what, t, c)
        .isFalse();
  }

  /** The state's words, moments and updates are finite; what is not leaves its moments alone. */
  private static void check(Case c) {
    LowBitUpdater<?> updater = (LowBitUpdater<?>) Updaters.create(c.config, c.n, c.type);
    float[][] before = null;
    long skipped = 0;
    for (int t = 0; t < STEPS; t++) {
      float[] g = c.gradient(t);
      INDArray gradient = Nd4j.createFromArray(g).castTo(c.type);
      float[] seen = gradient.castTo(DataType.FLOAT).toFloatVector();
      updater.applyUpdater(gradient, t, 0);
      assertFinite(gradient, c, "the update", t);
      assertFinite(Updaters.state(updater), c, "the state", t);
      float[] update = gradient.castTo(DataType.FLOAT).toFloatVector();
      float[][] after = c.moments(updater);
      for (int i = 0; i < c.n; i++) {
        if (!Float.isFinite(seen[i])) {
          skipped++;
          if (update[i] != 0) {
            fail("update %d is %s in step %d, %s", i, update[i], t, c);
          }
        }
        for (int k = 0; k < after.length; k++) {
          if (!c.isGood(k, after[k][i])) {
            fail("moment %d at %d is %s after step %d, %s", k, i, after[k][i], t, c);
          }
          boolean kept = Float.isFinite(seen[i]) || before == null || !c.keepsExactly();
          if (!kept && after[k][i] != before[k][i]) {
            assertThat(after[k][i])
                .as("moment %d at %d of step %d, %s", k, i, t, c)
                .isEqualTo(before[k][i]);
          }
        }
      }
      assertThat(updater.nonFiniteGradients()).as("%s", c).isEqualTo(skipped);
      before = after;
    }
  }

  @Test
  void statesAndUpdatesAreFiniteWhateverTheGradients() {
    for (long seed = 0; seed < 120; seed++) {
      check(new Case(seed));
    }
  }

  @Test
  @Tag("slow")
  void manyStatesAndUpdatesAreFiniteWhateverTheGradients() {
    for (long seed = 1000; seed < 6_000; seed++) {
      check(new Case(seed));
    }
    System.out.println("properties: 5000 cases");
  }

  /**
   * Updates do not depend on how DL4J merges variables into updater blocks, if those begin with
   * quantization blocks and nothing is dithered.
   */
  private static void checkPartition(long seed) {
    Case c = new Case(seed);
    c.config.percentileClipping(100).min8bitSize(0).quantMap(QuantMap.DYNAMIC);
    c.config.optimBits(Math.max(8, c.config.getOptimBits()));
    LowBitUpdater<?> whole = (LowBitUpdater<?>) Updaters.create(c.config, c.n, c.type);
    int size = c.config.getBlockSize();
    int cut = c.random.nextInt(c.n) / size * size;
    int[] ends = cut == 0 ? new int[] {c.n} : new int[] {cut, c.n};
    LowBitUpdater<?>[] parts = new LowBitUpdater<?>[ends.length];
    for (int p = 0; p < parts.length; p++) {
      int n = ends[p] - (p == 0 ? 0 : ends[p - 1]);
      parts[p] = (LowBitUpdater<?>) Updaters.create(c.config, n, c.type);
    }
    for (int t = 0; t < STEPS; t++) {
      INDArray gradient = Nd4j.createFromArray(c.gradient(t)).castTo(c.type);
      INDArray inParts = gradient.dup();
      whole.applyUpdater(gradient, t, 0);
      for (int p = 0; p < parts.length; p++) {
        var part = NDArrayIndex.interval(p == 0 ? 0 : ends[p - 1], ends[p]);
        parts[p].applyUpdater(inParts.get(part), t, 0);
      }
      assertThat(inParts.castTo(DataType.FLOAT).toFloatVector())
          .as("step %d, cut at %d, %s", t, cut, c)
          .isEqualTo(gradient.castTo(DataType.FLOAT).toFloatVector());
    }
  }

  @Test
  void updatesDoNotDependOnThePartitionIntoBlocks() {
    for (long seed = 0; seed < 80; seed++) {
      checkPartition(seed);
    }
  }

  @Test
  @Tag("slow")
  void updatesDoNotDependOnManyPartitionsIntoBlocks() {
    for (long seed = 1000; seed < 4_000; seed++) {
      checkPartition(seed);
    }
    System.out.println("partitions: 3000 cases");
  }
}
