package org.lowbit4j.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.memory.WordType;

/** Blocks may be added in any order; no small change of their content goes unnoticed. */
class StateChecksumTest {

  private static final int BLOCK = 256;

  /** Part of the state format. */
  @Test
  void checksumsArePinned() {
    byte[] codes = new byte[4096];
    float[] values = new float[4096];
    for (int i = 0; i < 4096; i++) {
      codes[i] = (byte) (7 * i + 3);
      values[i] = i - 0.75f;
    }
    long block = (1L << 33) + 2;
    assertThat(StateChecksum.ofCodes(1, block, 0.75f, codes, 1)).isEqualTo(0x3530414b42a13f36L);
    assertThat(StateChecksum.ofCodes(1, block, 0.75f, codes, 255)).isEqualTo(0x076ebb8fbe7ed86cL);
    assertThat(StateChecksum.ofCodes(1, block, 0.75f, codes, 4096)).isEqualTo(0x1a85fe4d6dfab1edL);
    assertThat(StateChecksum.ofCodes(0, 0, 0, codes, 64)).isEqualTo(0x4cd5889ff9a5da0cL);
    assertThat(StateChecksum.ofValues(1, block, values, 1)).isEqualTo(0x0a03af761444b519L);
    assertThat(StateChecksum.ofValues(1, block, values, 255)).isEqualTo(0xf9a395bb94f6aad0L);
    assertThat(StateChecksum.ofValues(1, block, values, 4096)).isEqualTo(0xde9d883131d8017cL);
    assertThat(StateChecksum.ofNorms(2, new float[] {1, 2.5f, 3})).isEqualTo(0x7a99d9dfaa761988L);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 8, 32})
  void theChecksumIsTheSumOverBlocksInAnyOrder(int bits) {
    Random random = new Random(14);
    for (WordType type : WordType.values()) {
      StateLayout layout = new StateLayout(3, bits, 64, 1001, type);
      StateMemory state = States.fresh(layout, 0);
      long written = States.fill(state, random);
      List<Long> parts = new ArrayList<>();
      for (int moment = 0; moment < 3; moment++) {
        for (long block = 0; block < layout.blocks(); block++) {
          parts.add(part(state, moment, block));
        }
      }
      Collections.shuffle(parts, random);
      long sum = 0;
      for (long part : parts) {
        sum += part;
      }
      assertThat(StateChecksum.of(state)).as("%s", layout).isEqualTo(written).isEqualTo(sum);
    }
  }

  /** Codes of 4 bits count as the bytes that they are stored in. */
  @Test
  void codesOf4BitsCountAsPairs() {
    Random random = new Random(5);
    byte[] codes = new byte[BLOCK];
    for (int n = 0; n <= BLOCK; n++) {
      byte[] pairs = new byte[BLOCK];
      for (int i = 0; i < n; i++) {
        codes[i] = (byte) random.nextInt(15);
        pairs[i / 2] |= (byte) (codes[i] << 4 * (i % 2));
      }
      assertThat(StateChecksum.ofCodes(2, 9, 3, codes, n, 4))
          .as("%d codes", n)
          .isEqualTo(StateChecksum.ofCodes(2, 9, 3, pairs, (n + 1) / 2));
    }
  }

  @Test
  void whatLiesBehindTheBlockDoesNotCount() {
    byte[] codes = new byte[BLOCK];
    for (int n = 0; n < 20; n++) {
      Arrays.fill(codes, n, BLOCK, (byte) 0);
      long expected = StateChecksum.ofCodes(0, 5, 1, codes, n);
      Arrays.fill(codes, n, BLOCK, (byte) 77);
      assertThat(StateChecksum.ofCodes(0, 5, 1, codes, n)).as("n %d", n).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 32})
  void everySingleBitOfScalesAndValuesCounts(int bits) {
    StateLayout layout = new StateLayout(2, bits, 64, 150, WordType.FLOAT);
    StateMemory state = States.fresh(layout, 0);
    long before = States.fill(state, new Random(15));
    for (int moment = 0; moment < 2; moment++) {
      long from = layout.valueOffset(moment, 0);
      checkBits(state, from, from + 150 * (bits / 8), before);
      if (bits == 8) {
        long scales = layout.scaleOffset(moment, 0);
        checkBits(state, scales, scales + 3 * Float.BYTES, before);
      }
    }
  }

  @Test
  void everyChangeOfOneCodeCounts() {
    Random random = new Random(16);
    for (int trial = 0; trial < 2000; trial++) {
      byte[] codes = bytes(random, BLOCK - trial % 4);
      long before = StateChecksum.ofCodes(0, 0, 1, codes, codes.length);
      int i = random.nextInt(codes.length);
      byte old = codes[i];
      codes[i] += (byte) (1 + random.nextInt(255));
      if (StateChecksum.ofCodes(0, 0, 1, codes, codes.length) == before) {
        fail("trial %d: code %d changed from %d to %d", trial, i, old, codes[i]);
      }
    }
  }

  /** All pairs of places in a block, with codes of every difference in turn. */
  @ParameterizedTest
  @ValueSource(ints = {256, 4096})
  void everySwapOfTwoDifferentCodesCounts(int blockSize) {
    Random random = new Random(17);
    byte[] codes = bytes(random, blockSize);
    int step = blockSize / 256;
    for (int i = 0; i < blockSize; i += random.nextInt(2 * step) + 1) {
      for (int j = i + 1; j < blockSize; j += random.nextInt(2 * step) + 1) {
        // 128 is the difference between a number and its negative.
        int difference = random.nextBoolean() ? 128 : 1 + random.nextInt(255);
        codes[j] = (byte) (codes[i] + difference);
        long before = StateChecksum.ofCodes(1, 2, 3, codes, blockSize);
        swap(codes, i, j);
        if (StateChecksum.ofCodes(1, 2, 3, codes, blockSize) == before) {
          fail("block of %d: codes %d at %d and %d at %d", blockSize, codes[j], i, codes[i], j);
        }
      }
    }
  }

  /** In POWER the upper bit of a code is its sign, in a float the uppermost. */
  @Test
  void everyChangeOfTwoSignsCounts() {
    Random random = new Random(18);
    byte[] codes = bytes(random, BLOCK);
    float[] values = States.values(random, BLOCK);
    long ofCodes = StateChecksum.ofCodes(0, 0, 1, codes, BLOCK);
    long ofValues = StateChecksum.ofValues(0, 0, values, BLOCK);
    List<String> unnoticed = new ArrayList<>();
    for (int i = 0; i < BLOCK; i++) {
      for (int j = i + 1; j < BLOCK; j++) {
        byte[] c = codes.clone();
        c[i] ^= (byte) 0x80;
        c[j] ^= (byte) 0x80;
        if (StateChecksum.ofCodes(0, 0, 1, c, BLOCK) == ofCodes) {
          unnoticed.add("codes " + i + " and " + j);
        }
        float[] v = values.clone();
        v[i] = -v[i];
        v[j] = -v[j];
        if (StateChecksum.ofValues(0, 0, v, BLOCK) == ofValues) {
          unnoticed.add("values " + i + " and " + j);
        }
      }
    }
    assertThat(unnoticed.size()).as("unnoticed, such as %s", first(unnoticed)).isZero();
  }

  @Test
  void everySwapOfTwoDifferentValuesCounts() {
    Random random = new Random(19);
    for (int trial = 0; trial < 20_000; trial++) {
      float[] values = States.values(random, BLOCK);
      int i = random.nextInt(BLOCK);
      int j = (i + 1 + random.nextInt(BLOCK - 1)) % BLOCK;
      // The same number with another sign, or another number.
      values[j] = trial % 2 == 0 ? -values[i] : values[j];
      long before = StateChecksum.ofValues(0, 0, values, BLOCK);
      float kept = values[i];
      values[i] = values[j];
      values[j] = kept;
      if (StateChecksum.ofValues(0, 0, values, BLOCK) == before) {
        fail("trial %d: values %s at %d and %s at %d", trial, values[j], i, values[i], j);
      }
    }
  }

  @Test
  void blocksMomentsAndScalesCannotBeExchanged() {
    Random random = new Random(20);
    for (int trial = 0; trial < 5000; trial++) {
      byte[] a = bytes(random, BLOCK);
      byte[] b = bytes(random, BLOCK);
      float s = random.nextFloat();
      float t = random.nextFloat();
      int block = random.nextInt(1 << 20);
      int other = block ^ 1 + random.nextInt(1 << 20);
      long before = codes(0, block, s, a) + codes(0, other, t, b);
      assertThat(codes(0, block, t, b) + codes(0, other, s, a)).as("blocks").isNotEqualTo(before);
      assertThat(codes(0, block, s, b) + codes(0, other, t, a)).as("codes").isNotEqualTo(before);
      assertThat(codes(0, block, t, a) + codes(0, other, s, b)).as("scales").isNotEqualTo(before);
      assertThat(codes(1, block, s, a)).as("moment").isNotEqualTo(codes(0, block, s, a));
      assertThat(codes(0, block, Math.nextUp(s), a)).isNotEqualTo(codes(0, block, s, a));
      assertThat(codes(0, block, -s, a)).isNotEqualTo(codes(0, block, s, a));
      long moments = codes(0, block, s, a) + codes(1, block, t, b);
      assertThat(codes(1, block, s, a) + codes(0, block, t, b)).isNotEqualTo(moments);
    }
  }

  private static long codes(int moment, long block, float scale, byte[] codes) {
    return StateChecksum.ofCodes(moment, block, scale, codes, codes.length);
  }

  private static long part(StateMemory state, int moment, long block) {
    int n = state.layout().blockLength(block);
    if (state.layout().isQuantized()) {
      byte[] codes = new byte[state.layout().blockSize()];
      state.readCodes(moment, block, codes);
      float scale = state.scale(moment, block);
      return StateChecksum.ofCodes(moment, block, scale, codes, n, state.layout().bits());
    }
    float[] values = new float[state.layout().blockSize()];
    state.readValues(moment, block, values);
    return StateChecksum.ofValues(moment, block, values, n);
  }

  private static void checkBits(StateMemory state, long from, long to, long before) {
    for (long bit = from * 8; bit < to * 8; bit++) {
      States.flip(state.view(), bit);
      assertThat(StateChecksum.of(state)).as("bit %d of the state", bit).isNotEqualTo(before);
      States.flip(state.view(), bit);
    }
    assertThat(StateChecksum.of(state)).isEqualTo(before);
  }

  private static byte[] bytes(Random random, int n) {
    byte[] bytes = new byte[n];
    random.nextBytes(bytes);
    return bytes;
  }

  private static void swap(byte[] codes, int i, int j) {
    byte kept = codes[i];
    codes[i] = codes[j];
    codes[j] = kept;
  }

  private static String first(List<String> list) {
    return list.isEmpty() ? "none" : list.get(0);
  }
}
