package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lowbit4j.SavedState.Form;
import org.lowbit4j.SavedState.Verdict;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.updater.Internals;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Saved state of every optimizer and form, damaged and restored: refused, or harmless by
 * construction. A sample of each kind of damage; with the tag slow all of it, counted.
 */
class StateDamageTest {

  private static final int SAMPLED = 31;

  private interface Damage {
    void to(SavedState state, DamageTally tally);
  }

  /** Of each optimizer in each form, in this order. */
  private static final List<SavedState> STATES = states(1);

  private static final List<SavedState> OTHERS = states(2);

  private static List<SavedState> states(long seed) {
    List<SavedState> states = new ArrayList<>();
    for (Optimizers o : Optimizers.values()) {
      Form.all().forEach(form -> states.add(new SavedState(o, form, seed)));
    }
    return states;
  }

  private static DamageTally tally(String what, Damage damage) {
    DamageTally tally = new DamageTally(what);
    STATES.forEach(state -> damage.to(state, tally));
    return tally;
  }

  /** Every so manyth bit, the first one another for each state. */
  private static Damage flips(int every) {
    int[] first = {0};
    return (state, tally) -> {
      for (int bit = first[0]++ % every; bit < 8 * state.bytes.length; bit += every) {
        byte[] copy = state.bytes.clone();
        copy[bit / 8] ^= (byte) (1 << bit % 8);
        tally.restore(state, copy, "bit " + bit % 8 + " of byte " + bit / 8);
      }
    };
  }

  @Test
  void oneBit() {
    tally("one bit", flips(8 * SAMPLED + 1));
  }

  @Test
  @Tag("slow")
  void everyBit() {
    tally("every single bit", flips(1)).print();
  }

  /** Zeros from there on, and an array that ends there. */
  private static Damage truncation(int every) {
    int[] turn = {0};
    return (state, tally) -> {
      for (int at : state.boundaries()) {
        if (turn[0]++ % every == 0) {
          for (int cut = Math.max(0, at - 1); cut <= at + 1; cut++) {
            byte[] copy = Arrays.copyOf(Arrays.copyOf(state.bytes, cut), state.bytes.length);
            tally.restore(state, copy, "zeros from byte " + cut);
          }
          tally.restoreWords(state, Math.max(1, at / state.form.type.width()));
        }
      }
    };
  }

  @Test
  void truncated() {
    DamageTally tally = tally("truncated", truncation(11));
    assertThat(tally.accepted()).isPositive();
  }

  @Test
  @Tag("slow")
  void truncatedAtEveryBoundary() {
    tally("truncated at each boundary", truncation(1)).print();
  }

  /** Values, scales or both of two blocks in each other's place; and those of another state. */
  private static void swaps(SavedState state, SavedState other, DamageTally tally) {
    int blocks = (int) state.layout.blocks();
    int pieces = state.layout.moments() * blocks;
    for (int a = 0; a < pieces; a++) {
      for (int what = 1; what <= (state.layout.isQuantized() ? 3 : 1); what++) {
        for (int b = 0; b < a; b++) {
          byte[] copy = state.bytes.clone();
          copyBlock(state, state.bytes, a, copy, b, what);
          copyBlock(state, state.bytes, b, copy, a, what);
          tally.restore(state, copy, "swapped " + a + " and " + b + ", " + what);
        }
        byte[] mixed = state.bytes.clone();
        copyBlock(state, other.bytes, a, mixed, a, what);
        tally.restore(state, mixed, "block " + a + " of another state, " + what);
      }
    }
    int header = (int) state.layout.normsOffset();
    byte[] mixed = other.bytes.clone();
    System.arraycopy(state.bytes, 0, mixed, 0, header);
    tally.restore(state, mixed, "another state behind the header");
  }

  /** As much as both have. */
  private static void copyBlock(SavedState state, byte[] from, int a, byte[] to, int b, int what) {
    int blocks = (int) state.layout.blocks();
    if ((what & 1) != 0) {
      int n =
          Math.min(state.layout.blockLength(a % blocks), state.layout.blockLength(b % blocks))
              * state.form.bits
              / 8;
      System.arraycopy(from, value(state, a), to, value(state, b), n);
    }
    if ((what & 2) != 0) {
      int scaleA = (int) state.layout.scaleOffset(a / blocks, a % blocks);
      int scaleB = (int) state.layout.scaleOffset(b / blocks, b % blocks);
      System.arraycopy(from, scaleA, to, scaleB, Float.BYTES);
    }
  }

  private static int value(SavedState state, int piece) {
    int blocks = (int) state.layout.blocks();
    return (int)
        state.layout.valueOffset(
            piece / blocks, (long) (piece % blocks) * state.layout.blockSize());
  }

  private static DamageTally swaps(int every) {
    DamageTally tally = new DamageTally("blocks swapped");
    for (int i = 0; i < STATES.size(); i += every) {
      swaps(STATES.get(i), OTHERS.get(i), tally);
    }
    return tally;
  }

  @Test
  void blocksSwapped() {
    swaps(7);
  }

  @Test
  @Tag("slow")
  void blocksOfAllStatesSwapped() {
    swaps(1).print();
  }

  /** Those with the same rule, such as Adam and AdamW, keep the same moments. */
  private static DamageTally pairs(int every) {
    DamageTally tally = new DamageTally("states of other optimizers and forms");
    int forms = Form.all().size();
    for (int w = 0; w < STATES.size(); w++) {
      for (int r = w % every; r < STATES.size(); r += every) {
        SavedState writer = STATES.get(w);
        SavedState reader = STATES.get(r);
        boolean isSameRule =
            Internals.rule(writer.config).id() == Internals.rule(reader.config).id();
        boolean isSameForm = w % forms == r % forms;
        if (isSameForm && isSameRule) {
          assertThat(writer.restoreInto(reader))
              .as("%s into %s", writer, reader)
              .isNotEqualTo(Verdict.REFUSED);
        } else if (isSameForm || isSameRule) {
          tally.count(reader, writer.restoreInto(reader), false, "state of " + writer);
        }
      }
    }
    return tally;
  }

  @Test
  void statesOfOtherOptimizersAndForms() {
    pairs(7);
  }

  @Test
  @Tag("slow")
  void statesOfAllOtherOptimizersAndForms() {
    pairs(1).print();
  }

  /** With equal states, those of other gradients, and fresh ones. */
  private static DamageTally averages(int every) {
    DamageTally tally = new DamageTally("averaged");
    for (int i = 0; i < STATES.size(); i += every) {
      SavedState state = STATES.get(i);
      byte[][] others = {state.bytes, OTHERS.get(i).bytes, new byte[state.bytes.length]};
      for (int replicas = 2; replicas <= 3; replicas++) {
        for (byte[] other : others) {
          tally.restore(state, average(state, other, replicas, true), "averaged");
          tally.restore(state, average(state, other, replicas, false), "added and divided");
        }
      }
    }
    return tally;
  }

  @Test
  void averaged() {
    averages(5);
  }

  @Test
  @Tag("slow")
  void allAveraged() {
    averages(1).print();
  }

  /** Of one state and others that are equal: as ParallelWrapper makes it, or Spark. */
  private static byte[] average(SavedState state, byte[] other, int replicas, boolean atOnce) {
    INDArray[] all = new INDArray[replicas];
    for (int i = 0; i < replicas; i++) {
      byte[] bytes = i == 0 ? state.bytes : other;
      all[i] = Nd4j.zeros(state.form.type, bytes.length / state.form.type.width());
      new RawMemory(all[i], bytes.length).at(0).put(bytes);
    }
    if (atOnce) {
      Nd4j.averageAndPropagate(all);
    } else {
      for (int i = 1; i < replicas; i++) {
        all[0].addi(all[i]);
      }
      all[0].divi(replicas);
    }
    return Networks.bytes(all[0]);
  }

  /** Anywhere, of any length; the whole state, with its header and without. */
  private static Damage randomBytes(int trials) {
    Random random = new Random(3);
    return (state, tally) -> {
      int header = (int) state.layout.normsOffset();
      for (int trial = 0; trial < trials; trial++) {
        int from =
            trial % 4 == 0 ? header : trial % 4 == 1 ? 0 : random.nextInt(state.bytes.length);
        int most = state.bytes.length - from;
        int n =
            trial % 4 < 2 ? most : 1 + random.nextInt(trial % 4 == 2 ? Math.min(8, most) : most);
        byte[] rubbish = new byte[n];
        random.nextBytes(rubbish);
        byte[] copy = state.bytes.clone();
        System.arraycopy(rubbish, 0, copy, from, n);
        tally.restore(state, copy, "random bytes from " + from + " to " + (from + n));
      }
    };
  }

  @Test
  void randomBytesAnywhere() {
    tally("random bytes", randomBytes(8));
  }

  @Test
  @Tag("slow")
  void manyRandomBytesAnywhere() {
    tally("random bytes", randomBytes(3000)).print();
  }
}
