package org.lowbit4j.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntFunction;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A reader of state written by docs/state-format.md alone reads what the library reads. */
class StateFormatPageTest {

  private static final int N = 5000;
  private static final int BLOCK = 256;
  private static final int BLOCKS = (N + BLOCK - 1) / BLOCK;
  private static final int HEADER = 24;

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT", "DOUBLE", "HALF"})
  void momentsAndChecksumAreThoseOfThePage(DataType type) {
    Adam8bit config = new Adam8bit(1e-3).dataType(type);
    INDArray state = Nd4j.zeros(type, 1, config.stateSize(N));
    LowBitUpdater<?> updater = (LowBitUpdater<?>) config.instantiate(state, true);
    for (int step = 0; step < 3; step++) {
      updater.applyUpdater(Nd4j.randn(DataType.FLOAT, N).castTo(type), step, 0);
    }
    byte[] raw = new byte[Math.toIntExact(state.length() * type.width())];
    new BytePointer(state.data().addressPointer()).get(raw);
    ByteBuffer bytes = ByteBuffer.wrap(raw).order(ByteOrder.nativeOrder());

    boolean half = type == DataType.FLOAT16;
    IntFunction<Double> header = i -> state.getDouble(i);
    assertThat(header.apply(0)).isEqualTo(1217);
    assertThat(header.apply(1)).isEqualTo(1846);
    assertThat(header.apply(7)).isEqualTo(BLOCK);
    assertThat(header.apply(9) + 2048 * header.apply(10)).isEqualTo(N);
    int scales = HEADER * type.width();
    int values = scales + (2 * BLOCKS * 4 + 7) / 8 * 8;
    long checksum = 0;
    for (int moment = 0; moment < 2; moment++) {
      float[] expected = updater.moment(moment == 0 ? "m" : "v").toFloatVector();
      int codes = values + moment * N;
      for (int block = 0; block < BLOCKS; block++) {
        int first = block * BLOCK;
        int end = Math.min(N, first + BLOCK);
        int packed = bytes.getInt(scales + (moment * BLOCKS + block) * 4);
        float scale = half ? unpacked(packed) : Float.intBitsToFloat(packed);
        checksum += mixed(bytes, codes + first, end - first, moment, block, scale);
        for (int i = first; i < end; i++) {
          float root = value(bytes.get(codes + i) & 0xFF, moment == 0, half) * scale;
          assertThat(moment == 0 ? root : root * root).isEqualTo(expected[i]);
        }
      }
    }
    long found = 0;
    for (int digit = 0; digit < 6; digit++) {
      found |= header.apply(13 + digit).longValue() << 11 * digit;
    }
    assertThat(found).isEqualTo(checksum);
  }

  private static float value(int code, boolean first, boolean half) {
    if (first) {
      int k = code & 0x7F;
      float t = (float) (k + 2) / (half ? 125 : 128);
      return k == 0 ? 0 : (code > 127 ? -1 : 1) * (t * t * t);
    }
    int k = 0;
    for (int c = 0; c <= code; c++) {
      k += half ? (c & 0x7C) != 0x7C ? 1 : 0 : (c & 0x7F) != 0x7F ? 1 : 0;
    }
    float t = (float) (k + 2) / (half ? 250 : 256);
    return t * t;
  }

  private static float unpacked(int pair) {
    long number = digit(pair >>> 16) * 63_488L + digit(pair & 0xFFFF);
    int m = 240 << 23;
    return number < m
        ? Float.intBitsToFloat((int) number)
        : -Float.intBitsToFloat((int) (number - m));
  }

  private static int digit(int word) {
    return word < 32_768 ? word : word - 1024;
  }

  private static long mixed(ByteBuffer bytes, int at, int n, long moment, long block, float scale) {
    int a = 0;
    for (int i = 0; i < (n + 1) / 2; i++) {
      int low = bytes.get(at + 2 * i) & 0xFF;
      short word = (short) (2 * i + 1 < n ? low | bytes.get(at + 2 * i + 1) << 8 : low);
      a += ((i * (2 * i + 1) * 0x9E35 & 0x3FFF) * 2 + 1) * word;
    }
    long position = mix((moment << 48 | block) + 1);
    return mix(position ^ ((long) Float.floatToRawIntBits(scale) << 32 | a & 0xFFFFFFFFL));
  }

  private static long mix(long z) {
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
