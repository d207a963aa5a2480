package org.lowbit4j.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.WordType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Whatever copies or serializes arrays keeps every bit of state, because no word is a NaN. */
class StateBytesTest {

  /** The ways of an array through DL4J and ND4J. */
  private enum Way {
    ND4J_WRITE(StateBytesTest::writeAndRead),
    JAVA_SERIALIZATION(StateBytesTest::serialize),
    DUP(INDArray::dup),
    ASSIGN(a -> Nd4j.ones(a.dataType(), a.length()).assign(a));

    final UnaryOperator<INDArray> copy;

    Way(UnaryOperator<INDArray> copy) {
      this.copy = copy;
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyPairOfStorableBytesSurvivesAtEveryPlaceInAWord(WordType type) {
    Random random = new Random(21);
    int[] storable = storable(type);
    int places = type.bytes() - 1;
    byte[] bytes = new byte[storable.length * storable.length * places * type.bytes()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) storable[random.nextInt(storable.length)];
    }
    int at = 0;
    for (int a : storable) {
      for (int b : storable) {
        for (int place = 0; place < places; place++, at += type.bytes()) {
          bytes[at + place] = (byte) a;
          bytes[at + place + 1] = (byte) b;
        }
      }
    }
    checkAllWays(array(type, bytes));
  }

  @ParameterizedTest
  @CsvSource({"FLOAT, 4", "FLOAT, 8", "DOUBLE, 4", "DOUBLE, 8", "HALF, 4", "HALF, 8"})
  void headersScalesAndCodesSurvive(WordType type, int bits) {
    Random random = new Random(22);
    StateLayout layout = new StateLayout(2, bits, 64, 64 * 2000 - 7, type);
    StateMemory state = States.fresh(layout, 5);
    for (int moment = 0; moment < 2; moment++) {
      for (long block = 0; block < layout.blocks(); block++) {
        state.scale(moment, block, anyFinite(random, (int) block));
        state.writeCodes(moment, block, States.codes(random, layout));
      }
    }
    new StateHeader(1, "test", 2).write(state, StateChecksum.of(state), 1);
    checkAllWays(state.view());
  }

  @ParameterizedTest
  @EnumSource
  void valuesOf32BitsSurvive(WordType type) {
    Random random = new Random(23);
    StateLayout layout = new StateLayout(1, 32, 64, 100_001, type);
    StateMemory state = States.fresh(layout, 0);
    float[] values = new float[64];
    for (long block = 0; block < layout.blocks(); block++) {
      for (int i = 0; i < 64; i++) {
        values[i] = anyFinite(random, i);
      }
      state.writeValues(0, block, values);
    }
    checkAllWays(state.view());
  }

  /** What the reserved bytes are reserved for; if this fails, they need not be. */
  @ParameterizedTest
  @EnumSource
  void reservedBytesDoNotSurviveSerialization(WordType type) {
    Random random = new Random(24);
    for (int top = 0; top < 256; top++) {
      byte[] bytes = new byte[10_000 * type.bytes()];
      random.nextBytes(bytes);
      for (int i = 0; i < bytes.length; i++) {
        boolean last = i % type.bytes() == type.bytes() - 1;
        bytes[i] = last ? (byte) top : States.storable(random, type);
        if (!last && i % type.bytes() == type.bytes() - 2 && type != WordType.HALF) {
          // Exponents of FLOAT and DOUBLE reach into the byte below.
          bytes[i] |= (byte) 0xF0;
        }
      }
      INDArray array = array(type, bytes);
      boolean survives = Arrays.equals(bytes, States.bytes(writeAndRead(array)));
      assertThat(survives)
          .as("%s words with uppermost byte %#x", type, top)
          .isEqualTo(States.isStorable(top, type));
    }
  }

  private static void checkAllWays(INDArray array) {
    byte[] before = States.bytes(array);
    for (Way way : Way.values()) {
      byte[] after = States.bytes(way.copy.apply(array));
      int at = Arrays.mismatch(before, after);
      if (at >= 0) {
        int word = at / array.dataType().width() * array.dataType().width();
        fail(
            "%s of a %s array changed word %d from %s to %s",
            way, array.dataType(), word, hex(before, word, array), hex(after, word, array));
      }
      assertThat(States.bytes(array)).as("%s changed its source", way).isEqualTo(before);
    }
  }

  private static String hex(byte[] bytes, int from, INDArray array) {
    StringBuilder hex = new StringBuilder();
    for (int i = array.dataType().width() - 1; i >= 0; i--) {
      hex.append(String.format("%02x", bytes[from + i]));
    }
    return hex.toString();
  }

  private static float anyFinite(Random random, int index) {
    float[] extremes = {
      0, -0f, Float.MIN_VALUE, Float.MIN_NORMAL, Float.MAX_VALUE, -Float.MAX_VALUE, 0x1p112f, 1
    };
    if (index < extremes.length) {
      return extremes[index];
    }
    float x = Float.intBitsToFloat(random.nextInt());
    return Float.isFinite(x) ? index % 5 == 0 ? x * Float.MIN_NORMAL : x : 1;
  }

  private static int[] storable(WordType type) {
    int[] codes = new int[256];
    int n = 0;
    for (int code = 0; code < 256; code++) {
      if (States.isStorable(code, type)) {
        codes[n++] = code;
      }
    }
    return Arrays.copyOf(codes, n);
  }

  private static INDArray array(WordType type, byte[] bytes) {
    INDArray array = Nd4j.zeros(type.dataType(), bytes.length / type.bytes());
    new RawMemory(array, bytes.length).at(0).put(bytes);
    return array;
  }

  private static INDArray writeAndRead(INDArray array) {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      Nd4j.write(array, new DataOutputStream(out));
      return Nd4j.read(new ByteArrayInputStream(out.toByteArray()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static INDArray serialize(INDArray array) {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (ObjectOutputStream objects = new ObjectOutputStream(out)) {
        objects.writeObject(array);
      }
      return (INDArray)
          new ObjectInputStream(new ByteArrayInputStream(out.toByteArray())).readObject();
    } catch (IOException | ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }
}
