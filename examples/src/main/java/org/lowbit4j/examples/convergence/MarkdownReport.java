package org.lowbit4j.examples.convergence;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Results as tables in Markdown. */
final class MarkdownReport {

  private final List<Outcome> outcomes;

  MarkdownReport(List<Outcome> outcomes) {
    this.outcomes = outcomes;
  }

  /** Mean and standard deviation over the seeds, then differences paired by seed. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("| network | optimizer | test loss | test accuracy | state bytes |");
    lines.add("|---|---|---|---|---|");
    for (Network network : networks()) {
      for (Optimizer optimizer : Optimizer.values()) {
        lines.add(endRow(network, optimizer));
      }
    }
    lines.add("");
    lines.add("| network | difference | test loss | test accuracy, points |");
    lines.add("|---|---|---|---|");
    for (Network network : networks()) {
      lines.add(differenceRow(network, "8 bits - 32 bits", Optimizer.BITS8, Optimizer.BITS32));
      lines.add(differenceRow(network, "4 bits - 32 bits", Optimizer.BITS4, Optimizer.BITS32));
      lines.add(differenceRow(network, "32 bits - ND4J", Optimizer.BITS32, Optimizer.ADAM));
    }
    return lines;
  }

  private List<Network> networks() {
    return outcomes.stream().map(Outcome::network).distinct().toList();
  }

  private String endRow(Network network, Optimizer optimizer) {
    Spread loss = Spread.of(values(network, optimizer, Outcome::loss));
    Spread accuracy = Spread.of(values(network, optimizer, outcome -> 100 * outcome.accuracy()));
    return String.format(
        Locale.ROOT,
        "| %s | %s | %.4f ± %.4f | %.2f%% ± %.2f | %,d |",
        network.label(),
        optimizer.label(),
        loss.mean(),
        loss.deviation(),
        accuracy.mean(),
        accuracy.deviation(),
        (long) values(network, optimizer, Outcome::stateBytes)[0]);
  }

  private String differenceRow(Network network, String name, Optimizer one, Optimizer other) {
    Spread loss = difference(network, one, other, Outcome::loss);
    Spread accuracy = difference(network, one, other, outcome -> 100 * outcome.accuracy());
    return String.format(
        Locale.ROOT,
        "| %s | %s | %+.4f ± %.4f | %+.2f ± %.2f |",
        network.label(),
        name,
        loss.mean(),
        loss.standardError(),
        accuracy.mean(),
        accuracy.standardError());
  }

  /** Paired by seed: what the seeds differ in drops out. */
  private Spread difference(
      Network network, Optimizer one, Optimizer other, ToDoubleFunction<Outcome> figure) {
    double[] differences = values(network, one, figure);
    double[] others = values(network, other, figure);
    Arrays.setAll(differences, seed -> differences[seed] - others[seed]);
    return Spread.of(differences);
  }

  private double[] values(Network network, Optimizer optimizer, ToDoubleFunction<Outcome> figure) {
    return outcomes.stream()
        .filter(outcome -> outcome.network() == network && outcome.optimizer() == optimizer)
        .mapToDouble(figure)
        .toArray();
  }
}
