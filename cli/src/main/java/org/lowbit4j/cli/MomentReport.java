package org.lowbit4j.cli;

/** A moment of an updater block. */
final class MomentReport {

  final String name;

  /** Root of the mean of squares, NaN if there is no element. */
  final double rms;

  /** Share of codes of the largest magnitude that the codebook has, NaN with 32 bits. */
  final double saturated;

  MomentReport(String name, double rms, double saturated) {
    this.name = name;
    this.rms = rms;
    this.saturated = saturated;
  }
}
