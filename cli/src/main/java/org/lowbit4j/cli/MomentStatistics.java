package org.lowbit4j.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.MomentSums;
import org.lowbit4j.state.StateScan;

/** Adds up what a block's moments are like. */
final class MomentStatistics implements StateScan.Visitor {

  private final List<String> names;
  private final MomentSums[] sums;
  private final RelativeMoments relative;
  private final BiConsumer<Long, String> damage;

  /**
   * Begins.
   *
   * @param names of the moments
   * @param codebooks one for each; null with 32 bits, or where what was read makes no sense
   * @param divisor index of the moment that relative ones are divided by, if there are any
   * @param damage is told of what no step writes
   */
  MomentStatistics(
      List<String> names, Codebook[] codebooks, int divisor, BiConsumer<Long, String> damage) {
    this.names = names;
    this.damage = damage;
    this.sums = new MomentSums[names.size()];
    for (int k = 0; k < sums.length; k++) {
      sums[k] = new MomentSums(codebooks == null ? null : codebooks[k]);
    }
    this.relative = new RelativeMoments(sums, codebooks, divisor);
  }

  @Override
  public void codes(int moment, float scale, byte[] codes, int n) {
    if (!relative.takes(moment)) {
      sums[moment].add(scale, codes, n);
    }
    relative.codes(moment, scale, Arrays.copyOf(codes, n));
  }

  @Override
  public void values(int moment, float[] values, int n) {
    sums[moment].add(values, n);
  }

  @Override
  public void damage(long at, String what) {
    damage.accept(at, what);
  }

  List<MomentReport> report() {
    List<MomentReport> report = new ArrayList<>();
    for (int k = 0; k < sums.length; k++) {
      report.add(new MomentReport(names.get(k), sums[k].rms(), sums[k].saturated()));
    }
    return report;
  }
}
