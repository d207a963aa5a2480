package org.lowbit4j.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.lowbit4j.CudaRules;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.kernel.Kernel;
import org.lowbit4j.kernel.Kernels;
import org.lowbit4j.kernel.PercentileClipping;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateHeader;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateMemory;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Steps of one updater for a {@link VectorFile}: the launches that the library does them with, and
 * what the Java kernel makes of the same gradients.
 */
final class UpdateVectors {

  private static final int PERCENTILE = 30;

  /** Elements from which on a hash stands for memory, and gradients are made of a smaller one. */
  private static final int MANY = 2_000;

  private static final int TILE = 4_096;

  private static final Map<String, float[]> COEFFICIENTS = new HashMap<>();

  final StepSetup setup;

  /** Steps done with the state before; it is fresh nevertheless. */
  int first;

  boolean clipped;

  private final UpdateRule rule;
  private final VectorFile out;
  private StateLayout layout;
  private Codebook[] codebooks;
  private StateHeader header;
  private StepArguments arguments;
  private StepOperands fresh;
  private long squares;
  private int stepsInHeader;

  UpdateVectors(VectorFile out, StepSetup setup) {
    this.out = out;
    this.setup = setup;
    this.rule = setup.rule;
  }

  private String name() {
    return String.format(
        "%s-%d-%s-%s%s-%d-of-%d%s",
        rule.name(),
        setup.bits,
        setup.words,
        setup.map,
        clipped ? "-clipped" : "",
        setup.n,
        setup.blockSize,
        setup.shift > 0 ? "-shifted" : "");
  }

  /** Writes steps and what they must lead to. */
  void check() {
    out.begin(name(), "check", setup.n);
    prepare(setup.n);
    StateMemory state = new StateMemory(Nd4j.zeros(setup.words.dataType(), layout.words()));
    state.layout(layout);
    Kernel oracle = Kernels.reference(rule, codebooks, setup.blockSize);
    PercentileClipping clipping = new PercentileClipping();
    Random random = new Random(setup.n);
    for (int step = 0; step < setup.steps; step++) {
      int steps = first + step;
      out.step(step);
      INDArray gradient = gradient(random, step);
      float[] c = coefficients(step);
      launch(c, steps, step == 0);
      GradientView view = new GradientView(gradient);
      float scale = clipped ? clipping.scale(state, view, PERCENTILE, steps, step == 0) : 1;
      long checksum = oracle.step(state, view, c, scale, steps);
      checksum += clipped ? clipping.checksum(layout.moments()) : 0;
      header.write(state, checksum, steps + 1);
      expect("gradient", RawMemory.copyOf(gradient, setup.n * setup.words.bytes()));
      expect("state", RawMemory.copyOf(state.view(), stateBytes()));
      out.expect("answers", answers(oracle.skipped(), checksum, clipped ? scale : 0));
      out.expect("status", longs(0, oracle.skipped()));
    }
  }

  /** Writes launches without what they lead to; the first is not to be counted. */
  void time(long elements, int launches) {
    out.begin(name().replace("-" + setup.n + "-", "-"), "time", elements);
    prepare(elements);
    out.moves(2 * (elements * setup.words.bytes() + layout.bytes()));
    StepSetup tile = new StepSetup(rule, TILE, setup.words);
    out.fill("gradient", RawMemory.copyOf(plain(tile), TILE * setup.words.bytes()));
    for (int step = 0; step < launches; step++) {
      out.step(step);
      launch(coefficients(step), step, step == 0);
    }
    out.expect("status", longs(0, 0));
  }

  private void prepare(long elements) {
    int norms = clipped ? PercentileClipping.HISTORY : 0;
    int words = setup.words.bytes();
    int shift = setup.shift * words;
    layout =
        new StateLayout(
            rule.moments().size(), setup.bits, setup.blockSize, elements, setup.words, norms);
    codebooks = setup.codebooks();
    header = setup.header();
    long gradient = out.memory("gradient", elements * words, shift);
    long state = out.memory("state", layout.words() * words, shift);
    long answers = out.memory("answers", StepArguments.ANSWERS_BYTES, 0);
    long status = out.memoryHere("status", StepArguments.STATUS_BYTES);
    Map<Codebook, Long> tables = new HashMap<>();
    for (int k = 0; k < codebooks.length; k++) {
      if (!tables.containsKey(codebooks[k])) {
        tables.put(codebooks[k], out.memory("table" + k, DeviceTable.BYTES, 0));
        out.put("table" + k, DeviceTable.of(codebooks[k]));
      }
    }
    if (clipped) {
      squares = out.memory("squares", StepArguments.squaresBytes(layout), 0);
    }
    out.zero("state");
    out.zero("answers");
    out.zero("status");
    arguments = new StepArguments(rule, codebooks, tables::get, answers, status);
    fresh = new StepOperands(layout, null, state, gradient, setup.words);
    stepsInHeader = 0;
  }

  /** As {@link CudaUpdates} does it. */
  private void launch(float[] c, int steps, boolean isFirst) {
    ExpectedHeader expected =
        new ExpectedHeader(header.bytes(layout, stepsInHeader), isFirst, isFirst);
    StepOperands on =
        new StepOperands(layout, expected, fresh.state, fresh.gradient, fresh.gradientWords);
    if (clipped) {
      out.launch(
          CudaSource.CLIP,
          "clipGradient",
          StepArguments.clipSize(layout),
          arguments.clip(on, squares, PERCENTILE, steps));
    }
    out.launch(
        rule.name(),
        StepArguments.updateKernel(layout),
        StepArguments.updateSize(layout),
        arguments.update(on, c, clipped ? Float.NaN : 1, steps));
    stepsInHeader = StateHeader.storedSteps(steps + 1);
  }

  /** A step's gradient, larger and smaller in turn where it is clipped. */
  private INDArray gradient(Random random, int step) {
    if (setup.n <= MANY) {
      INDArray gradient = setup.gradient(random);
      gradient.muli(clipped ? Math.pow(3, step % 4 - 2) : 1);
      out.put("gradient", RawMemory.copyOf(gradient, setup.n * setup.words.bytes()));
      return gradient;
    }
    StepSetup tile = new StepSetup(rule, TILE, setup.words);
    INDArray piece = tile.gradient(random).muli(clipped ? Math.pow(3, step % 4 - 2) : 1);
    byte[] bytes = RawMemory.copyOf(piece, TILE * setup.words.bytes());
    out.fill("gradient", bytes);
    INDArray gradient = setup.array(setup.words.dataType(), setup.n);
    int all = setup.n * setup.words.bytes();
    RawMemory to = new RawMemory(gradient, all);
    for (int at = 0; at < all; at += bytes.length) {
      to.at(at).put(bytes, 0, Math.min(bytes.length, all - at));
    }
    return gradient;
  }

  /** Of a usual size, without what is not finite. */
  private static INDArray plain(StepSetup tile) {
    Random random = new Random(1);
    float[] values = new float[TILE];
    for (int i = 0; i < TILE; i++) {
      values[i] = 1e-2f * (float) random.nextGaussian();
    }
    INDArray gradient = tile.array(tile.words.dataType(), TILE);
    return gradient.assign(Nd4j.createFromArray(values));
  }

  private float[] coefficients(int step) {
    return COEFFICIENTS.computeIfAbsent(
        rule.name() + " " + step, key -> CudaRules.coefficients(rule, step));
  }

  private void expect(String region, byte[] bytes) {
    if (setup.n > MANY) {
      out.expectHash(region, bytes);
    } else {
      out.expect(region, bytes);
    }
  }

  private int stateBytes() {
    return (int) layout.words() * setup.words.bytes();
  }

  /** The structure {@code Answers} behind a step. */
  private static byte[] answers(long skipped, long checksum, float scale) {
    ByteBuffer all = ByteBuffer.allocate(StepArguments.ANSWERS_BYTES);
    all.order(ByteOrder.LITTLE_ENDIAN).putLong(0).putLong(skipped).putLong(checksum).putLong(0);
    return all.putLong(0).putFloat(scale).putInt(0).array();
  }

  static byte[] longs(long... values) {
    ByteBuffer all = ByteBuffer.allocate(values.length * Long.BYTES);
    all.order(ByteOrder.LITTLE_ENDIAN);
    Arrays.stream(values).forEach(all::putLong);
    return all.array();
  }
}
