package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.kernel.Kernel;
import org.lowbit4j.kernel.KernelVariants;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.paging.PageFile;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.BlockRange;
import org.lowbit4j.state.StateFormatException;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateMemory;
import org.lowbit4j.updater.Internals;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A step that goes through its state in chunks gives the bits of one that does not. */
class PagedStepTest {

  private static final int PARAMETERS = 1_100_001;

  private final Random random = new Random(3);

  @ParameterizedTest
  @EnumSource
  void everyOptimizer(Optimizers optimizer) {
    compare(optimizer.config(), DataType.FLOAT);
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT, 32, 100",
    "FLOAT, 8, 5",
    "DOUBLE, 8, 5",
    "HALF, 8, 5",
    "HALF, 32, 100",
    "FLOAT, 4, 5",
    "DOUBLE, 4, 100",
    "HALF, 4, 5"
  })
  void everyDataType(DataType type, int bits, int percentile) {
    compare(new Adam8bit().dataType(type).optimBits(bits).percentileClipping(percentile), type);
  }

  private void compare(LowBitConfig<?> config, DataType type) {
    long words = config.stateSize(PARAMETERS);
    PageFile file =
        PageFile.create(PagedNetworks.folder(), words * type.width(), PagedNetworks.BUDGET);
    LowBitUpdater<?> paged = (LowBitUpdater<?>) config.instantiate(file.array(type), false);
    LowBitUpdater<?> resident = (LowBitUpdater<?>) Updaters.create(config, PARAMETERS, type);
    for (int i = 0; i < 3; i++) {
      INDArray gradient = Nd4j.createFromArray(Updaters.normal(random, PARAMETERS, 1)).castTo(type);
      INDArray copy = gradient.dup();
      paged.applyUpdater(gradient, i, 0);
      resident.applyUpdater(copy, i, 0);
      assertThat(Networks.bytes(gradient)).isEqualTo(Networks.bytes(copy));
    }
    assertThat(Networks.bytes(Updaters.state(paged)))
        .isEqualTo(Networks.bytes(Updaters.state(resident)));
    // The whole state goes in and out at each step, and when its first step found it zero.
    assertThat(file.bytesIn()).isGreaterThan(3 * (file.bytes() - file.budget()));
    assertThat(file.bytesOut()).isGreaterThanOrEqualTo(file.bytesIn());
    String moment = Internals.rule(config).moments().get(0).name();
    assertThat(paged.moment(moment)).isEqualTo(resident.moment(moment));
    restore(config, paged, resident);
  }

  /** State set from outside is verified, chunk by chunk, and refused when damaged. */
  private void restore(LowBitConfig<?> config, LowBitUpdater<?> paged, LowBitUpdater<?> resident) {
    INDArray state = Updaters.state(paged);
    LowBitUpdater<?> restored = (LowBitUpdater<?>) config.instantiate(state, false);
    INDArray gradient = Nd4j.ones(state.dataType(), PARAMETERS);
    INDArray copy = gradient.dup();
    restored.applyUpdater(gradient, 3, 0);
    resident.applyUpdater(copy, 3, 0);
    assertThat(Networks.bytes(gradient)).isEqualTo(Networks.bytes(copy));
    state.putScalar(state.length() * 9 / 10, 0.125);
    assertThatThrownBy(
            () -> ((LowBitUpdater<?>) config.instantiate(state, false)).applyUpdater(copy, 4, 0))
        .isInstanceOf(StateFormatException.class);
  }

  @Test
  void kernelsDoBlocksInAnyOrder() {
    UpdateRule rule = new Adam8bit().rule();
    Codebook[] codebooks = QuantMap.POWER.codebooks(rule.moments(), false, 8);
    List<Kernel> kernels = new ArrayList<>(List.of(KernelVariants.java(rule, codebooks, 64)));
    for (String isa : KernelVariants.instructionSets()) {
      kernels.add(KernelVariants.nativeKernel(rule, codebooks, 64, isa, 1));
      kernels.add(KernelVariants.nativeKernel(rule, codebooks, 64, isa, 2));
    }
    float[] gradient = Updaters.normal(random, 1_000, 1);
    float[] c = new float[rule.coefficientCount()];
    new Adam8bitUpdater(new Adam8bit()).coefficients(c, 1e-3, 7, 0);
    for (Kernel kernel : kernels) {
      StateLayout layout = new StateLayout(2, 8, 64, 1_000, WordType.FLOAT);
      StateMemory whole = new StateMemory(Nd4j.zeros(DataType.FLOAT, layout.words()));
      StateMemory parts = new StateMemory(Nd4j.zeros(DataType.FLOAT, layout.words()));
      whole.layout(layout);
      parts.layout(layout);
      INDArray a = Nd4j.createFromArray(gradient);
      INDArray b = Nd4j.createFromArray(gradient);
      long sum = 0;
      for (BlockRange blocks :
          Arrays.asList(new BlockRange(9, 16), new BlockRange(0, 1), new BlockRange(1, 9))) {
        sum += kernel.step(parts, new GradientView(b), c, 1, 7, blocks);
      }
      assertThat(sum).isEqualTo(kernel.step(whole, new GradientView(a), c, 1, 7));
      assertThat(Networks.bytes(b)).isEqualTo(Networks.bytes(a));
      assertThat(Networks.bytes(parts.view())).isEqualTo(Networks.bytes(whole.view()));
    }
  }
}
