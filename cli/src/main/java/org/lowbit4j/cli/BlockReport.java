package org.lowbit4j.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What an updater block keeps. */
final class BlockReport {

  final int number;

  /** Parameters by layer. */
  final Map<String, List<String>> layers = new LinkedHashMap<>();

  final String updater;
  final long elements;
  final long bytes;

  /** 4, 8 or 32, or the width of the words of an updater of ND4J; 0 without state. */
  int bits;

  /** 0 if nothing is quantized. */
  int blockSize;

  /** Null if nothing is quantized. */
  String codebook;

  /** Gradient norms kept. */
  int norms;

  /** Steps done with the state; -1 if it does not tell. */
  int steps = -1;

  boolean fresh;
  List<MomentReport> moments = List.of();

  BlockReport(int number, String updater, long elements, long bytes) {
    this.number = number;
    this.updater = updater;
    this.elements = elements;
    this.bytes = bytes;
  }

  /** The layers in a word or two: the first and the last of many. */
  String label() {
    if (layers.size() == 1) {
      Map.Entry<String, List<String>> only = layers.entrySet().iterator().next();
      return (only.getKey() + " " + String.join(" ", only.getValue())).strip();
    }
    List<String> names = List.copyOf(layers.keySet());
    return names.size() < 3
        ? layers.entrySet().stream()
            .map(e -> e.getKey() + " " + String.join(" ", e.getValue()))
            .collect(Collectors.joining(", "))
        : names.get(0) + " to " + names.get(names.size() - 1) + " (" + names.size() + " layers)";
  }

  String place() {
    return "updater block " + number + " (" + label() + ")";
  }
}
