package org.lowbit4j.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.Reference;
import java.util.Random;
import org.assertj.core.api.AbstractThrowableAssert;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.WordType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** States of any layout, filled from fixed seeds, and their bytes. */
final class States {

  static final int SLACK_WORDS = 300;
  static final StateHeader HEADER = new StateHeader(1, "adam", 1);

  /** What messages about averaged state advise. */
  static final String NO_AVERAGING = "averageUpdaters(false)";

  private States() {}

  /** Fresh state with some words left over behind the layout's end. */
  static StateMemory fresh(StateLayout layout, int slackWords) {
    return memory(Nd4j.zeros(layout.wordType().dataType(), layout.words() + slackWords), layout);
  }

  static StateMemory memory(INDArray view, StateLayout layout) {
    StateMemory state = new StateMemory(view);
    state.layout(layout);
    return state;
  }

  /** Fills scales and codes, or values, and returns the sum of the blocks' checksums. */
  static long fill(StateMemory state, Random random) {
    StateLayout layout = state.layout();
    long checksum = 0;
    for (int moment = 0; moment < layout.moments(); moment++) {
      for (long block = 0; block < layout.blocks(); block++) {
        int n = layout.blockLength(block);
        if (layout.isQuantized()) {
          float scale = state.scale(moment, block, (float) Math.exp(10 * random.nextGaussian()));
          byte[] codes = codes(random, layout);
          state.writeCodes(moment, block, codes);
          checksum += StateChecksum.ofCodes(moment, block, scale, codes, n, layout.bits());
        } else {
          float[] values = values(random, layout.blockSize());
          state.writeValues(moment, block, values);
          checksum += StateChecksum.ofValues(moment, block, values, n);
        }
      }
    }
    return checksum;
  }

  /** A block of codes that the array's type can store. */
  static byte[] codes(Random random, StateLayout layout) {
    byte[] codes = new byte[layout.blockSize()];
    for (int i = 0; i < codes.length; i++) {
      byte code = storable(random, layout.wordType());
      codes[i] = layout.bits() == 8 ? code : nibble(code, layout.wordType());
    }
    return codes;
  }

  /** A code of 4 bits that the array's type can store. */
  private static byte nibble(int code, WordType type) {
    int lower = code & 0xF;
    boolean isStorable = type == WordType.HALF ? (lower & 7) != 7 : lower != 15;
    return (byte) (isStorable ? lower : 3);
  }

  static float[] values(Random random, int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  static byte storable(Random random, WordType type) {
    int code;
    do {
      code = random.nextInt(256);
    } while (!isStorable(code, type));
    return (byte) code;
  }

  /** Whether no word can become a NaN or an infinity by this byte, whatever the others are. */
  static boolean isStorable(int code, WordType type) {
    return type == WordType.HALF ? (code >> 2 & 0x1F) != 0x1F : (code & 0x7F) != 0x7F;
  }

  static byte[] bytes(INDArray array) {
    return RawMemory.copyOf(array, (int) array.length() * array.dataType().width());
  }

  static void flip(INDArray array, long bit) {
    RawMemory memory = new RawMemory(array, array.length() * array.dataType().width());
    byte b = memory.at(bit / 8).get();
    memory.at(bit / 8).put((byte) (b ^ 1 << bit % 8));
    Reference.reachabilityFence(array);
  }

  /** Opens as a reader that never saw the state; it must throw and leave the state as it is. */
  static AbstractThrowableAssert<?, ? extends Throwable> refuses(
      StateMemory state, StateLayout layout, StateHeader reader) {
    byte[] before = bytes(state.view());
    AbstractThrowableAssert<?, ? extends Throwable> thrown =
        assertThatThrownBy(() -> new StateGuard(state, reader).open(layout))
            .isInstanceOf(StateFormatException.class)
            .hasMessageContaining("Nothing was changed");
    assertThat(bytes(state.view())).as("the state after it was refused").isEqualTo(before);
    return thrown;
  }

  /** State with slack that a guard with {@link #HEADER} wrote. */
  static StateMemory written(StateLayout layout, long seed) {
    StateMemory state = fresh(layout, SLACK_WORDS);
    write(state, layout, seed);
    return state;
  }

  static StateGuard write(StateMemory state, StateLayout layout, long seed) {
    StateGuard guard = guard(state);
    guard.open(layout);
    guard.close(fill(state, new Random(seed)), 1);
    return guard;
  }

  static StateGuard guard(StateMemory state) {
    return new StateGuard(state, HEADER);
  }
}
