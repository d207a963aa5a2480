package org.lowbit4j.cuda;

import java.util.Arrays;
import java.util.Random;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.kernel.PercentileClipping;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.SquaredNorm;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateHeader;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs percentile clipping on the device at hand, on a gradient that several thread blocks add up,
 * and compares norms and scale with the host's.
 */
final class ClipSelfTest {

  /** A thread block adds up 32 blocks of the norm. */
  private static final int ELEMENTS = 33 * SquaredNorm.BLOCK + 77;

  private static final int BYTES = ELEMENTS * Float.BYTES;
  private static final int STEPS = 3;
  private static final int PERCENTILE = 30;
  private static final long SEED = 42;

  private final UpdateRule rule;
  private final StateLayout layout;
  private final StateHeader header;
  private final int stateBytes;
  private final INDArray stateArray;
  private final INDArray gradientArray;
  private final CUstream_st stream;

  private ClipSelfTest(UpdateRule rule, CudaArrays arrays) {
    this.rule = rule;
    int moments = rule.moments().size();
    layout = new StateLayout(moments, 8, 256, ELEMENTS, WordType.FLOAT, PercentileClipping.HISTORY);
    header = new StateHeader(rule.id(), rule.name(), QuantMap.POWER.id());
    stateBytes = (int) layout.bytes();
    stateArray = arrays.create(WordType.FLOAT.dataType(), layout.words());
    gradientArray = arrays.create(WordType.FLOAT.dataType(), ELEMENTS);
    stream = arrays.stream();
    arrays.toHost(stateArray);
    arrays.toHost(gradientArray);
  }

  /**
   * Tests.
   *
   * @param rule whose state it is; any will do
   * @throws CudaException if a bit differs, or the driver fails
   */
  static void run(UpdateRule rule, CudaArrays arrays) {
    new ClipSelfTest(rule, arrays).run();
  }

  private void run() {
    new RawMemory(stateArray, stateBytes).at(0).put(new byte[stateBytes]);
    StateMemory state = new StateMemory(stateArray);
    state.layout(layout);
    CudaStep cuda = new CudaStep(rule, new Codebook[rule.moments().size()]);
    DeviceBytes stateThere = new DeviceBytes(stateBytes, Float.BYTES);
    DeviceBytes gradientThere = new DeviceBytes(BYTES, Float.BYTES);
    try {
      Random random = new Random(SEED);
      PercentileClipping onHost = new PercentileClipping();
      for (int step = 0; step < STEPS; step++) {
        GradientView gradient = new GradientView(gradientArray);
        gradient.store(0, ELEMENTS, gradient(random, 1 + step));
        gradientThere.put(RawMemory.copyOf(gradientArray, BYTES));
        stateThere.put(RawMemory.copyOf(stateArray, stateBytes));
        float scale = onHost.scale(state, gradient, PERCENTILE, step, step == 0);
        cuda.clip(stream, operands(stateThere, gradientThere, step), PERCENTILE, step);
        require(scale == cuda.gradientScale(stream), "scale");
        require(Arrays.equals(RawMemory.copyOf(stateArray, stateBytes), stateThere.get()), "norm");
        header.write(state, 0, step + 1);
      }
    } finally {
      stateThere.free();
      gradientThere.free();
      cuda.free();
    }
  }

  private StepOperands operands(DeviceBytes state, DeviceBytes gradient, int steps) {
    ExpectedHeader expected = new ExpectedHeader(header.bytes(layout, steps), steps == 0, true);
    return new StepOperands(layout, expected, state.address(), gradient.address(), WordType.FLOAT);
  }

  /** The longer, the later. */
  private static float[] gradient(Random random, float unit) {
    float[] x = new float[ELEMENTS];
    for (int i = 0; i < x.length; i++) {
      x[i] = unit * (random.nextFloat() - 0.5f);
    }
    x[3] = Float.NaN;
    return x;
  }

  private static void require(boolean same, String what) {
    if (!same) {
      throw new CudaException(
          "the self-test of percentile clipping found another " + what + " than the host's");
    }
  }
}
