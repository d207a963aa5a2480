package org.lowbit4j.examples.wordnet;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.javacpp.BytePointer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Checks that training can be interrupted: a network saved at one step, restored and trained to a
 * later one has to equal, bit for bit, the one that was never interrupted.
 *
 * <p>It is saved after the first epoch and compared after the second; if there is only one, saved
 * in its middle and compared at its end.
 */
public final class ResumeCheck {

  private final MultiLayerNetwork network;
  private final GlossBatches batches;
  private final Path checkpoint;
  private final long from;
  private final long to;
  private Snapshot expected;

  /**
   * Chooses the steps.
   *
   * @param network the network in training
   * @param batches what it trains on
   * @param epochs how many times
   * @param checkpoint file to save to
   */
  ResumeCheck(MultiLayerNetwork network, GlossBatches batches, int epochs, Path checkpoint) {
    this.network = network;
    this.batches = batches;
    this.checkpoint = checkpoint;
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
          Locale.ROOT,
          "Resume check: %s, %,d parameter bytes, %,d state bytes, %,d steps after restoring",
          identical ? "identical" : "FAILED",
          parameterBytes,
          stateBytes,
          steps);
    }
  }

  /** Looks at the network; to be called before each step and after the last. */
  void observe(long step) throws IOException {
    if (step == from) {
      ModelSerializer.writeModel(network, checkpoint.toFile(), true);
    }
    if (step == to) {
      expected = Snapshot.of(network);
    }
  }

  /** Restores the network, trains it on the same batches and compares. */
  Result verify() throws IOException {
    MultiLayerNetwork restored =
        ModelSerializer.restoreMultiLayerNetwork(checkpoint.toFile(), true);
    for (long step = from; step < to; step++) {
      restored.fit(batches.batch(step));
    }
    restored.incrementEpochCount();
    Snapshot resumed = Snapshot.of(restored);
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

    /** The memory of an array: comparing values would miss what -0, NaN and codes hold. */
    private static byte[] bytes(INDArray array) {
      INDArray copy = array.dup();
      byte[] bytes = new byte[Math.toIntExact(copy.length() * copy.dataType().width())];
      new BytePointer(copy.data().addressPointer()).get(bytes);
      Reference.reachabilityFence(copy);
      return bytes;
    }
  }
}
