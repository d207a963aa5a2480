package org.lowbit4j.examples;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.Arrays;
import org.bytedeco.javacpp.BytePointer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Checks that training can be interrupted: a network saved at one step, restored and trained to a
 * later one has to equal, bit for bit, the one that was never interrupted.
 *
 * <p>Saved is the end of the first epoch, compared the end of the second; if there is only one, its
 * middle and its end.
 */
public final class ResumeCheck {

  private final Path checkpoint;
  private final GlossBatches batches;
  private final long from;
  private final long to;
  private Snapshot expected;

  /**
   * Chooses the steps.
   *
   * @param checkpoint file to save to
   * @param batches what the network trains on
   * @param epochs how many times
   */
  ResumeCheck(Path checkpoint, GlossBatches batches, int epochs) {
    this.checkpoint = checkpoint;
    this.batches = batches;
    this.from = epochs == 1 ? batches.perEpoch() / 2 : batches.perEpoch();
    this.to = epochs == 1 ? batches.perEpoch() : 2L * batches.perEpoch();
  }

  /**
   * The outcome.
   *
   * @param identical whether parameters, state and counts of steps and epochs agree bit for bit
   * @param parameterBytes bytes of parameters compared
   * @param stateBytes bytes of optimizer state compared
   * @param steps training steps from restoring to comparing
   */
  public record Result(boolean identical, long parameterBytes, long stateBytes, long steps) {

    /**
     * The line to print.
     *
     * @return text
     */
    public String line() {
      return String.format(
          "Resume check: %s, %,d parameter bytes, %,d state bytes, %,d steps after restoring",
          identical ? "identical" : "FAILED", parameterBytes, stateBytes, steps);
    }
  }

  /** Looks at the network in training after {@code steps} steps; to be called after each. */
  void observe(MultiLayerNetwork network, long steps) throws IOException {
    if (steps == from) {
      ModelSerializer.writeModel(network, checkpoint.toFile(), true);
    }
    if (steps == to) {
      expected = Snapshot.of(network);
    }
  }

  /** Restores the network, trains it on the same batches and compares. */
  Result verify() throws IOException {
    MultiLayerNetwork network = ModelSerializer.restoreMultiLayerNetwork(checkpoint.toFile(), true);
    for (long step = from; step < to; step++) {
      network.fit(batches.batch(step));
    }
    if (to % batches.perEpoch() == 0) {
      network.incrementEpochCount();
    }
    Snapshot resumed = Snapshot.of(network);
    return new Result(
        resumed.equalTo(expected), resumed.parameters.length, resumed.state.length, to - from);
  }

  /** All that decides how training goes on. */
  private record Snapshot(byte[] parameters, byte[] state, int iterations, int epochs) {

    static Snapshot of(MultiLayerNetwork network) {
      return new Snapshot(
          bytes(network.params()),
          bytes(network.getUpdater().getStateViewArray()),
          network.getIterationCount(),
          network.getEpochCount());
    }

    boolean equalTo(Snapshot other) {
      return Arrays.equals(parameters, other.parameters)
          && Arrays.equals(state, other.state)
          && iterations == other.iterations
          && epochs == other.epochs;
    }

    /** The memory of an array, which comparing values would not tell: -0 equals 0. */
    private static byte[] bytes(INDArray array) {
      INDArray copy = array.dup();
      byte[] bytes = new byte[Math.toIntExact(copy.length() * copy.dataType().width())];
      new BytePointer(copy.data().addressPointer()).get(bytes);
      Reference.reachabilityFence(copy);
      return bytes;
    }
  }
}
