package org.lowbit4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every float below 2^113 survives as two finite half-words. */
class HalfPairTest {

  private static final float LARGEST = Math.nextDown(0x1p113f);

  @Test
  void randomFloatsComeBackToTheBitFromFiniteWords() {
    Random random = new Random(6);
    for (int trial = 0; trial < 2_000_000; trial++) {
      check(Float.intBitsToFloat(random.nextInt()));
    }
  }

  @Test
  void denormalsAndPowersOfTwoAndTheirNeighboursComeBackToTheBit() {
    for (int exponent = -149; exponent < 113; exponent++) {
      float power = Math.scalb(1f, exponent);
      check(power);
      check(Math.nextUp(power));
      check(Math.nextDown(power));
    }
    for (int bits = 0; bits < 1 << 18; bits++) {
      check(Float.intBitsToFloat(bits));
    }
    check(LARGEST);
  }

  /** Where a digit of the base-63,488 number overflows into the next word. */
  @Test
  void numbersAroundEveryCarryComeBackToTheBit() {
    for (long number = 63_488; number < 240L << 23; number += 63_488) {
      check(Float.intBitsToFloat((int) number - 1));
      check(Float.intBitsToFloat((int) number));
    }
  }

  @Test
  void positiveZeroIsTwoZeroWords() {
    assertThat(HalfPair.pack(0f)).isZero();
    assertThat(Float.floatToRawIntBits(HalfPair.unpack(0))).isZero();
    assertThat(HalfPair.unpack(HalfPair.pack(-0f))).isEqualTo(-0f);
  }

  @ParameterizedTest
  @ValueSource(floats = {0x1p113f, 1e35f, Float.MAX_VALUE, Float.POSITIVE_INFINITY})
  void largerMagnitudesSaturate(float x) {
    assertThat(HalfPair.unpack(HalfPair.pack(x))).isEqualTo(LARGEST);
    assertThat(HalfPair.unpack(HalfPair.pack(-x))).isEqualTo(-LARGEST);
  }

  @Test
  void wordsThatAreNotFiniteUnpackToNaN() {
    Random random = new Random(7);
    for (int word = 0; word < 0x10000; word++) {
      if (!isFinite(word)) {
        int other = random.nextInt(0x10000);
        assertThat(HalfPair.unpack(word << 16 | other)).as("%04x %04x", word, other).isNaN();
        assertThat(HalfPair.unpack(other << 16 | word)).as("%04x %04x", other, word).isNaN();
      }
    }
  }

  @Test
  void pairsBehindTheLastNumberUnpackToNaN() {
    // The largest number is packed from -LARGEST; the words behind it, counted by finite halves,
    // are not in use.
    int last = HalfPair.pack(-LARGEST);
    for (int high = last >>> 16; high < 0xFC00; high++) {
      for (int low : new int[] {0, 0x7BFF, 0x8000, 0xFBFF}) {
        int pair = high << 16 | low;
        if (Integer.compareUnsigned(pair, last) > 0) {
          assertThat(HalfPair.unpack(pair)).as("%08x", pair).isNaN();
        }
      }
    }
    assertThat(HalfPair.unpack(0xFBFFFBFF)).isNaN();
    assertThat(HalfPair.unpack(last + 1)).isNaN();
  }

  private static void check(float x) {
    if (!(Math.abs(x) < 0x1p113f)) {
      return;
    }
    int words = HalfPair.pack(x);
    float back = HalfPair.unpack(words);
    if (Float.floatToRawIntBits(back) != Float.floatToRawIntBits(x)
        || !isFinite(words & 0xFFFF)
        || !isFinite(words >>> 16)) {
      fail(
          "%s (%08x) was packed as %08x, unpacked as %s",
          x, Float.floatToRawIntBits(x), words, back);
    }
  }

  private static boolean isFinite(int half) {
    return (half & 0x7C00) != 0x7C00;
  }
}
