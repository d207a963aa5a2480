package org.lowbit4j.kernel;

import java.util.Arrays;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.ParallelLoop;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.BlockRange;
import org.lowbit4j.state.StateMemory;

/**
 * The oracle of every faster kernel, which must give the same bits; it serves where no faster one
 * does. Blocks are shared among threads, whose number changes no bit: checksums are sums over
 * blocks.
 */
final class JavaKernel implements Kernel {

  private final UpdateRule rule;
  private final Codebook[] codebooks;
  private final int blockSize;
  private final int threads;
  private final Blocks blocks = new Blocks();

  /** Of each thread; those of others than the caller are made when there are any. */
  private Share[] shares;

  /**
   * Makes a kernel.
   *
   * @param codebooks one per moment of the rule
   * @param blockSize of the largest blocks
   */
  JavaKernel(UpdateRule rule, Codebook[] codebooks, int blockSize) {
    this(rule, codebooks, blockSize, 0);
  }

  /** With a number of threads, whatever the size, or 0 for as many as it is worth. */
  JavaKernel(UpdateRule rule, Codebook[] codebooks, int blockSize, int threads) {
    this.rule = rule;
    this.codebooks = codebooks.clone();
    this.blockSize = blockSize;
    this.threads = threads;
    this.shares = new Share[] {share()};
  }

  @Override
  public long skipped() {
    long sum = 0;
    for (Share share : shares) {
      sum += share.steps.skipped();
    }
    return sum;
  }

  @Override
  public long damaged() {
    long sum = 0;
    for (Share share : shares) {
      sum += share.steps.damaged();
    }
    return sum;
  }

  @Override
  public long step(
      StateMemory state,
      GradientView gradients,
      float[] coefficients,
      float gradientScale,
      int iteration,
      BlockRange range) {
    blocks.gradients = gradients;
    blocks.coefficients = coefficients;
    blocks.gradientScale = gradientScale;
    blocks.iteration = iteration;
    return blocks.run(state, range);
  }

  @Override
  public void decode(StateMemory state, int k, float[] out, BlockRange range) {
    blocks.moment = k;
    blocks.out = out;
    blocks.run(state, range);
  }

  private Share share() {
    return new Share(new BlockSteps(rule, codebooks, blockSize));
  }

  /** What one thread has for itself. */
  private static final class Share {
    final BlockSteps steps;
    StateMemory of;
    StateMemory state;
    GradientView gradients;
    long checksum;

    Share(BlockSteps steps) {
      this.steps = steps;
    }
  }

  /** A step, or what decodes. */
  private final class Blocks extends ParallelLoop {

    private StateMemory state;

    /** Null unless it is a step. */
    private GradientView gradients;

    private float[] coefficients;
    private float gradientScale;
    private int iteration;
    private int moment;
    private float[] out;

    /** Returns the checksum. */
    long run(StateMemory state, BlockRange range) {
      this.state = state;
      forgetOther(state);
      int perBlock = state.layout().blockSize();
      long size = Math.max(1, PIECE / perBlock);
      int most = threads > 0 ? threads : Kernels.javaThreads(range.count() * perBlock);
      int count = shares(most, range.count(), size);
      makeShares(count);
      long checksum = 0;
      try {
        run(count, range.first(), range.end(), size);
      } finally {
        for (Share share : shares) {
          checksum += share.checksum;
          share.checksum = 0;
          share.gradients = null;
        }
        this.state = null;
        gradients = null;
        coefficients = null;
        out = null;
      }
      return checksum;
    }

    /** A state that was replaced must not be kept by shares that have nothing to do any more. */
    private void forgetOther(StateMemory state) {
      if (shares[0].of != state) {
        for (Share share : shares) {
          share.of = null;
          share.state = null;
        }
      }
    }

    private void makeShares(int count) {
      int made = shares.length;
      if (count > made) {
        shares = Arrays.copyOf(shares, count);
        for (int i = made; i < count; i++) {
          shares[i] = share();
        }
      }
    }

    @Override
    protected void begin(int number) {
      Share share = shares[number];
      if (share.of != state) {
        share.of = state;
        share.state = number == 0 ? state : state.another();
      }
      share.state.layout(state.layout());
      if (gradients != null) {
        share.gradients = number == 0 ? gradients : gradients.another();
      }
    }

    @Override
    protected void piece(int number, long from, long to) {
      Share share = shares[number];
      if (gradients == null) {
        share.steps.decode(share.state, moment, out, from, to);
      } else {
        share.checksum +=
            share.steps.step(
                share.state, share.gradients, coefficients, gradientScale, iteration, from, to);
      }
    }
  }
}
