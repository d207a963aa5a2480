package org.lowbit4j.cli;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/** What is in a file. */
final class ModelReport {

  /** Moments of ND4J's Adam, which is what state is compared with. */
  private static final int MOMENTS_OF_ADAM = 2;

  final String file;

  /** MultiLayerNetwork, ComputationGraph or SameDiff. */
  String kind;

  DataType type;
  long parameters;
  int iteration;
  int epoch;
  boolean hasState;
  final List<BlockReport> blocks = new ArrayList<>();
  final List<Damage> damages = new ArrayList<>();

  ModelReport(String file) {
    this.file = file;
  }

  long stateBytes() {
    return blocks.stream().mapToLong(b -> b.bytes).sum();
  }

  long ofAdam(long elements) {
    return elements * MOMENTS_OF_ADAM * type.width();
  }
}
