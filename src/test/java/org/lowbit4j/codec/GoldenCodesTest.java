package org.lowbit4j.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.rule.Moment;

/** The encoder gives bitsandbytes' codes, and the shipped map decodes to the same nearly always. */
class GoldenCodesTest {

  /** Half the widest gap of the original map and of the shipped one together. */
  private static final double SIGNED_GAP = 0.01418;

  private static final double UNSIGNED_GAP = 0.00706;

  @ParameterizedTest
  @EnumSource(Moment.Kind.class)
  void theShippedTablesAreTheGoldenOnesToTheBit(Moment.Kind kind) {
    float[] shipped = QuantMap.DYNAMIC.codebook(kind, false).values();
    float[] golden = Golden.map("nansafe_map_" + sign(kind.isSigned()) + ".csv");
    for (int code = 0; code < 256; code++) {
      assertThat(Float.floatToRawIntBits(shipped[code]))
          .as("byte %d: %s, golden %s", code, shipped[code], golden[code])
          .isEqualTo(Float.floatToRawIntBits(golden[code]));
    }
  }

  /** Narrow tables differ from wide ones in [0.1, 1) only, where fewer levels are evenly spread. */
  @ParameterizedTest
  @CsvSource({"FIRST, 60, 1", "FIRST, 60, -1", "SECOND, 121, 1"})
  void narrowTablesSpreadTheTopDecadeWider(Moment.Kind kind, int levels, int sign) {
    float[] top = levels(QuantMap.DYNAMIC.codebook(kind, true).values(), sign, 0.1f, 0.9999f);
    assertThat(top).hasSize(levels);
    for (int i = 0; i < levels; i++) {
      assertThat(top[i]).isBetween(center(i, levels) - 2e-7f, center(i, levels) + 2e-7f);
    }
    assertThat(levels(QuantMap.DYNAMIC.codebook(kind, true).values(), sign, 0, 0.1f))
        .containsExactly(levels(QuantMap.DYNAMIC.codebook(kind, false).values(), sign, 0, 0.1f));
  }

  /**
   * File; elements whose code is the neighbour of the exact one, because x/scale and the midpoint
   * are rounded to float32 (the files of midpoints and their neighbours provoke it); elements that
   * the shipped map decodes to another number than bitsandbytes' map.
   */
  @ParameterizedTest
  @CsvSource({
    "s_denormals_b256, 0, 3716",
    "s_loguniform_1e-12_1_b256, 0, 342",
    "s_midpoints_ties_b256, 43, 509",
    "s_mostly_zero_b256, 0, 29",
    "s_n1_b256, 0, 1",
    "s_n255_b256, 0, 183",
    "s_n257_b256, 0, 204",
    "s_negzero_b256, 0, 116",
    "s_normal_s0.001_b256, 0, 3186",
    "s_normal_s10000_b256, 0, 3200",
    "s_normal_s1_b2048, 0, 2978",
    "s_normal_s1_b256, 0, 3161",
    "s_normal_s1e-12_b256, 0, 3187",
    "s_single_huge_outlier_b2048, 0, 1572",
    "s_single_huge_outlier_b256, 0, 2950",
    "s_zeros_b256, 0, 0",
    "u_denormals_b256, 0, 3702",
    "u_loguniform_1e-12_1_b2048, 0, 2167",
    "u_loguniform_1e-12_1_b256, 0, 2148",
    "u_midpoints_ties_b256, 41, 514",
    "u_mostly_zero_b256, 0, 3643",
    "u_n1_b256, 0, 0",
    "u_n255_b256, 0, 187",
    "u_n257_b256, 0, 178",
    "u_negzero_b256, 0, 238",
    "u_normal_s0.001_b256, 0, 3166",
    "u_normal_s10000_b256, 0, 3069",
    "u_normal_s1_b256, 1, 3222",
    "u_normal_s1e-12_b256, 0, 3166",
    "u_single_huge_outlier_b256, 0, 3234",
    "u_zeros_b256, 0, 0",
  })
  void codesAreThoseOfBitsandbytes(String file, int atMidpoints, int decodedDifferently) {
    Golden golden = Golden.read("q8_" + file + ".bin");
    float[] map = Golden.map("dynamic_map_" + sign(golden.signed) + ".csv");
    int zero = golden.signed ? 127 : 0;
    Codebook original = new Codebook(swap(map, zero), false, null);
    Codebook shipped =
        QuantMap.DYNAMIC.codebook(golden.signed ? Moment.Kind.FIRST : Moment.Kind.SECOND, false);
    boolean[] changed = nextToDropped(map, shipped.values());
    int crossings = 0;
    int different = 0;
    for (int block = 0; block < golden.scales.length; block++) {
      int from = block * golden.blockSize;
      int n = Math.min(golden.blockSize, golden.input.length - from);
      float[] decoded = new float[n];
      float[] decodedShipped = new float[n];
      byte[] codes = new byte[n];
      encode(shipped, golden, block, decodedShipped, codes);
      encode(original, golden, block, decoded, codes);
      for (int i = 0; i < n; i++) {
        int index = original(codes[i], zero);
        int exact = golden.exact[from + i] & 0xFF;
        String what = file + ", element " + (from + i) + ": " + golden.input[from + i];
        assertBits(decoded[i], map[index] * golden.scales[block], what);
        if (index != exact && !golden.tie[from + i]) {
          crossings++;
          assertThat(Math.abs(index - exact)).as(what).isEqualTo(1);
          float midpoint = 0.5f * (map[index] + map[exact]);
          double x = (double) golden.input[from + i] / golden.scales[block];
          assertThat(Math.abs(x - midpoint)).as(what).isLessThanOrEqualTo(Math.ulp(midpoint));
        }
        boolean same = decodedShipped[i] == decoded[i];
        different += same ? 0 : 1;
        if (!same) {
          assertThat(changed[index])
              .as("%s: entry %d is not next to a dropped one", what, index)
              .isTrue();
          assertThat((double) Math.abs(decodedShipped[i] - decoded[i]))
              .as(what)
              .isLessThanOrEqualTo(limit(golden.signed, map[index]) * golden.scales[block]);
        }
      }
    }
    assertThat(crossings).as("elements within an ulp of a midpoint").isEqualTo(atMidpoints);
    assertThat(different).as("elements that decode differently").isEqualTo(decodedDifferently);
  }

  private static void encode(
      Codebook codebook, Golden golden, int block, float[] decoded, byte[] codes) {
    int n = decoded.length;
    System.arraycopy(golden.input, block * golden.blockSize, decoded, 0, n);
    float scale = Codebooks.encode(codebook, decoded, n, 0, 0, codes);
    assertBits(scale, golden.scales[block], "scale of block " + block);
    codebook.decode(codes, n, scale, decoded);
  }

  /** How far a number may move: an entry near 0 by the dropped zero, others by half a gap each. */
  private static double limit(boolean signed, float value) {
    return Math.abs(value) < 0.09 ? 3.3e-7 : signed ? SIGNED_GAP : UNSIGNED_GAP;
  }

  /** Entries that the other map lacks, and their neighbours. */
  private static boolean[] nextToDropped(float[] map, float[] other) {
    boolean[] result = new boolean[256];
    for (int i = 0; i < 256; i++) {
      boolean kept = false;
      for (float v : other) {
        kept |= v == map[i];
      }
      for (int j = Math.max(0, i - 1); !kept && j <= Math.min(255, i + 1); j++) {
        result[j] = true;
      }
    }
    return result;
  }

  /** A codebook wants its smallest magnitude at byte 0. */
  private static float[] swap(float[] map, int zero) {
    float[] swapped = map.clone();
    swapped[0] = map[zero];
    swapped[zero] = map[0];
    return swapped;
  }

  private static int original(byte code, int zero) {
    return code == 0 ? zero : (code & 0xFF) == zero ? 0 : code & 0xFF;
  }

  private static float[] levels(float[] values, int sign, float from, float below) {
    float[] found = new float[256];
    int n = 0;
    for (float v : values) {
      float magnitude = v * sign;
      if (magnitude >= from && magnitude < below) {
        found[n++] = magnitude;
      }
    }
    float[] sorted = Arrays.copyOf(found, n);
    Arrays.sort(sorted);
    return sorted;
  }

  private static float center(int i, int levels) {
    return (float) (0.1 + 0.9 * (i + 0.5) / levels);
  }

  private static String sign(boolean signed) {
    return signed ? "signed" : "unsigned";
  }

  private static void assertBits(float actual, float expected, String what) {
    if (Float.floatToRawIntBits(actual) != Float.floatToRawIntBits(expected)) {
      fail("%s is %s, golden %s", what, actual, expected);
    }
  }
}
