package org.lowbit4j.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.rule.Moment.Kind;

/** The tables and thresholds that saved state was encoded with. */
class QuantMapTest {

  /** Part of the state format. */
  @Test
  void numbersArePinned() {
    assertThat(QuantMap.values()).extracting(QuantMap::id).containsExactly(1, 2);
    assertThat(QuantMap.values()).containsExactly(QuantMap.POWER, QuantMap.DYNAMIC);
  }

  /** By the CRC-32 of the bits of all values; NaN is 7FC00000. */
  @ParameterizedTest
  @CsvSource({
    "POWER, FIRST, c0fa95fe, e995acb2, 128, 125, false, true",
    "POWER, FIRST_OF_UPDATES, c0fa95fe, e995acb2, 128, 125, false, true",
    "POWER, SECOND, eceeff3d, 99cb3c0e, 256, 250, true, false",
    "POWER, NORM, eceeff3d, 99cb3c0e, 256, 250, false, false",
    "POWER, SECOND_OF_UPDATES, eceeff3d, 99cb3c0e, 256, 250, true, false",
    "DYNAMIC, FIRST, a7d6aa6e, 801ba66d, 0, 0, false, false",
    "DYNAMIC, FIRST_OF_UPDATES, a7d6aa6e, 801ba66d, 0, 0, false, false",
    "DYNAMIC, SECOND, 213032d4, bdcdc855, 0, 0, false, false",
    "DYNAMIC, NORM, 213032d4, bdcdc855, 0, 0, false, false",
    "DYNAMIC, SECOND_OF_UPDATES, 213032d4, bdcdc855, 0, 0, false, false",
  })
  void tablesArePinned(
      QuantMap map,
      Kind kind,
      String wide,
      String narrow,
      int top,
      int narrowTop,
      boolean storesRoot,
      boolean signed) {
    Codebook ofFloats = map.create(kind, false);
    Codebook ofHalves = map.create(kind, true);
    assertThat(crc(ofFloats)).isEqualTo(wide);
    assertThat(crc(ofHalves)).isEqualTo(narrow);
    assertThat(ofFloats.top()).isEqualTo(top);
    assertThat(ofHalves.top()).isEqualTo(narrowTop);
    for (Codebook codebook : new Codebook[] {ofFloats, ofHalves}) {
      assertThat(codebook.storesRoot()).isEqualTo(storesRoot);
      assertThat(codebook.isSigned()).isEqualTo(signed);
    }
    for (boolean isNarrow : new boolean[] {false, true}) {
      Codebook once = map.codebook(kind, isNarrow);
      assertThat(crc(once)).isEqualTo(isNarrow ? narrow : wide);
      assertThat(once).isSameAs(map.codebook(kind, isNarrow));
    }
    everyLevelIsItsCode(ofFloats);
    everyLevelIsItsCode(ofHalves);
  }

  /** The encoder made with a table has the table's codes. */
  private static void everyLevelIsItsCode(Codebook codebook) {
    float[] values = codebook.values();
    for (int code = 0; code < 256; code++) {
      if (!Float.isNaN(values[code])) {
        float stored = values[code];
        float moment = codebook.storesRoot() ? stored * stored : stored;
        byte[] codes = new byte[2];
        float scale =
            codebook.encode(new float[] {moment, 1}, 2, false, new float[2], codes, new float[2]);
        assertThat(scale).isEqualTo(1);
        assertThat(codes[0] & 0xFF).as("value %s", stored).isEqualTo(code);
      }
    }
  }

  private static String crc(Codebook codebook) {
    ByteBuffer bits = ByteBuffer.allocate(256 * Float.BYTES);
    for (float value : codebook.values()) {
      bits.putInt(Float.floatToIntBits(value));
    }
    CRC32 crc = new CRC32();
    crc.update(bits.array());
    return String.format("%08x", crc.getValue());
  }

  /** The same on all kernels, and for steps that were done before a restart. */
  @Test
  void theDitherIsPinned() {
    float[] fromMiddle = new float[5];
    Codebook.dither(3, 5, 4, fromMiddle);
    assertThat(fromMiddle)
        .containsExactly(0x1.d23582p-4f, -0x1.0cd842p-3f, -0x1.8165a2p-2f, 0x1.8380dcp-2f, 0);
  }

  /** Numbers beyond the table: a quotient may be rounded up, and infinite ones leave NaN. */
  @ParameterizedTest
  @EnumSource
  void whatIsBeyondOneIsStoredAsOne(Codebooks c) {
    int one = Codebooks.nearest(c.codebook().values(), 1);
    int most = Codebooks.nearest(c.codebook().values(), -1);
    for (float x : new float[] {1, 1.01f, 1e30f, Float.POSITIVE_INFINITY, Float.NaN}) {
      assertThat(c.codebook().nearest(x) & 0xFF).as("%s", x).isEqualTo(one);
    }
    assertThat(c.codebook().nearest(-1e30f) & 0xFF).isEqualTo(most);
  }

  @Test
  void valuesThatTheEncoderCannotTellApartAreRefused() {
    float[] values = new float[256];
    for (int code = 0; code < 256; code++) {
      values[code] = 0.5f + code * 0x1p-12f;
    }
    assertThatThrownBy(() -> new Codebook(values, false, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("too close to tell apart");
  }

  /** What decays slowly would get stuck at the nearest code; what does not is more exact there. */
  @ParameterizedTest
  @CsvSource({"false, false, 1", "true, false, 1", "false, true, 2", "true, true, 2"})
  void signedMomentsDitherAtAllSizesIfTheyAreSlow(boolean narrow, boolean slow, int codes) {
    Codebook codebook = QuantMap.POWER.codebook(Kind.FIRST, narrow);
    for (float x : new float[] {0.04f, -0.3f, 0.62f, -0.97f}) {
      boolean[] used = new boolean[256];
      double mean = 0;
      int steps = 500;
      for (int t = 0; t < steps; t++) {
        float[] fromMiddle = new float[2];
        Codebook.dither(9, t, 2, fromMiddle);
        byte[] out = new byte[2];
        codebook.encode(new float[] {x, 1}, 2, slow, fromMiddle, out, new float[2]);
        used[out[0] & 0xFF] = true;
        float stored = codebook.values()[out[0] & 0xFF];
        mean += stored / steps;
      }
      assertThat(count(used)).as("codes for %s", x).isEqualTo(codes);
      if (slow) {
        assertThat(Math.abs(mean - x)).as("%s", x).isLessThan(0.02 * 0.03);
      } else {
        byte expected = codebook.nearest(x);
        assertThat(used[expected & 0xFF]).as("%s", x).isTrue();
      }
    }
  }

  private static int count(boolean[] used) {
    int n = 0;
    for (boolean u : used) {
      n += u ? 1 : 0;
    }
    return n;
  }
}
