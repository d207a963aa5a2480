package org.lowbit4j.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.lowbit4j.codec.Codebook;

/**
 * A codebook as the kernels read it: {@code lowbit4j::Table}.
 *
 * <p>A number's upper 16 bits leave two levels at most for the one below it, of which the lower is
 * looked up. Buckets below the first level that tells anything are left out, so that what is used
 * of the table stays in a cache of some kilobytes.
 */
final class DeviceTable {

  static final int BYTES = 1024 + 2048 + 1024 + 16 + 2 * 4096;

  private static final int SHIFT = 16;
  private static final int LAST_BUCKET = Float.floatToRawIntBits(1f) >>> SHIFT;
  private static final int BUCKETS = 4096;

  private final float[] values;
  private final Codebook codebook;
  private final ByteBuffer out = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final byte[][] floors = new byte[2][BUCKETS];
  private final int[] lowestBucket = new int[2];
  private final int[] next = new int[256];

  private DeviceTable(Codebook codebook) {
    values = codebook.values();
    this.codebook = codebook;
  }

  /** The table's bytes. */
  static byte[] of(Codebook codebook) {
    return new DeviceTable(codebook).bytes();
  }

  private byte[] bytes() {
    for (float value : values) {
      out.putFloat(value);
    }
    int levels = putLevels(0, codesByMagnitude(false), 0);
    levels = putLevels(1, codesByMagnitude(true), levels);
    out.position(1024 + 2048);
    for (int bits : next) {
      out.putInt(bits);
    }
    out.putInt(lowestBucket[0]).putInt(lowestBucket[1]);
    out.putInt(codebook.top()).putInt(codebook.isSigned() ? 1 : 0);
    out.put(floors[0]).put(floors[1]);
    return out.array();
  }

  /** Returns the number of levels so far. */
  private int putLevels(int sign, List<Integer> codes, int first) {
    int n = codes.size();
    if (first + n > 256) {
      throw new IllegalArgumentException("The codebook has more than 256 levels.");
    }
    for (int k = 0; k < n; k++) {
      boolean last = k + 1 == n;
      float level = magnitude(codes, k);
      float above = last ? Float.POSITIVE_INFINITY : magnitude(codes, k + 1);
      out.putFloat(last ? Float.POSITIVE_INFINITY : 0.5f * (level + above));
      out.putInt(codes.get(k) | codes.get(last ? k : k + 1) << 8);
      next[first + k] = last ? Integer.MAX_VALUE : Float.floatToRawIntBits(above);
    }
    putFloors(sign, codes, first);
    return first + n;
  }

  private void putFloors(int sign, List<Integer> codes, int first) {
    // Below the bucket before that of the second level everything is on the lowest.
    int lowest =
        codes.size() == 1
            ? LAST_BUCKET
            : (Float.floatToRawIntBits(magnitude(codes, 1)) >>> SHIFT) - 1;
    if (lowest < 0 || LAST_BUCKET - lowest >= BUCKETS) {
      throw new IllegalArgumentException("The codebook's lowest values are too small.");
    }
    lowestBucket[sign] = lowest;
    int k = 0;
    for (int bucket = lowest; bucket <= LAST_BUCKET; bucket++) {
      while (k + 1 < codes.size()
          && Float.floatToRawIntBits(magnitude(codes, k + 1)) <= bucket << SHIFT) {
        k++;
      }
      floors[sign][bucket - lowest] = (byte) (first + k);
    }
  }

  private float magnitude(List<Integer> codes, int k) {
    return Math.abs(values[codes.get(k)]);
  }

  /** The codes of one sign. Byte 0 serves both unless the table has a negative zero. */
  private List<Integer> codesByMagnitude(boolean negative) {
    List<Integer> codes = new ArrayList<>();
    for (int code = 0; code < 256; code++) {
      boolean isNegative = Float.floatToRawIntBits(values[code]) < 0;
      if (!Float.isNaN(values[code]) && isNegative == negative) {
        codes.add(code);
      }
    }
    codes.sort(Comparator.comparingDouble(code -> Math.abs(values[code])));
    if (negative && (codes.isEmpty() || values[codes.get(0)] != 0)) {
      codes.add(0, 0);
    }
    return codes;
  }
}
