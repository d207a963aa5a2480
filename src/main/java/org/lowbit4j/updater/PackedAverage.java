package org.lowbit4j.updater;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.cuda.HostAccess;
import org.lowbit4j.kernel.Kernels;
import org.lowbit4j.memory.ParallelLoop;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.Moment;
import org.lowbit4j.state.StateChecksum;
import org.lowbit4j.state.StateGuard;
import org.lowbit4j.state.StateHeader;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateMemory;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The mean of states of one updater block, in float64, encoded once. A quantization block at a time
 * is decoded, never a whole state.
 */
final class PackedAverage extends BlockAverage {

  private final LowBitConfig<?> config;
  private final List<StateMemory> states = new ArrayList<>();

  /** Those that are not fresh, which are in the mean as zeros. */
  private final List<StateMemory> used = new ArrayList<>();

  /** The moment that relative ones are divided by; -1 if there is none. */
  private final int divisor;

  private int steps;
  private StateLayout layout;

  /**
   * Opens states, and verifies them.
   *
   * @param parameters of the block
   * @param views a state array of each replica
   */
  PackedAverage(LowBitConfig<?> config, long parameters, List<INDArray> views) {
    this.config = config;
    this.divisor = Moment.divisor(config.rule().moments());
    for (INDArray view : views) {
      open(view, parameters);
    }
  }

  private void open(INDArray view, long parameters) {
    HostAccess.begin(view);
    StateMemory state = new StateMemory(view);
    StateLayout own =
        config.layout(parameters, state.words(), state.bytes(), StateHeader.bits(state));
    StateGuard guard = new StateGuard(state, config.header());
    guard.open(own);
    boolean fresh = guard.isFresh();
    // Fresh state has no layout yet: a block with room for 32 bits may have either.
    if (!fresh && layout != null && !layout.equals(own)) {
      throw unlike(states.size() + 1, config, own, layout);
    }
    states.add(state);
    if (!fresh) {
      layout = own;
      used.add(state);
      steps = Math.max(steps, guard.steps(0));
    }
  }

  @Override
  public void requireRoom(INDArray view) {
    WordType words = WordType.of(view.dataType(), "state array");
    WordType own = states.get(0).words();
    if (words != own || layout != null && view.length() * words.bytes() < layout.bytes()) {
      throw noRoom(view, layout == null ? 0 : layout.words(), own);
    }
  }

  @Override
  public void into(INDArray view, int counter) {
    if (used.isEmpty()) {
      view.assign(0);
      return;
    }
    HostAccess.begin(view);
    StateMemory target = new StateMemory(view);
    target.layout(layout);
    long checksum = writeNorms(target);
    Blocks blocks = new Blocks(target, counter);
    long size = Math.max(1, ParallelLoop.PIECE / layout.blockSize());
    blocks.run(blocks.shares.length, 0, layout.blocks(), size);
    for (Share share : blocks.shares) {
      checksum += share.checksum;
    }
    config.header().write(target, checksum, steps);
    target.keepAlive();
    used.forEach(StateMemory::keepAlive);
    HostAccess.written(view);
    if (layout.words() < view.length()) {
      // What is left over stays zero, whatever was there.
      view.reshape(view.length())
          .get(NDArrayIndex.interval(layout.words(), view.length()))
          .assign(0);
    }
  }

  /** Slot by slot one of the states' norms, by turns the smallest, the next, to the largest. */
  private long writeNorms(StateMemory target) {
    if (layout.norms() == 0) {
      return 0;
    }
    float[][] norms = new float[used.size()][layout.norms()];
    for (int i = 0; i < norms.length; i++) {
      used.get(i).readNorms(norms[i]);
    }
    float[] all = new float[layout.norms()];
    float[] slot = new float[norms.length];
    for (int i = 0; i < all.length; i++) {
      for (int j = 0; j < slot.length; j++) {
        slot[j] = norms[j][i];
      }
      Arrays.sort(slot);
      all[i] = slot[i % slot.length];
    }
    target.writeNorms(all);
    return StateChecksum.ofNorms(layout.moments(), all);
  }

  /** The blocks, shared among threads, each with places and buffers of its own. */
  private final class Blocks extends ParallelLoop {

    private final Share[] shares;
    private final Codebook[] codebooks;
    private final int counter;

    Blocks(StateMemory target, int counter) {
      this.counter = counter;
      this.codebooks = config.codebooks(layout.wordType());
      shares = new Share[shares(Kernels.javaThreads(layout.elements()), layout.elements(), PIECE)];
      for (int i = 0; i < shares.length; i++) {
        shares[i] = new Share(target);
      }
    }

    @Override
    protected void piece(int share, long from, long to) {
      for (long block = from; block < to; block++) {
        shares[share].average(block, codebooks, counter);
      }
    }
  }

  /** What one thread has for itself. */
  private final class Share {

    private final StateMemory target;
    private final StateMemory[] from;
    private final double[] sum = new double[layout.blockSize()];
    private final float[] values = new float[layout.blockSize()];
    private final float[] fromMiddle = new float[layout.blockSize()];
    private final float[] work = new float[layout.blockSize()];
    private final float[] roots = new float[layout.blockSize()];
    private final byte[] codes = new byte[layout.blockSize()];
    private final byte[] first = new byte[layout.blockSize()];
    private long checksum;

    Share(StateMemory target) {
      this.target = target.another();
      this.from = used.stream().map(StateMemory::another).toArray(StateMemory[]::new);
    }

    /** Relative moments first: the target may be one of the states, whose divisor they need. */
    void average(long block, Codebook[] codebooks, int counter) {
      for (boolean relative : new boolean[] {true, false}) {
        for (int k = 0; k < codebooks.length; k++) {
          if (codebooks[k].isRelative() == relative) {
            average(k, block, codebooks, counter);
          }
        }
      }
    }

    private void average(int k, long block, Codebook[] codebooks, int counter) {
      int n = layout.blockLength(block);
      Arrays.fill(sum, 0, n, 0);
      if (!layout.isQuantized()) {
        for (StateMemory state : from) {
          state.readValues(k, block, values);
          add(n);
        }
        mean(n);
        target.writeValues(k, block, values);
        checksum += StateChecksum.ofValues(k, block, values, n);
        return;
      }
      boolean relative = codebooks[k].isRelative();
      boolean allEqual = areAllEqual(k, block, n) && (!relative || areAllEqual(divisor, block, n));
      float scale = from[0].scale(k, block);
      if (allEqual) {
        from[0].readCodes(k, block, first);
      } else {
        scale = encodeMean(k, block, codebooks, counter);
      }
      scale = target.scale(k, block, scale);
      target.writeCodes(k, block, first);
      checksum += StateChecksum.ofCodes(k, block, scale, first, n, layout.bits());
    }

    private float encodeMean(int k, long block, Codebook[] codebooks, int counter) {
      int n = layout.blockLength(block);
      boolean relative = codebooks[k].isRelative();
      if (relative) {
        decodeMean(divisor, block, codebooks);
        codebooks[divisor].roots(values, n, work);
        Arrays.fill(sum, 0, n, 0);
      }
      decodeMean(k, block, codebooks);
      if (relative) {
        Codebook.divide(values, n, work);
      }
      Codebook.ditherByHash(block * layout.blockSize(), counter, n, fromMiddle);
      return codebooks[k].encodeMean(values, n, fromMiddle, first, work);
    }

    /** The mean of a moment. */
    private void decodeMean(int k, long block, Codebook[] codebooks) {
      int n = layout.blockLength(block);
      for (StateMemory state : from) {
        if (codebooks[k].isRelative()) {
          decodeStored(state, divisor, block, codebooks, roots);
        }
        decodeStored(state, k, block, codebooks, values);
        codebooks[k].finish(n, roots, values);
        add(n);
      }
      mean(n);
    }

    private void decodeStored(
        StateMemory state, int k, long block, Codebook[] codebooks, float[] out) {
      state.readCodes(k, block, codes);
      codebooks[k].decodeStored(codes, layout.blockLength(block), state.scale(k, block), out);
    }

    /** Whether all states have the same block, which is then the mean. */
    private boolean areAllEqual(int k, long block, int n) {
      float scale = from[0].scale(k, block);
      from[0].readCodes(k, block, first);
      boolean equal = from.length == states.size();
      for (int i = 1; equal && i < from.length; i++) {
        equal = Float.compare(from[i].scale(k, block), scale) == 0;
        if (equal) {
          from[i].readCodes(k, block, codes);
          equal = Arrays.equals(codes, 0, n, first, 0, n);
        }
      }
      return equal;
    }

    private void add(int n) {
      for (int i = 0; i < n; i++) {
        sum[i] += values[i];
      }
    }

    private void mean(int n) {
      double all = states.size();
      for (int i = 0; i < n; i++) {
        values[i] = (float) (sum[i] / all);
      }
    }
  }
}
