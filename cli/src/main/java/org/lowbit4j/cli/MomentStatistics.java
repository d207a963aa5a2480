package org.lowbit4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.state.StateScan;

/** Adds up what a block's moments are like. */
final class MomentStatistics implements StateScan.Visitor {

  private static final int CODES = 256;

  private final List<String> names;
  private final double[][] squares;
  private final boolean[][] largest;
  private final boolean[] storesRoot;
  private final double[] sums;
  private final long[] saturated;
  private final long[] counts;
  private final BiConsumer<Long, String> damage;

  /**
   * Begins.
   *
   * @param names of the moments
   * @param codebooks one for each; null with 32 bits
   * @param damage is told of what no step writes
   */
  MomentStatistics(List<String> names, Codebook[] codebooks, BiConsumer<Long, String> damage) {
    this.names = names;
    this.damage = damage;
    int n = names.size();
    squares = new double[n][CODES];
    largest = new boolean[n][CODES];
    storesRoot = new boolean[n];
    sums = new double[n];
    saturated = new long[n];
    counts = new long[n];
    for (int k = 0; codebooks != null && k < n; k++) {
      add(k, codebooks[k]);
    }
  }

  private void add(int k, Codebook codebook) {
    float[] values = codebook.values();
    storesRoot[k] = codebook.storesRoot();
    for (int code = 0; code < CODES; code++) {
      double value = storesRoot[k] ? values[code] * values[code] : values[code];
      squares[k][code] = Double.isNaN(value) ? 0 : value * value;
      largest[k][code] = Math.abs(values[code]) == 1;
    }
  }

  @Override
  public void codes(int moment, float scale, byte[] codes, int n) {
    double[] square = squares[moment];
    boolean[] isLargest = largest[moment];
    double sum = 0;
    int full = 0;
    for (int i = 0; i < n; i++) {
      int code = codes[i] & 0xFF;
      sum += square[code];
      full += isLargest[code] ? 1 : 0;
    }
    double unit = storesRoot[moment] ? (double) scale * scale : scale;
    sums[moment] += sum * unit * unit;
    saturated[moment] += scale == 0 ? 0 : full;
    counts[moment] += n;
  }

  @Override
  public void values(int moment, float[] values, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += (double) values[i] * values[i];
    }
    sums[moment] += sum;
    counts[moment] += n;
  }

  @Override
  public void damage(long at, String what) {
    damage.accept(at, what);
  }

  List<MomentReport> report(boolean quantized) {
    List<MomentReport> report = new ArrayList<>();
    for (int k = 0; k < names.size(); k++) {
      double share = quantized ? (double) saturated[k] / counts[k] : Double.NaN;
      report.add(new MomentReport(names.get(k), Math.sqrt(sums[k] / counts[k]), share));
    }
    return report;
  }
}
