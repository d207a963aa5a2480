package org.lowbit4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.SquaredNorm;
import org.lowbit4j.rule.Rules;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateMemory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What the native library must know at load is what the Java kernel has, and errors are found. */
class NativeSelfTestTest {

  /** The Java kernel, in arrays. */
  private static NativeSelfTest.Steps java(UpdateRule rule, Codebook[] codebooks) {
    Kernel kernel = new JavaKernel(rule, codebooks, NativeSelfTest.BLOCK_SIZE, 1);
    return (layout, state, gradient, c, iteration) -> {
      StateMemory memory = new StateMemory(array(layout, state));
      memory.layout(layout);
      INDArray g = array(layout, gradient);
      long checksum = kernel.step(memory, new GradientView(g), c, 1, iteration);
      copy(RawMemory.copyOf(memory.view(), state.length), state);
      copy(RawMemory.copyOf(g, gradient.length), gradient);
      return checksum + kernel.skipped();
    };
  }

  private static void copy(byte[] from, byte[] to) {
    System.arraycopy(from, 0, to, 0, to.length);
  }

  private static INDArray array(StateLayout layout, byte[] bytes) {
    INDArray array =
        Nd4j.create(layout.wordType().dataType(), bytes.length / layout.wordType().bytes());
    ByteBuffer to = new RawMemory(array, bytes.length).at(0);
    to.put(bytes);
    return array;
  }

  private static byte[] bytes(INDArray array) {
    return RawMemory.copyOf(array, (int) array.length() * Float.BYTES);
  }

  private static int javaSums() {
    NativeSelfTest.Numbers numbers = new NativeSelfTest.Numbers();
    int n = NativeSelfTest.ELEMENTS;
    INDArray x = Nd4j.createFromArray(numbers.next(n));
    INDArray y = Nd4j.createFromArray(numbers.next(n));
    assertThat(x.dataType()).isEqualTo(DataType.FLOAT);
    double norm = SquaredNorm.of(new GradientView(x));
    Axpy.apply(0.3f, new GradientView(x), 0.7f, new GradientView(y), 1);
    byte[] afterAxpy = bytes(y);
    Axpy.apply(0.3f, new GradientView(x), 1, new GradientView(y), 1);
    return NativeSelfTest.sums(norm, SquaredNorm.of(new GradientView(y)), afterAxpy, bytes(y));
  }

  @Test
  void whatIsRecordedIsWhatTheJavaKernelHas() {
    List<Integer> found = new ArrayList<>();
    NativeSelfTest test = new NativeSelfTest(NativeSelfTestTest::java);
    for (UpdateRule rule : Rules.all()) {
      found.add(test.signature(rule));
    }
    found.add(javaSums());
    String record =
        found.stream().map(x -> String.format("0x%08x", x)).collect(Collectors.joining(", "));
    assertThat(NativeSelfTest.RECORDED)
        .as("If a rule or a codebook was changed on purpose: RECORDED = {%s}", record)
        .containsExactly(found.stream().mapToInt(Integer::intValue).toArray());
  }

  @ParameterizedTest
  @EnumSource
  void everyInstructionSetPasses(InstructionSet isa) {
    assumeTrue(KernelVariants.instructionSets().contains(isa.id()), "not on this machine");
    NativeSelfTest.run(isa);
  }

  /** One bit, in one place, in one step. */
  @ParameterizedTest
  @ValueSource(strings = {"state", "gradient", "checksum"})
  void aWrongBitIsFound(String where) {
    NativeSelfTest.Candidate wrong =
        (rule, codebooks) -> {
          NativeSelfTest.Steps right = java(rule, codebooks);
          return (layout, state, gradient, c, iteration) -> {
            long answer = right.step(layout, state, gradient, c, iteration);
            boolean here = rule.name().equals("lion") && iteration == 1 && layout.bits() == 4;
            if (here && where.equals("state")) {
              state[state.length / 2] ^= 1;
            } else if (here && where.equals("gradient")) {
              gradient[0] ^= 1;
            }
            return answer + (here && where.equals("checksum") ? 1 : 0);
          };
        };
    assertThat(new NativeSelfTest(wrong).differences(javaSums())).containsExactly("lion");
    assertThat(new NativeSelfTest(NativeSelfTestTest::java).differences(javaSums() + 1))
        .containsExactly("sums");
  }
}
