package org.lowbit4j.cuda;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.lowbit4j.AnyScales;
import org.lowbit4j.CudaRules;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.kernel.Kernel;
import org.lowbit4j.kernel.Kernels;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateHeader;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateMemory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Some steps of a rule on the same gradients by the Java kernel and by CUDA's. */
final class StepSetup {

  private static final int STEPS = 3;

  /** As if the state, which is fresh, had been used before: any dither will do. */
  private static final int FIRST = 1000;

  final UpdateRule rule;
  final int n;
  final WordType words;
  int blockSize = 256;
  QuantMap map = QuantMap.POWER;
  int bits = 8;
  int shift;
  int steps = STEPS;
  float gradientScale = 1;
  boolean anyScales;

  StepSetup(UpdateRule rule, int n, WordType words) {
    this.rule = rule;
    this.n = n;
    this.words = words;
  }

  /** In blocks of that size which is the default then. */
  StepSetup with4Bits() {
    bits = 4;
    blockSize = 128;
    return this;
  }

  @Override
  public String toString() {
    return String.format(
        "%s n=%d %s blockSize=%d %s bits=%d shift=%d",
        rule.name(), n, words, blockSize, map, bits, shift);
  }

  StateLayout layout() {
    return new StateLayout(rule.moments().size(), bits, blockSize, n, words);
  }

  Codebook[] codebooks() {
    return map.codebooks(rule.moments(), words == WordType.HALF, bits);
  }

  StateHeader header() {
    return new StateHeader(rule.id(), rule.name(), map.id());
  }

  /** Bytes of update, state, checksum and count of each step. */
  List<byte[]> runJava() {
    Kernel kernel = Kernels.reference(rule, codebooks(), blockSize);
    return run(
        (state, gradient, c, iteration) -> {
          long checksum =
              kernel.step(state, new GradientView(gradient), c, gradientScale, iteration);
          header().write(state, checksum, iteration + 1);
          return new long[] {checksum, kernel.skipped()};
        });
  }

  /** The same; what is this CPU's memory is the emulated device's. */
  List<byte[]> runCuda() {
    CUstream_st stream = new CUstream_st();
    CudaStep step = new CudaStep(rule, codebooks());
    try {
      return run(
          (state, gradient, c, iteration) -> {
            StepOperands on =
                new StepOperands(
                    state.layout(),
                    new ExpectedHeader(
                        header().bytes(state.layout(), iteration), iteration == FIRST, false),
                    state.address(),
                    new GradientView(gradient).address(),
                    words);
            step.update(stream, on, c, gradientScale, iteration);
            return new long[] {step.checksum(stream), step.skipped(stream)};
          });
    } finally {
      step.free();
    }
  }

  private interface Step {
    long[] run(StateMemory state, INDArray gradient, float[] c, int iteration);
  }

  private List<byte[]> run(Step step) {
    Random random = new Random(n + blockSize);
    StateMemory state = new StateMemory(array(words.dataType(), layout().words()));
    state.layout(layout());
    List<byte[]> results = new ArrayList<>();
    for (int iteration = 0; iteration < steps; iteration++) {
      INDArray gradient = gradient(random);
      if (anyScales) {
        AnyScales.write(state, rule.moments(), random);
      }
      float[] c = CudaRules.coefficients(rule, iteration);
      long[] answers = step.run(state, gradient, c, FIRST + iteration);
      int gradientBytes = n * words.bytes();
      ByteBuffer all = ByteBuffer.allocate((int) state.bytes() + gradientBytes + 16);
      all.put(RawMemory.copyOf(gradient, gradientBytes))
          .put(RawMemory.copyOf(state.view(), (int) state.bytes()));
      all.putLong(answers[0]).putLong(answers[1]);
      results.add(all.array());
    }
    return results;
  }

  /** An array that begins at a misaligned address, if the test is about that. */
  INDArray array(DataType type, long length) {
    INDArray parent = Nd4j.zeros(type, length + shift);
    return shift == 0 ? parent : parent.get(NDArrayIndex.interval(shift, length + shift));
  }

  /** Pieces of several kinds, and blocks of one. */
  INDArray gradient(Random random) {
    float[] values = new float[n];
    for (int from = 0; from < n; from += 61) {
      int kind = random.nextInt(12);
      double unit = kind < 3 ? Math.exp(4 * random.nextGaussian()) : 1e-2;
      for (int i = from; i < Math.min(n, from + 61); i++) {
        double g = random.nextGaussian() * unit;
        boolean rare = random.nextInt(61) == 0;
        values[i] =
            (float)
                (kind == 4
                    ? 0
                    : kind == 5
                        ? -0.0
                        : kind == 6 && rare ? Double.NaN : kind == 7 && rare ? 1 / 0.0 : g);
      }
    }
    for (int block = 0; block < n; block += 512) {
      if (random.nextInt(3) == 0) {
        float[] kinds = {0, 1e-20f, 1e20f, Float.NaN, 3e-42f};
        float unit = kinds[random.nextInt(kinds.length)];
        for (int i = block; i < Math.min(n, block + 256); i++) {
          values[i] = unit * (float) random.nextGaussian();
        }
      }
    }
    INDArray gradient = array(words.dataType(), n);
    gradient.assign(Nd4j.createFromArray(values));
    return gradient;
  }
}
