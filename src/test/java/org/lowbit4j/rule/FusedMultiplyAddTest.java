package org.lowbit4j.rule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FusedMultiplyAddTest {

  private static final float[] SPECIAL = {
    0f,
    -0f,
    1f,
    -1f,
    3f,
    0x1p-149f,
    -0x1p-126f,
    0x1.fffffep-127f,
    0x1.fffffep127f,
    -0x1p127f,
    0x1.000002p0f,
    0x1.fffffep-1f,
    0x1p-24f,
    -0x1p-25f,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN
  };

  @Test
  void hasTheBitsOfMathFma() {
    for (float a : SPECIAL) {
      for (float b : SPECIAL) {
        for (float c : SPECIAL) {
          check(a, b, c);
        }
      }
    }
  }

  @Test
  void anyFloats() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 2_000_000; i++) {
      check(
          Float.intBitsToFloat(random.nextInt()),
          Float.intBitsToFloat(random.nextInt()),
          Float.intBitsToFloat(random.nextInt()));
    }
  }

  /** Sums that lie near the middle between two floats, where rounding twice goes wrong. */
  @Test
  void nearTies() {
    SplittableRandom random = new SplittableRandom(2);
    int wrong = 0;
    for (int i = 0; i < 2_000_000; i++) {
      float a = 1 + random.nextInt(1 << 12) * 0x1p-12f;
      float b = 1 + random.nextInt(1 << 12) * 0x1p-12f;
      float c = Math.scalb(1f + random.nextInt(4) * 0x1p-23f, -30 - random.nextInt(30));
      c = random.nextBoolean() ? c : -c;
      check(a, b, c);
      wrong += (float) ((double) a * b + c) == Math.fma(a, b, c) ? 0 : 1;
    }
    assertThat(wrong).as("sums that a plain double gets wrong").isPositive();
  }

  private static void check(float a, float b, float c) {
    float expected = Math.fma(a, b, c);
    if (Float.compare(FusedMultiplyAdd.inDouble(a, b, c), expected) != 0
        || Float.compare(FusedMultiplyAdd.fma(a, b, c), expected) != 0) {
      throw new AssertionError(a + " * " + b + " + " + c);
    }
  }
}
