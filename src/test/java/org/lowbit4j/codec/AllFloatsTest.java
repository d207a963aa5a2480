package org.lowbit4j.codec;

import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The encoders against naive ones, for every float32 from -1 to 1; {@link CodebookTest} and {@link
 * CodebookBlocksTest} do samples.
 */
@Tag("slow")
class AllFloatsTest {

  private static final int ONE = Float.floatToRawIntBits(1f);
  private static final int NEGATIVE = 1 << 31;
  private static final int BLOCK = 4096;

  /** In ascending order, so that the nearest value only moves up. */
  @ParameterizedTest
  @EnumSource
  void encodeToTheNearest(Codebooks c) {
    float[] values = c.codebook().values();
    List<Integer> codes = new ArrayList<>();
    for (int code = 0; code < 256; code++) {
      if (!c.reserved(code)) {
        codes.add(code);
      }
    }
    codes.sort((a, b) -> Float.compare(values[a], values[b]));
    int[] sorted = codes.stream().mapToInt(Integer::intValue).toArray();
    int k = 0;
    long checked = 0;
    Codebook codebook = c.codebook();
    for (int bits = ONE; bits >= 0; bits--, checked++) {
      k = checkNearest(codebook, values, sorted, k, Float.intBitsToFloat(bits | NEGATIVE));
    }
    for (int bits = 0; bits <= ONE; bits++, checked++) {
      k = checkNearest(codebook, values, sorted, k, Float.intBitsToFloat(bits));
    }
    System.out.println("nearest, " + c + ": " + checked + " numbers");
  }

  private static int checkNearest(
      Codebook codebook, float[] values, int[] sorted, int from, float x) {
    int k = from;
    while (k + 1 < sorted.length && Codebooks.closer(values[sorted[k + 1]], values[sorted[k]], x)) {
      k++;
    }
    if ((codebook.nearest(x) & 0xFF) != sorted[k]) {
      fail("%s was encoded as %d, not %d", x, codebook.nearest(x) & 0xFF, sorted[k]);
    }
    return k;
  }

  /** Each with a dither of its own; roots are those of every float. */
  @ParameterizedTest
  @EnumSource(names = "POWER_.*", mode = EnumSource.Mode.MATCH_ALL)
  void encodeWithDither(Codebooks c) {
    float[] x = new float[BLOCK];
    float[] stored = new float[BLOCK];
    byte[] codes = new byte[BLOCK];
    float[] fromMiddle = new float[BLOCK];
    float[] work = new float[BLOCK];
    long checked = 0;
    int iteration = 0;
    for (int sign = 0; sign <= (c.signed() ? 1 : 0); sign++) {
      for (int from = 0; from <= ONE; from += BLOCK - 1, iteration++) {
        for (int i = 0; i < BLOCK - 1; i++) {
          x[i] = Float.intBitsToFloat(Math.min(ONE, from + i) | sign << 31);
        }
        x[BLOCK - 1] = 1; // the scale
        for (int i = 0; i < BLOCK; i++) {
          stored[i] = c.codebook().storesRoot() ? (float) Math.sqrt(x[i]) : x[i];
        }
        Codebook.dither(0, iteration, BLOCK, fromMiddle);
        c.codebook().encode(x, BLOCK, false, fromMiddle, codes, work);
        for (int i = 0; i < BLOCK; i++) {
          int expected = c.dithered(stored[i], 1, i, iteration);
          if ((codes[i] & 0xFF) != expected) {
            fail("%s, element %d: %s was encoded as %d", c, i, stored[i], codes[i] & 0xFF);
          }
        }
        checked += BLOCK - 1;
      }
    }
    System.out.println("dithered, " + c + ": " + checked + " numbers");
  }
}
