package org.lowbit4j.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.convert.PlainState;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.Moment;
import org.lowbit4j.rule.Rules;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateFormatException;
import org.lowbit4j.state.StateHeader;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateScan;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.StateSpecification;
import org.nd4j.linalg.learning.config.IUpdater;

/** Reads the state of one updater block, checks it, and reports what it is like. */
final class StateReader {

  private final BlockReport report;
  private final WordType type;
  private final long words;
  private final StateScan scan;
  private final BiConsumer<Long, String> damage;

  /**
   * Prepares to read.
   *
   * @param report of the block, to be filled in
   * @param words of the block's state
   * @param source of these
   * @param damage is told what is wrong, and at which byte of the block's state
   */
  StateReader(
      BlockReport report,
      WordType type,
      long words,
      StateScan.Source source,
      BiConsumer<Long, String> damage) {
    this.report = report;
    this.type = type;
    this.words = words;
    this.scan = new StateScan(type, words, source);
    this.damage = damage;
  }

  /** Reads all of it. */
  void read(IUpdater updater) throws IOException {
    if (updater instanceof LowBitConfig) {
      read(new StateSpecification((LowBitConfig<?>) updater));
    } else {
      readPlain(momentsOf(updater));
    }
  }

  /** State without a header, which is numbers. */
  void readPlain(List<String> moments) throws IOException {
    MomentStatistics statistics = new MomentStatistics(moments, null, -1, damage);
    report.bits = type.bytes() * Byte.SIZE;
    scan.words(moments, statistics);
    report.moments = statistics.report();
  }

  private static List<String> momentsOf(IUpdater updater) {
    UpdateRule rule = PlainState.rule(updater);
    if (rule != null && rule.moments().size() == updater.stateSize(1)) {
      return names(rule);
    }
    List<String> names = new ArrayList<>();
    for (int k = 1; k <= Math.max(1, updater.stateSize(1)); k++) {
      names.add("moment" + k);
    }
    return names;
  }

  private static List<String> names(UpdateRule rule) {
    return rule.moments().stream().map(Moment::name).collect(Collectors.toList());
  }

  private void read(StateSpecification specification) throws IOException {
    if (words < StateLayout.HEADER_WORDS) {
      damage.accept(0L, "the state has " + words + " words, less than a header");
      skip();
      return;
    }
    double[] header = scan.header();
    if (StateScan.isFresh(header)) {
      readFresh(specification);
      return;
    }
    // Null if the header makes no sense by itself.
    StateLayout own = StateHeader.layout(header, type);
    StateLayout expected =
        specification.layout(
            report.elements, type, words * type.bytes(), own == null ? 8 : own.bits());
    boolean agrees = agrees(specification.header(), header, expected);
    if (own == null || own.bytes() > words * type.bytes()) {
      if (own != null && agrees) {
        damage.accept(0L, "the state is longer than its place");
      }
      skip();
      return;
    }
    readPayload(StateHeader.writer(header), header, own);
  }

  private void readFresh(StateSpecification specification) throws IOException {
    report.fresh = true;
    StateLayout layout = specification.layout(report.elements, type, words * type.bytes(), 0);
    describe(layout, specification.header().codebook());
    scan.zeros(
        new MomentStatistics(List.of(), null, -1, damage),
        "the header is that of fresh state, and there is more behind it");
  }

  private boolean agrees(StateHeader writer, double[] header, StateLayout expected) {
    try {
      writer.check(header, expected);
      return true;
    } catch (StateFormatException e) {
      damage.accept((long) e.word() * type.bytes(), e.finding());
      return false;
    }
  }

  private void readPayload(StateHeader writer, double[] header, StateLayout layout)
      throws IOException {
    UpdateRule rule = Rules.of(writer.rule());
    describe(layout, writer.codebook());
    report.steps = StateHeader.steps(header);
    Codebook[] codebooks = report.codebook == null ? null : codebooks(rule, layout.bits());
    List<String> names = names(rule);
    MomentStatistics statistics =
        new MomentStatistics(names, codebooks, Moment.divisor(rule.moments()), damage);
    long checksum = scan.payload(layout, names, statistics);
    try {
      if (writer.check(header, layout) != checksum) {
        damage.accept(
            layout.normsOffset(),
            "scales, codes and values do not match the checksum in the header; it is one for the "
                + (layout.bytes() - layout.normsOffset())
                + " bytes from here on");
      }
    } catch (StateFormatException e) {
      // Told already: the header disagrees with itself.
      report.fresh = false;
    }
    scan.zeros(statistics, "there is more behind the state's end, which must be zero");
    report.moments = statistics.report();
  }

  private void describe(StateLayout layout, int codebook) {
    report.bits = layout.bits();
    report.norms = layout.norms();
    if (layout.isQuantized()) {
      report.blockSize = layout.blockSize();
      report.codebook =
          Arrays.stream(QuantMap.values())
              .filter(map -> map.id() == codebook)
              .filter(map -> layout.bits() == 8 || map == QuantMap.POWER)
              .map(QuantMap::name)
              .findFirst()
              .orElse(null);
    }
  }

  private Codebook[] codebooks(UpdateRule rule, int bits) {
    QuantMap map = QuantMap.valueOf(report.codebook);
    return map.codebooks(rule.moments(), type == WordType.HALF, bits);
  }

  private void skip() throws IOException {
    scan.zeros(new MomentStatistics(List.of(), null, -1, (at, what) -> {}), "");
  }
}
