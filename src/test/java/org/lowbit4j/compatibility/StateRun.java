package org.lowbit4j.compatibility;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lowbit4j.codec.QuantMap;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;

/** An updater on a state of its own, 700 parameters in eleven blocks, and recorded gradients. */
final class StateRun {

  static final int STEPS = 4;
  private static final int PARAMETERS = 700;
  private static final int CLIPPING = 20;
  private static final int NO_CLIPPING = 100;

  /** The ways of keeping state that version 1 has. */
  static final class Form {
    private final int bits;
    private final DataType type;
    private final QuantMap map;
    private final boolean clipping;

    Form(int bits, DataType type, QuantMap map, boolean clipping) {
      this.bits = bits;
      this.type = type;
      this.map = map;
      this.clipping = clipping;
    }

    static List<Form> all() {
      List<Form> all = new ArrayList<>();
      for (int bits : new int[] {8, 32}) {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16}) {
          for (QuantMap map : new QuantMap[] {QuantMap.POWER, QuantMap.DYNAMIC}) {
            all.add(new Form(bits, type, map, false));
            all.add(new Form(bits, type, map, true));
          }
        }
      }
      return all;
    }

    /** The forms of which the bytes are kept, beside their hash. */
    static List<Form> samples() {
      return List.of(
          new Form(8, DataType.FLOAT, QuantMap.POWER, false),
          new Form(8, DataType.FLOAT16, QuantMap.POWER, true));
    }

    /** Those of 4 bits, which came later. */
    static List<Form> allOf4Bits() {
      List<Form> all = new ArrayList<>();
      for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16}) {
        all.add(new Form(4, type, QuantMap.POWER, false));
        all.add(new Form(4, type, QuantMap.POWER, true));
      }
      return all;
    }

    /** Those of 4 bits of which the bytes are kept. */
    static List<Form> samplesOf4Bits() {
      List<Form> samples = new ArrayList<>(allOf4Bits());
      samples.removeIf(form -> form.clipping);
      return samples;
    }

    IUpdater updater(Variant variant) {
      return variant.updater(bits, type, map, clipping ? CLIPPING : NO_CLIPPING);
    }

    /** The file that has the bytes of a sample. */
    String file(Variant variant) {
      String words = type == DataType.FLOAT16 ? "half" : type.name().toLowerCase(Locale.ROOT);
      return "states/" + variant.file() + (bits == 4 ? "-4bits" : "") + "-" + words + ".bin";
    }

    @Override
    public String toString() {
      return bits
          + " "
          + (type == DataType.FLOAT16 ? "HALF" : type)
          + " "
          + map
          + (clipping ? " clipped" : "");
    }
  }

  private final DataType type;
  private final INDArray state;
  private final GradientUpdater<?> updater;
  private final List<byte[]> updates = new ArrayList<>();

  private StateRun(IUpdater config, DataType type, INDArray state, boolean initialize) {
    this.type = type;
    this.state = state;
    this.updater = config.instantiate(state, initialize);
  }

  /** After the recorded steps. */
  static StateRun after(Variant variant, Form form) {
    IUpdater config = form.updater(variant);
    INDArray state = Nd4j.ones(form.type, config.stateSize(PARAMETERS));
    StateRun run = new StateRun(config, form.type, state, true);
    for (int step = 0; step < STEPS; step++) {
      run.step(step);
    }
    return run;
  }

  /** On bytes that were kept. */
  static StateRun on(byte[] bytes, Variant variant, Form form) {
    return new StateRun(
        form.updater(variant), form.type, Recorded.ofBytes(bytes, form.type), false);
  }

  void step(int step) {
    INDArray gradient = Recorded.array("state", step, type, PARAMETERS);
    updater.applyUpdater(gradient, step, 0);
    updates.add(Recorded.bytes(gradient));
  }

  byte[] state() {
    return Recorded.uncounted(state);
  }

  /** The hash of all updates so far. */
  String updates() {
    return Recorded.hash(updates.toArray(new byte[0][]));
  }

  /** The hash of decoded moments; by name, since the updaters' common class is not pinned. */
  String moments(Variant variant) {
    byte[][] moments = new byte[variant.moments().length][];
    for (int i = 0; i < moments.length; i++) {
      String name = variant.moments()[i];
      try {
        Object moment = updater.getClass().getMethod("moment", String.class).invoke(updater, name);
        moments[i] = Recorded.bytes((INDArray) moment);
      } catch (ReflectiveOperationException e) {
        throw new AssertionError("moment(\"" + name + "\") of " + variant, e);
      }
    }
    return Recorded.hash(moments);
  }
}
