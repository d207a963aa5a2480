package org.lowbit4j.updater;

import java.util.List;
import java.util.stream.Collectors;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.MomentSums;
import org.lowbit4j.cuda.CudaUpdates;
import org.lowbit4j.kernel.Kernel;
import org.lowbit4j.rule.Moment;
import org.lowbit4j.state.StateHeader;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateMemory;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Looks at the state of an updater, for users; whoever calls holds its monitor. */
final class StateReader {

  private final StateMemory state;
  private final Kernel kernel;

  /** Null unless ND4J's backend is CUDA. */
  private final CudaUpdates cuda;

  StateReader(StateMemory state, Kernel kernel, CudaUpdates cuda) {
    this.state = state;
    this.kernel = kernel;
    this.cuda = cuda;
  }

  /** The names of a configuration's moments. */
  static List<String> names(LowBitConfig<?> config) {
    return config.rule().moments().stream().map(Moment::name).collect(Collectors.toList());
  }

  /** The index of a moment by its name. */
  static int indexOf(String name, LowBitConfig<?> config) {
    List<String> names = names(config);
    if (!names.contains(name)) {
      throw new IllegalArgumentException(
          String.format(
              "%s has no moment %s; it has %s.", config.getClass().getSimpleName(), name, names));
    }
    return names.indexOf(name);
  }

  static IllegalStateException fresh() {
    return new IllegalStateException("The state is fresh: no step was done with it yet.");
  }

  /** Makes the host's memory that of the last step. */
  void fetch() {
    Requirements.open(state.view(), "state array");
    if (cuda != null) {
      cuda.toHost(state.view(), null);
    }
  }

  /** 0 if the state is fresh. */
  int bits() {
    fetch();
    return StateHeader.bits(state);
  }

  /** On a device: with or without elements of steps that are still to be done. */
  long skipped(boolean wait) {
    return kernel.skipped() + (cuda == null ? 0 : cuda.skipped(wait));
  }

  /** The values of a moment, by its index, of state that was verified. */
  INDArray moment(int index) {
    float[] values = new float[Math.toIntExact(state.layout().elements())];
    state.sumOverBlocks(
        blocks -> {
          kernel.decode(state, index, values, blocks);
          return 0;
        });
    state.keepAlive();
    return Nd4j.createFromArray(values);
  }

  /** The figures of a moment, by its index, of state that was verified. */
  MomentSums figures(int index, Codebook[] codebooks, int divisor) {
    StateLayout layout = state.layout();
    boolean quantized = layout.isQuantized();
    boolean relative = quantized && codebooks[index].isRelative();
    MomentSums sums = new MomentSums(quantized ? codebooks[index] : null);
    MomentSums by = relative ? new MomentSums(codebooks[divisor]) : null;
    byte[] codes = new byte[layout.blockSize()];
    byte[] others = new byte[layout.blockSize()];
    float[] values = new float[layout.blockSize()];
    state.sumOverBlocks(
        blocks -> {
          for (long block = blocks.first(); block < blocks.end(); block++) {
            int n = layout.blockLength(block);
            if (!quantized) {
              state.readValues(index, block, values);
              sums.add(values, n);
            } else if (relative) {
              state.readCodes(divisor, block, others);
              state.readCodes(index, block, codes);
              float scale = state.scale(divisor, block);
              sums.add(state.scale(index, block), codes, n, by, scale, others);
            } else {
              state.readCodes(index, block, codes);
              sums.add(state.scale(index, block), codes, n);
            }
          }
          return 0;
        });
    state.keepAlive();
    return sums;
  }

  /** The same of its codes. */
  INDArray codes(int index, String name) {
    if (!state.layout().isQuantized()) {
      throw new IllegalStateException(
          String.format(
              "The state has 32 bits (see optimBits and min8bitSize) and no codes; use moment(\"%s\").",
              name));
    }
    byte[] copy = state.copyOfCodes(index);
    return Nd4j.createFromArray(copy).reshape(1, copy.length);
  }
}
