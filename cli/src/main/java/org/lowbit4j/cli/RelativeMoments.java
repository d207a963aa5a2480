package org.lowbit4j.cli;

import java.util.ArrayList;
import java.util.List;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.MomentSums;

/**
 * Adds up moments that are stored divided by another one, as 4 bits have them: state is read moment
 * after moment, so that blocks of one have to wait for those of the other, whichever comes first.
 */
final class RelativeMoments {

  private final MomentSums[] sums;
  private final Codebook[] codebooks;
  private final int divisor;

  /** Of relative moments before the divisor, or of the divisor before them. */
  private final List<List<Block>> waiting = new ArrayList<>();

  private final int[] blocks;

  /**
   * Begins.
   *
   * @param sums of the moments
   * @param codebooks one for each; null if nothing is quantized
   * @param divisor index of the moment that others are divided by, if there are any
   */
  RelativeMoments(MomentSums[] sums, Codebook[] codebooks, int divisor) {
    this.sums = sums;
    this.codebooks = codebooks;
    this.divisor = divisor;
    this.blocks = new int[sums.length];
    for (int k = 0; k < sums.length; k++) {
      waiting.add(new ArrayList<>());
    }
  }

  /** Whether a moment is added up here. */
  boolean takes(int moment) {
    return codebooks != null && codebooks[moment].isRelative();
  }

  /**
   * The next quantization block of a moment, relative or not.
   *
   * @param codes one a byte; kept
   */
  void codes(int moment, float scale, byte[] codes) {
    int at = blocks[moment]++;
    Block block = new Block(scale, codes);
    if (takes(moment)) {
      if (moment < divisor) {
        waiting.get(moment).add(block);
      } else {
        add(moment, block, waiting.get(divisor).get(at));
      }
    } else if (moment == divisor) {
      boolean awaited = false;
      for (int k = 0; k < sums.length; k++) {
        awaited |= k > moment && takes(k);
        if (k < moment && takes(k)) {
          add(k, waiting.get(k).set(at, null), block);
        }
      }
      if (awaited) {
        waiting.get(moment).add(block);
      }
    }
  }

  private void add(int moment, Block block, Block by) {
    sums[moment].add(
        block.scale, block.codes, block.codes.length, sums[divisor], by.scale, by.codes);
  }

  private static final class Block {
    final float scale;
    final byte[] codes;

    Block(float scale, byte[] codes) {
      this.scale = scale;
      this.codes = codes;
    }
  }
}
