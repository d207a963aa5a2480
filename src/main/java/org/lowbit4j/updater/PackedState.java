package org.lowbit4j.updater;

import java.util.Arrays;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.cuda.HostAccess;
import org.lowbit4j.rule.Moment;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateChecksum;
import org.lowbit4j.state.StateGuard;
import org.lowbit4j.state.StateHeader;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateMemory;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The state of an updater of this library, decoded and encoded outside of steps.
 *
 * <p>To be used while no step is done. Not for more than one thread.
 */
public final class PackedState implements BlockState {

  private static final int NONE = -1;

  private final LowBitUpdater<?> updater;
  private final UpdateRule rule;
  private final Codebook[] codebooks;

  /** The moment that relative ones are divided by; -1 if there is none. */
  private final int divisor;

  private final StateHeader header;
  private final StateMemory state;
  private final StateLayout layout;
  private final boolean fresh;
  private final int steps;

  /** The block that was decoded last, of each moment. */
  private final float[][] decoded;

  private final long[] decodedBlock;
  private final byte[] codes;
  private final float[] fromMiddle;
  private final float[] work;

  /**
   * Opens the state of an updater, and verifies it.
   *
   * @param updater of an updater block
   * @param elements parameters of the block
   * @throws org.lowbit4j.state.StateFormatException if the state is not the updater's, or damaged
   */
  public PackedState(LowBitUpdater<?> updater, long elements) {
    LowBitConfig<?> config = updater.kept();
    INDArray view = updater.getState().get(LowBitUpdater.STATE);
    HostAccess.begin(view);
    this.updater = updater;
    this.rule = config.rule();
    this.state = new StateMemory(view);
    this.header = config.header();
    this.layout = config.layout(elements, state.words(), state.bytes(), StateHeader.bits(state));
    StateGuard guard = new StateGuard(state, header);
    guard.open(layout);
    this.fresh = guard.isFresh();
    this.steps = guard.steps(0);
    this.codebooks = config.codebooks(state.words());
    this.divisor = Moment.divisor(rule.moments());
    int n = layout.blockSize();
    this.decoded = new float[codebooks.length][n];
    this.decodedBlock = new long[codebooks.length];
    this.codes = new byte[n];
    this.fromMiddle = new float[n];
    this.work = new float[n];
    Arrays.fill(decodedBlock, NONE);
  }

  /**
   * The arithmetic of a configuration.
   *
   * @param config of an updater of this library
   * @return its rule
   */
  public static UpdateRule rule(LowBitConfig<?> config) {
    return config.rule();
  }

  @Override
  public UpdateRule rule() {
    return rule;
  }

  @Override
  public long elements() {
    return layout.elements();
  }

  @Override
  public boolean isFresh() {
    return fresh;
  }

  @Override
  public int steps() {
    return steps;
  }

  @Override
  public float[] norms() {
    float[] norms = new float[fresh ? 0 : layout.norms()];
    if (norms.length > 0) {
      state.readNorms(norms);
    }
    return norms;
  }

  @Override
  public void read(int moment, long from, int n, float[] out, int at) {
    int done = 0;
    while (done < n) {
      long block = (from + done) / layout.blockSize();
      int first = (int) (from + done - block * layout.blockSize());
      int some = Math.min(n - done, layout.blockLength(block) - first);
      if (decodedBlock[moment] != block) {
        decode(moment, block);
      }
      System.arraycopy(decoded[moment], first, out, at + done, some);
      done += some;
    }
    state.keepAlive();
  }

  private void decode(int moment, long block) {
    decodedBlock[moment] = block;
    if (layout.isQuantized()) {
      if (codebooks[moment].isRelative()) {
        decodeStored(divisor, block, work);
      }
      decodeStored(moment, block, decoded[moment]);
      codebooks[moment].finish(layout.blockLength(block), work, decoded[moment]);
    } else {
      state.readValues(moment, block, decoded[moment]);
    }
  }

  private void decodeStored(int moment, long block, float[] out) {
    state.readCodes(moment, block, codes);
    float scale = state.scale(moment, block);
    codebooks[moment].decodeStored(codes, layout.blockLength(block), scale, out);
  }

  @Override
  public Encoded encoded(int moment) {
    return layout.isQuantized() ? new Encoded(this, moment) : null;
  }

  @Override
  public boolean isAlike(BlockState other) {
    if (!(other instanceof PackedState)) {
      return false;
    }
    PackedState o = (PackedState) other;
    return rule.id() == o.rule.id()
        && layout.equals(o.layout)
        && (!layout.isQuantized() || header.codebook() == o.header.codebook());
  }

  @Override
  public void copy(BlockState other) {
    PackedState from = (PackedState) other;
    first(state.view()).assign(first(from.state.view()));
  }

  /** The words that a layout takes; behind them DL4J may have reserved more. */
  private INDArray first(INDArray view) {
    return view.reshape(view.length()).get(NDArrayIndex.interval(0, layout.words()));
  }

  @Override
  public void write(MomentReader values, int stepsDone, float[] norms) {
    float[] coefficients = new float[rule.coefficientCount()];
    if (rule.compensates()) {
      updater.coefficients(coefficients, 1, stepsDone, 0);
    }
    long checksum = layout.norms() == 0 ? 0 : writeNorms(norms);
    for (long block = 0; block < layout.blocks(); block++) {
      checksum += writeBlock(values, block, stepsDone, coefficients);
    }
    header.write(state, checksum, stepsDone);
    Arrays.fill(decodedBlock, NONE);
    state.keepAlive();
    HostAccess.written(state.view());
  }

  /** A history that is not known counts as one of large gradients, until it is. */
  private long writeNorms(float[] norms) {
    float[] all = norms;
    if (norms.length != layout.norms()) {
      all = new float[layout.norms()];
      Arrays.fill(all, Float.MAX_VALUE);
    }
    state.writeNorms(all);
    return StateChecksum.ofNorms(layout.moments(), all);
  }

  private long writeBlock(MomentReader values, long block, int stepsDone, float[] coefficients) {
    int n = layout.blockLength(block);
    long first = block * layout.blockSize();
    for (int k = 0; k < decoded.length; k++) {
      values.read(k, first, n, decoded[k], 0);
    }
    if (layout.isQuantized()) {
      Codebook.dither(first, stepsDone, n, fromMiddle);
      divideRelative(n);
    }
    long checksum = 0;
    for (int k = 0; k < decoded.length; k++) {
      if (!layout.isQuantized()) {
        state.writeValues(k, block, decoded[k]);
        checksum += StateChecksum.ofValues(k, block, decoded[k], n);
      } else {
        float scale = copyCodes(values, k, block);
        if (Float.isNaN(scale)) {
          scale = encode(k, n, coefficients);
        }
        scale = state.scale(k, block, scale);
        state.writeCodes(k, block, codes);
        checksum += StateChecksum.ofCodes(k, block, scale, codes, n, layout.bits());
      }
    }
    return checksum;
  }

  /** Reads codes as another state has them; NaN if they would not be the same here. */
  private float copyCodes(MomentReader values, int moment, long block) {
    Encoded from = values.encoded(moment);
    boolean same = isSame(from, moment);
    if (same && codebooks[moment].isRelative()) {
      // In the same units, too.
      Encoded by = values.encoded(divisor);
      same = isSame(by, divisor) && by.state == from.state && by.moment == from.state.divisor;
    }
    if (!same) {
      return Float.NaN;
    }
    from.state.state.readCodes(from.moment, block, codes);
    return from.state.state.scale(from.moment, block);
  }

  private boolean isSame(Encoded from, int moment) {
    return from != null
        && from.state.codebooks[from.moment] == codebooks[moment]
        && from.state.layout.elements() == layout.elements()
        && from.state.layout.blockSize() == layout.blockSize();
  }

  private void divideRelative(int n) {
    if (divisor >= 0) {
      beginDivisor(n);
      codebooks[divisor].roots(decoded[divisor], n, work);
    }
    for (int k = 0; k < decoded.length; k++) {
      if (codebooks[k].isRelative()) {
        Codebook.divide(decoded[k], n, work);
      }
    }
  }

  /**
   * AMSGrad's vHat, where it begins anew, begins as v, which it is at least: as zero it would be
   * the divisor of nothing, and what is stored divided by it would be lost.
   */
  private void beginDivisor(int n) {
    for (int k = 0; k < divisor; k++) {
      boolean isBelow =
          codebooks[divisor].bits() == 4 && rule.moments().get(k).kind() == Moment.Kind.SECOND;
      for (int i = 0; isBelow && i < n; i++) {
        if (decoded[divisor][i] == 0) {
          decoded[divisor][i] = decoded[k][i];
        }
      }
    }
  }

  /** Encodes what was read of a moment, and lets the others know what rounding did to the first. */
  private float encode(int k, int n, float[] coefficients) {
    boolean compensates = k == 0 && rule.compensates();
    float[] exact = compensates ? decoded[k].clone() : null;
    float scale = codebooks[k].encode(decoded[k], n, false, fromMiddle, codes, work);
    if (compensates) {
      codebooks[k].decode(codes, n, scale, decoded[k]);
      rule.compensate(exact, decoded[k], decoded, n, coefficients);
    }
    return scale;
  }
}
