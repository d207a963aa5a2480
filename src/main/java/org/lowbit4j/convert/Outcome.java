package org.lowbit4j.convert;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import org.lowbit4j.dl4j.LayerSlot;
import org.lowbit4j.kernel.PercentileClipping;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.learning.config.IUpdater;

/** What becomes of the moments of a network under another plan, in words, before it is done. */
public final class Outcome {

  private final Map<String, Source> present;
  private final Map<String, Source> carried;
  private final BiPredicate<LayerSlot, String> anew;

  Outcome(
      Map<String, Source> present,
      Map<String, Source> carried,
      BiPredicate<LayerSlot, String> anew) {
    this.present = present;
    this.carried = carried;
    this.anew = anew;
  }

  /**
   * Describes what becomes of some parameters' moments.
   *
   * @param layer in a copy of the network's configuration that has the plan
   * @param parameters that have one updater
   * @return such as {@code m, v converted; vHat fresh}
   */
  public String of(LayerSlot layer, List<String> parameters) {
    return parameters.stream()
        .map(parameter -> of(layer, parameter, parameters.size()))
        .distinct()
        .collect(Collectors.joining(" / "));
  }

  private String of(LayerSlot layer, String parameter, int together) {
    IUpdater to = layer.updaterOf(parameter);
    UpdateRule rule = Block.rule(to);
    Source source = carried.get(layer.name() + " " + parameter);
    source = source == null ? present.get(layer.index() + " " + parameter) : source;
    if (Block.isOpaque(to)) {
      return source == null || anew.test(layer, parameter) ? "fresh" : "kept";
    }
    boolean fresh = source == null || anew.test(layer, parameter);
    MomentMap map =
        fresh
            ? MomentMap.fresh(source == null ? null : source.rule(), rule)
            : MomentMap.of(source.rule(), rule);
    List<String> parts = new ArrayList<>();
    add(parts, map.kept(), !fresh && isKept(source, to, together) ? "kept" : "converted");
    add(parts, map.fresh(), "fresh");
    add(parts, map.dropped(), "dropped");
    return String.join("; ", parts);
  }

  private static void add(List<String> parts, List<String> moments, String what) {
    if (!moments.isEmpty()) {
      parts.add(String.join(", ", moments) + " " + what);
    }
  }

  /** Whether the bytes of the state stay what they are. */
  private static boolean isKept(Source source, IUpdater to, int together) {
    IUpdater from = source.config();
    if (!(from instanceof LowBitConfig) || !(to instanceof LowBitConfig)) {
      return from.getClass() == to.getClass();
    }
    return source.block.block.getLayersAndVariablesInBlock().size() == together
        && source.rule().id() == Block.rule(to).id()
        && isKeptAlike((LowBitConfig<?>) from, (LowBitConfig<?>) to);
  }

  private static boolean isKeptAlike(LowBitConfig<?> a, LowBitConfig<?> b) {
    return a.getOptimBits() == b.getOptimBits()
        && a.getBlockSize() == b.getBlockSize()
        && a.getMin8bitSize() == b.getMin8bitSize()
        && Objects.equals(a.getQuantMap(), b.getQuantMap())
        && a.getDataType() == b.getDataType()
        && clips(a) == clips(b);
  }

  private static boolean clips(LowBitConfig<?> config) {
    return config.getPercentileClipping() < PercentileClipping.HISTORY;
  }
}
