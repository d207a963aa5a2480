package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.state.StateFormatException;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.updater.Internals;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;

/** The state of a small updater after some steps, and what becomes of its damaged copies. */
final class SavedState {

  /** In three blocks, the last one short, with padding behind it. */
  static final int ELEMENTS = 150;

  private static final int BLOCK = 64;
  private static final int STEPS = 3;
  private static final int SLACK_WORDS = 4;
  private static final int STEPS_AT = 22;

  /** What a restored copy does. */
  enum Verdict {
    /** Stopped the step, with gradient and state as they were. */
    REFUSED,
    /** The next update and what is kept are those of the state itself. */
    HARMLESS,
    /** As fresh state. */
    FRESH,
    OTHER
  }

  /** How state is kept. */
  static final class Form {
    final int bits;
    final DataType type;
    private final QuantMap map;
    private final boolean clips;

    private Form(int bits, DataType type, QuantMap map, boolean clips) {
      this.bits = bits;
      this.type = type;
      this.map = map;
      this.clips = clips;
    }

    static List<Form> all() {
      List<Form> forms = new ArrayList<>();
      for (int bits : new int[] {4, 8, 32}) {
        for (WordType words : WordType.values()) {
          for (boolean clips : new boolean[] {false, true}) {
            forms.add(new Form(bits, words.dataType(), QuantMap.POWER, clips));
            if (bits == 8) {
              forms.add(new Form(bits, words.dataType(), QuantMap.DYNAMIC, clips));
            }
          }
        }
      }
      return forms;
    }

    LowBitConfig<?> config(Optimizers o) {
      LowBitConfig<?> config =
          o.config().optimBits(bits).min8bitSize(0).blockSize(BLOCK).quantMap(map).dataType(type);
      return clips ? config.percentileClipping(50) : config;
    }

    @Override
    public String toString() {
      return bits + " bits " + type + " " + map + (clips ? " clipped" : "");
    }
  }

  final Form form;
  final LowBitConfig<?> config;
  final StateLayout layout;
  final byte[] bytes;

  private final String name;
  private final INDArray array;
  private final INDArray gradient;
  private final byte[] gradientBytes;
  private final byte[] nextUpdate;
  private final byte[] nextState;
  private final byte[] freshUpdate;

  /** Bytes that mean something, once asked for. */
  private BitSet claimed;

  SavedState(Optimizers o, Form form, long seed) {
    this.name = o + ", " + form;
    this.form = form;
    this.config = form.config(o);
    this.layout = Internals.layout(config, ELEMENTS, WordType.of(form.type, "state"));
    this.array = Nd4j.zeros(form.type, config.stateSize(ELEMENTS) + SLACK_WORDS);
    Random random = new Random(seed);
    GradientUpdater<?> writer = config.instantiate(array, true);
    for (int t = 0; t < STEPS; t++) {
      Updaters.step(writer, Updaters.normal(random, ELEMENTS, 1), t, form.type);
    }
    this.bytes = Networks.bytes(array);
    this.gradient = Nd4j.createFromArray(Updaters.normal(random, ELEMENTS, 1)).castTo(form.type);
    this.gradientBytes = Networks.bytes(gradient);
    writer.applyUpdater(gradient, STEPS, 0);
    this.nextUpdate = Networks.bytes(gradient);
    this.nextState = Networks.bytes(array);
    put(gradient, gradientBytes);
    config.instantiate(array, true).applyUpdater(gradient, STEPS, 0);
    this.freshUpdate = Networks.bytes(gradient);
  }

  /** Restores a copy into a new updater, which has never seen this state, and does a step. */
  Verdict restore(byte[] copy) {
    put(array, copy);
    return step(array, config, copy);
  }

  /** The same with the updater of another state. */
  Verdict restoreInto(SavedState other) {
    byte[] copy = Arrays.copyOf(bytes, other.bytes.length);
    other.put(other.array, copy);
    return other.step(other.array, other.config, copy);
  }

  /** The same with the first words only, as an array. */
  Verdict restoreWords(long words) {
    INDArray cut = Nd4j.zeros(form.type, words);
    byte[] copy = Arrays.copyOf(bytes, (int) words * form.type.width());
    put(cut, copy);
    return step(cut, config, copy);
  }

  private Verdict step(INDArray state, LowBitConfig<?> reader, byte[] copy) {
    put(gradient, gradientBytes);
    try {
      reader.instantiate(state, false).applyUpdater(gradient, STEPS, 0);
    } catch (StateFormatException e) {
      assertThat(e).hasMessageContaining("Nothing was changed");
      assertThat(Networks.bytes(state)).as("state of %s", this).isEqualTo(copy);
      assertThat(Networks.bytes(gradient)).as("gradient of %s", this).isEqualTo(gradientBytes);
      return Verdict.REFUSED;
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageContaining("smallest state");
      return Verdict.REFUSED;
    }
    byte[] update = Networks.bytes(gradient);
    boolean sameUpdate = Arrays.equals(update, nextUpdate);
    if (sameUpdate && isSame(Networks.bytes(state), nextState)) {
      return Verdict.HARMLESS;
    }
    return Arrays.equals(update, freshUpdate) ? Verdict.FRESH : Verdict.OTHER;
  }

  /** Whether all that means something is the same. */
  private boolean isSame(byte[] a, byte[] b) {
    for (int i = 0; i < layout.bytes(); i++) {
      if (a[i] != b[i] && !isPadding(i)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a byte of the layout belongs to nothing. */
  boolean isPadding(int at) {
    return at < layout.bytes() && !meaning().get(at);
  }

  /** Whether a byte is one of the words that count steps. */
  boolean isAge(int at) {
    int word = at / form.type.width();
    return word == STEPS_AT || word == STEPS_AT + 1;
  }

  private BitSet meaning() {
    if (claimed == null) {
      claimed = new BitSet();
      claimed.set(0, (int) layout.normsOffset() + layout.norms() * Float.BYTES);
      for (int k = 0; k < layout.moments(); k++) {
        if (layout.isQuantized()) {
          int scales = (int) layout.scaleOffset(k, 0);
          claimed.set(scales, scales + (int) layout.blocks() * Float.BYTES);
        }
        int values = (int) layout.valueOffset(k, 0);
        claimed.set(values, (int) layout.valueOffset(k, ELEMENTS));
      }
    }
    return claimed;
  }

  /** Where something ends and something else begins, in bytes. */
  int[] boundaries() {
    BitSet at = new BitSet();
    int width = form.type.width();
    for (int word = 0; word <= StateLayout.HEADER_WORDS; word++) {
      at.set(word * width);
    }
    for (int norm = 0; norm <= layout.norms(); norm++) {
      at.set((int) layout.normsOffset() + norm * Float.BYTES);
    }
    for (int k = 0; k < layout.moments(); k++) {
      for (int block = 0; block < layout.blocks(); block++) {
        if (layout.isQuantized()) {
          at.set((int) layout.scaleOffset(k, block));
        }
        at.set((int) layout.valueOffset(k, (long) block * BLOCK));
      }
      at.set((int) layout.valueOffset(k, ELEMENTS));
    }
    at.set((int) layout.bytes());
    return at.stream().toArray();
  }

  private void put(INDArray to, byte[] from) {
    new RawMemory(to, to.length() * to.dataType().width()).at(0).put(from);
  }

  @Override
  public String toString() {
    return name;
  }
}
