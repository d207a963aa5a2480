package org.lowbit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.CudaRules;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.kernel.Kernel;
import org.lowbit4j.kernel.Kernels;
import org.lowbit4j.kernel.PercentileClipping;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateFormatException;
import org.lowbit4j.state.StateGuard;
import org.lowbit4j.state.StateHeader;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateMemory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Whole steps on an emulated device: clipping, headers, self-test, state changed from outside. */
class CudaUpdatesTest {

  private static final int N = 9_001;
  private static final int STEPS = 4;
  private static final int PERCENTILE = 30;

  private final UpdateRule rule = CudaRules.all().get(0);

  @BeforeAll
  static void requireEmulation() {
    assumeTrue(Emulation.missing() == null, Emulation.missing());
  }

  /** Headers, norms and all. */
  @ParameterizedTest
  @EnumSource
  void clippedStepsGiveTheSameBits(Emulation.Kind kind) {
    Emulation.use(kind, rule);
    for (WordType words : WordType.values()) {
      StepSetup setup = new StepSetup(rule, N, words);
      StateLayout layout = new StateLayout(2, 8, 256, N, words, PercentileClipping.HISTORY);
      StateHeader header = new StateHeader(rule.id(), rule.name(), 1);
      CudaUpdates cuda = new CudaUpdates(new HostArrays(), rule, setup.codebooks());
      Host host = new Host(setup.codebooks(), layout, header);
      INDArray state = Nd4j.zeros(words.dataType(), layout.words());
      Random random = new Random(1);
      for (int i = 0; i < STEPS; i++) {
        INDArray gradient = setup.gradient(random).muli(Math.pow(3, i - 2));
        INDArray copy = gradient.dup();
        float[] c = CudaRules.coefficients(rule, i);
        host.step(copy, c, i);
        cuda.step(state, gradient, layout, header, c, PERCENTILE, i);
        int bytes = N * words.bytes();
        assertThat(RawMemory.copyOf(gradient, bytes)).isEqualTo(RawMemory.copyOf(copy, bytes));
        bytes = (int) layout.words() * words.bytes();
        assertThat(RawMemory.copyOf(state, bytes))
            .as("state %s step %d", words, i)
            .isEqualTo(RawMemory.copyOf(host.state.view(), bytes));
      }
      assertThat(cuda.skipped(false))
          .isEqualTo(cuda.skipped(true))
          .isEqualTo(host.kernel.skipped());
    }
  }

  @ParameterizedTest
  @EnumSource
  void stateOfOthersIsNotTrainedOn(Emulation.Kind kind) {
    Emulation.use(kind, rule);
    for (WordType words : WordType.values()) {
      StepSetup setup = new StepSetup(rule, N, words);
      StateLayout layout = setup.layout();
      StateHeader header = new StateHeader(rule.id(), rule.name(), 1);
      CudaUpdates cuda = new CudaUpdates(new HostArrays(), rule, setup.codebooks());
      INDArray state = Nd4j.zeros(words.dataType(), layout.words());
      Random random = new Random(1);
      float[] c = CudaRules.coefficients(rule, 0);
      assertThat(cuda.needsVerification()).isTrue();
      cuda.step(state, setup.gradient(random), layout, header, c, 0, 0);
      assertThat(cuda.needsVerification()).isFalse();
      cuda.step(state, setup.gradient(random), layout, header, c, 0, 1);
      assertThat(cuda.needsVerification()).isFalse();

      // As averaging with a replica whose state differs does.
      state.putScalar(14, (state.getDouble(14) + 7) / 2);
      INDArray before = state.dup();
      INDArray gradient = setup.gradient(random);
      cuda.step(state, gradient, layout, header, c, 0, 2);
      assertThat(cuda.needsVerification()).isTrue();
      assertThat(gradient.amaxNumber().doubleValue()).isZero();
      assertThat(state).isEqualTo(before);

      // Fresh state is another's, too, and valid.
      state.assign(0);
      cuda.verified(true, 0);
      cuda.step(state, setup.gradient(random), layout, header, c, 0, 0);
      assertThat(cuda.needsVerification()).isFalse();
    }
  }

  /** Neither launch of a clipped step touches it. */
  @ParameterizedTest
  @EnumSource
  void clippingLeavesStateOfOthersAlone(Emulation.Kind kind) {
    Emulation.use(kind, rule);
    StepSetup setup = new StepSetup(rule, N, WordType.FLOAT);
    StateLayout layout = new StateLayout(2, 8, 256, N, WordType.FLOAT, PercentileClipping.HISTORY);
    CudaUpdates cuda = new CudaUpdates(new HostArrays(), rule, setup.codebooks());
    INDArray state = Nd4j.zeros(DataType.FLOAT, layout.words());
    Random random = new Random(1);
    float[] c = CudaRules.coefficients(rule, 0);
    for (int i = 0; i < 2; i++) {
      cuda.step(state, setup.gradient(random), layout, setup.header(), c, PERCENTILE, i);
    }
    state.putScalar(15, state.getDouble(15) + 1);
    INDArray before = state.dup();
    for (int i = 2; i < 4; i++) {
      INDArray gradient = setup.gradient(random);
      cuda.step(state, gradient, layout, setup.header(), c, PERCENTILE, i);
      assertThat(gradient.amaxNumber().doubleValue()).isZero();
      assertThat(state).isEqualTo(before);
    }
    assertThat(cuda.needsVerification()).isTrue();
  }

  /**
   * The step that meets it does nothing; once the host has looked at it training goes on from it.
   */
  @ParameterizedTest
  @EnumSource
  void stateRestoredInMidTrainingCostsAStep(Emulation.Kind kind) {
    Emulation.use(kind, rule);
    StepSetup setup = new StepSetup(rule, N, WordType.FLOAT);
    CudaUpdates cuda = new CudaUpdates(new HostArrays(), rule, setup.codebooks());
    INDArray state = Nd4j.zeros(DataType.FLOAT, setup.layout().words());
    INDArray[] after = new INDArray[3];
    for (int i = 0; i < after.length; i++) {
      step(cuda, setup, state, i);
      after[i] = state.dup();
    }
    state.assign(after[0]);
    assertThat(step(cuda, setup, state, 1).amaxNumber().doubleValue()).isZero();
    assertThat(cuda.needsVerification()).isTrue();
    cuda.verified(false, 1);
    assertThat(step(cuda, setup, state, 1).amaxNumber().doubleValue()).isPositive();
    assertThat(state).isEqualTo(after[1]);
    assertThat(cuda.needsVerification()).isFalse();
  }

  /** Words that change behind a header that does not: the next step is the host's to refuse. */
  @ParameterizedTest
  @EnumSource
  void damageIsNotTrainedOn(Emulation.Kind kind) {
    Emulation.use(kind, rule);
    for (int bits : new int[] {4, 8, 32}) {
      StateLayout layout =
          new StateLayout(2, bits, 256, N, WordType.FLOAT, PercentileClipping.HISTORY);
      assertStops(layout, layout.normsOffset() + 40, Float.NaN);
      assertStops(layout, layout.normsOffset() + 80, -1);
      // A NaN in the second moment of 32 bits, else four reserved codes.
      assertStops(
          layout,
          layout.valueOffset(1, 256),
          Float.intBitsToFloat(bits < 32 ? 0x7F7F7F7F : 0x7FC00000));
      if (layout.isQuantized()) {
        assertStops(layout, layout.scaleOffset(0, 1), Float.POSITIVE_INFINITY);
        assertStops(layout, layout.scaleOffset(1, 0), -1);
      } else {
        assertStops(layout, layout.valueOffset(1, 300), -1);
        assertStops(layout, layout.valueOffset(0, N - 1), Float.NaN);
      }
    }
  }

  private void assertStops(StateLayout layout, long offset, float damage) {
    StepSetup setup = new StepSetup(rule, N, WordType.FLOAT);
    setup.bits = layout.bits();
    CudaUpdates cuda = new CudaUpdates(new HostArrays(), rule, setup.codebooks());
    INDArray state = Nd4j.zeros(DataType.FLOAT, layout.words());
    float[] c = CudaRules.coefficients(rule, 0);
    for (int i = 0; i < 2; i++) {
      INDArray gradient = setup.gradient(new Random(i));
      cuda.step(state, gradient, layout, setup.header(), c, PERCENTILE, i);
    }
    assertThat(cuda.needsVerification()).isFalse();
    new RawMemory(state, layout.bytes()).at(offset).putFloat(damage);
    INDArray gradient = setup.gradient(new Random(2));
    cuda.step(state, gradient, layout, setup.header(), c, PERCENTILE, 2);
    assertThat(cuda.needsVerification()).as("%s at %d of %s", damage, offset, layout).isTrue();
    for (double update : gradient.toDoubleVector()) {
      assertThat(update).isFinite();
    }
    StateGuard host = new StateGuard(new StateMemory(state), setup.header());
    assertThatThrownBy(() -> host.open(layout)).isInstanceOf(StateFormatException.class);
  }

  private INDArray step(CudaUpdates cuda, StepSetup setup, INDArray state, int iteration) {
    INDArray gradient = setup.gradient(new Random(iteration));
    float[] c = CudaRules.coefficients(rule, iteration);
    cuda.step(state, gradient, setup.layout(), setup.header(), c, 0, iteration);
    return gradient;
  }

  @ParameterizedTest
  @EnumSource
  void selfTestPasses(Emulation.Kind kind) {
    for (UpdateRule any : CudaRules.all()) {
      Emulation.use(kind, any);
      CudaSelfTest.run(any, new HostArrays());
    }
  }

  @ParameterizedTest
  @EnumSource
  void selfTestOfClippingPasses(Emulation.Kind kind) {
    Emulation.use(kind, rule);
    ClipSelfTest.run(rule, new HostArrays());
  }

  /** Each launch has another order of threads and thread blocks. */
  private static void inManyOrders(Runnable selfTest) {
    for (int i = 0; i < 20; i++) {
      selfTest.run();
    }
  }

  /**
   * As if the device's memory were not as the fences say; in some orders it then is all the same.
   */
  @Test
  void selfTestsFindThreadBlocksThatDoNotWork() {
    Emulation.useTooEarly(rule);
    try {
      assertThatThrownBy(() -> inManyOrders(() -> ClipSelfTest.run(rule, new HostArrays())))
          .isInstanceOf(CudaException.class)
          .hasMessageContaining("another");
      assertThatThrownBy(() -> inManyOrders(() -> CudaSelfTest.run(rule, new HostArrays())))
          .isInstanceOf(CudaException.class)
          .hasMessageContaining("another");
    } finally {
      Emulation.use(Emulation.Kind.SOURCE, rule);
    }
  }

  /** A module of another rule under this one's name: as good as a compiler's bug. */
  @Test
  void selfTestFindsOtherKernels() {
    UpdateRule other = CudaRules.all().get(2);
    Emulation.useForAll(other);
    try {
      assertThatThrownBy(() -> CudaSelfTest.run(rule, new HostArrays()))
          .isInstanceOf(CudaException.class)
          .hasMessageContaining("another byte");
      CudaUpdates cuda = new CudaUpdates(new HostArrays(), rule, new Codebook[0]);
      assertThat(cuda.isUsable(true)).isFalse();
    } finally {
      Emulation.use(Emulation.Kind.SOURCE, rule);
    }
  }

  @Test
  void reportHasAVerdictOfEachModule() {
    for (UpdateRule any : CudaRules.all()) {
      Emulation.use(Emulation.Kind.PTX, any);
    }
    Emulation.useQuantizer(Emulation.Kind.PTX);
    assertThat(CudaReport.verdicts(new HostArrays()))
        .containsOnlyKeys(PtxGenerator.modules().keySet())
        .allSatisfy((module, verdict) -> assertThat(verdict).isEqualTo(CudaReport.PASSED));
    // Without arrays in device memory there is nothing to report.
    assertThat(CudaReport.verdicts()).isEmpty();
    // Of one moment: kernels of more would look for tables that others do not have.
    UpdateRule other =
        CudaRules.all().stream().filter(any -> any.name().equals("sgd")).findFirst().orElseThrow();
    Emulation.useForAll(other);
    try {
      assertThat(CudaReport.verdicts(new HostArrays()))
          .containsEntry(other.name(), CudaReport.PASSED)
          .hasEntrySatisfying(
              rule.name(),
              v -> assertThat(v).startsWith("not used: the self-test of " + rule.name()));
    } finally {
      Emulation.use(Emulation.Kind.SOURCE, rule);
    }
  }

  @Test
  void stateIsVerifiedOnEachDevice() {
    Emulation.use(Emulation.Kind.SOURCE, rule);
    StepSetup setup = new StepSetup(rule, N, WordType.FLOAT);
    HostArrays arrays = new HostArrays();
    CudaUpdates cuda = new CudaUpdates(arrays, rule, setup.codebooks());
    StateHeader header = new StateHeader(rule.id(), rule.name(), 1);
    INDArray state = Nd4j.zeros(DataType.FLOAT, setup.layout().words());
    float[] c = CudaRules.coefficients(rule, 0);
    for (int device : new int[] {0, 1, 0}) {
      arrays.device = device;
      assertThat(cuda.needsVerification()).isTrue();
      for (int i = 0; i < 2; i++) {
        cuda.step(state, setup.gradient(new Random(1)), setup.layout(), header, c, 0, i);
        assertThat(cuda.needsVerification()).isFalse();
      }
    }
  }

  @Test
  void memoryOfUpdatersThatWereDroppedIsFreed() throws InterruptedException {
    Emulation.use(Emulation.Kind.SOURCE, rule);
    StepSetup setup = new StepSetup(rule, N, WordType.FLOAT);
    CudaStep kept = new CudaStep(rule, setup.codebooks());
    long before = Emulation.memoryInUse();
    for (int i = 0; i < 100; i++) {
      new CudaStep(rule, setup.codebooks());
    }
    int tries = 0;
    while (Emulation.memoryInUse() > before && tries++ < 100) {
      System.gc();
      Thread.sleep(20);
    }
    assertThat(Emulation.memoryInUse()).isLessThanOrEqualTo(before);
    kept.free();
    assertThat(Emulation.memoryInUse()).isLessThan(before);
  }

  @Test
  void whatTheDriverSaysIsInTheError() {
    Emulation.use(Emulation.Kind.SOURCE, rule);
    assertThatThrownBy(() -> Driver.load("nonsense", "adam"))
        .isInstanceOf(CudaException.class)
        .hasMessageContaining("adam")
        .hasMessageContaining("CUDA_ERROR_INVALID_PTX")
        .hasMessageContaining("this is no PTX of lowbit4j's");
  }

  /** The host's way, as the updater does it. */
  private static final class Host {
    final StateMemory state;
    final Kernel kernel;
    private final StateLayout layout;
    private final StateGuard guard;
    private final PercentileClipping clipping = new PercentileClipping();

    Host(Codebook[] codebooks, StateLayout layout, StateHeader header) {
      this.layout = layout;
      state = new StateMemory(Nd4j.zeros(layout.wordType().dataType(), layout.words()));
      guard = new StateGuard(state, header);
      kernel = Kernels.reference(CudaRules.all().get(0), codebooks, layout.blockSize());
    }

    void step(INDArray gradient, float[] c, int iteration) {
      guard.open(layout);
      GradientView view = new GradientView(gradient);
      boolean fresh = StateHeader.isFresh(state);
      guard.beginWrite();
      float scale = clipping.scale(state, view, PERCENTILE, iteration, fresh);
      long checksum = kernel.step(state, view, c, scale, iteration);
      guard.close(checksum + clipping.checksum(layout.moments()), iteration + 1);
    }
  }
}
