package org.lowbit4j.convert;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.BlockState;
import org.lowbit4j.updater.MomentReader;
import org.lowbit4j.updater.PackedState;

/** The moments of a block, put together of those that its parameters have in other blocks. */
final class Segments implements MomentReader {

  private final UpdateRule rule;
  private final List<Segment> all = new ArrayList<>();
  private long length;
  private float[] mean = new float[0];

  /** For a block whose updater has this rule. */
  Segments(UpdateRule rule) {
    this.rule = rule;
  }

  /** Moments of a parameter. */
  private static final class Segment {
    final String name;
    final long start;
    final long length;
    final Source source;
    final MomentMap map;
    final float factor;

    Segment(String name, long start, long length, Source source, MomentMap map, float factor) {
      this.name = name;
      this.start = start;
      this.length = length;
      this.source = source;
      this.map = map;
      this.factor = factor;
    }

    boolean isFresh() {
      return source == null
          || source.state().isFresh()
          || map.isFresh() && !source.block.isOpaque();
    }
  }

  /**
   * Adds the next parameter.
   *
   * @param name for messages
   * @param source null if its moments begin anew
   * @param factor by which first moments are to be multiplied
   */
  void add(String name, long elements, Source source, MomentMap map, float factor) {
    all.add(new Segment(name, length, elements, source, map, factor));
    length += elements;
  }

  boolean isFresh() {
    return all.stream().allMatch(Segment::isFresh);
  }

  int steps() {
    return all.stream()
        .filter(s -> !s.isFresh())
        .mapToInt(s -> s.source.state().steps())
        .max()
        .orElse(0);
  }

  /** The one block that has all of it, as this block would; null if there is none. */
  Block whole() {
    Segment first = all.get(0);
    boolean one = first.source != null && first.source.block.elements() == length;
    for (Segment s : all) {
      one &=
          s.source != null
              && s.source.block == first.source.block
              && s.source.offset == s.start
              && s.factor == 1;
    }
    return one ? first.source.block : null;
  }

  float[] norms() {
    Block whole = whole();
    return whole == null ? new float[0] : whole.state().norms();
  }

  @Override
  public Encoded encoded(int moment) {
    Block whole = whole();
    Segment first = all.get(0);
    if (whole == null || !(whole.state() instanceof PackedState) || first.isFresh()) {
      return null;
    }
    int from = first.map.source(moment);
    return from < 0 || first.map.addedSquare(moment) >= 0 ? null : renumbered(whole.state(), from);
  }

  private static Encoded renumbered(BlockState state, int moment) {
    return ((PackedState) state).encoded(moment);
  }

  @Override
  public void read(int moment, long from, int n, float[] out, int at) {
    int done = 0;
    for (Segment s : all) {
      long first = from + done;
      if (done < n && first < s.start + s.length) {
        int some = (int) Math.min(n - done, s.start + s.length - first);
        read(s, moment, first - s.start, some, out, at + done);
        done += some;
      }
    }
  }

  private void read(Segment s, int moment, long from, int n, float[] out, int at) {
    int source = s.isFresh() ? -1 : s.map.source(moment);
    if (source < 0) {
      Arrays.fill(out, at, at + n, 0);
      return;
    }
    s.source.state().read(source, s.source.offset + from, n, out, at);
    int square = s.map.addedSquare(moment);
    if (square >= 0) {
      mean = mean.length < n ? new float[n] : mean;
      s.source.state().read(square, s.source.offset + from, n, mean, 0);
      for (int i = 0; i < n; i++) {
        out[at + i] += mean[i] * mean[i];
      }
    }
    for (int i = 0; s.factor != 1 && i < n; i++) {
      out[at + i] *= s.factor;
    }
    check(s, moment, from, n, out, at);
  }

  private void check(Segment s, int moment, long from, int n, float[] out, int at) {
    float least = rule.moments().get(moment).kind().isSigned() ? -Float.MAX_VALUE : 0;
    for (int i = at; i < at + n; i++) {
      if (!(out[i] >= least && out[i] <= Float.MAX_VALUE)) {
        throw new IllegalStateException(
            String.format(
                "The state of %s cannot be converted: moment %s is %s at element %d, where it must be finite%s. The network"
                    + " diverged, or its state is damaged. Nothing was changed. Go back to an earlier checkpoint, or let the"
                    + " layer begin anew: reset().",
                s.name,
                rule.moments().get(moment),
                out[i],
                from + i - at,
                least < 0 ? "" : " and 0 or more"));
      }
    }
  }
}
