package org.lowbit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What would change bits, or is not understood, does not pass. */
class PtxTranslatorTest {

  private static String module(String instruction) {
    return ".version 7.6\n.target sm_50\n.visible .entry k(\n.param .align 8 .b8 k_param_0[8]\n)\n{\n"
        + ".reg .f32 %f<9>;\n"
        + instruction
        + "\nret;\n}\n";
  }

  @Test
  void roundedOperationsPass() {
    assertThat(PtxTranslator.toCpp(module("mul.rn.f32 %f1, %f2, %f3;"))).contains("f2 * f3");
    assertThat(PtxTranslator.toCpp(module("fma.rn.f32 %f1, %f2, %f3, %f4;")))
        .contains("std::fma(f2, f3, f4)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fma.rz.f32 %f1, %f2, %f3, %f4;",
        "fma.rn.ftz.f32 %f1, %f2, %f3, %f4;",
        "mul.f32 %f1, %f2, %f3;",
        "mul.ftz.f32 %f1, %f2, %f3;",
        "div.full.f32 %f1, %f2, %f3;",
        "sqrt.approx.f32 %f1, %f2;",
        "red.global.add.f32 [%rd1], %f2;",
        "add.rn.f32 %f1, %q2, %f3;",
        ".const .f32 x;",
        "what is this"
      })
  void othersDoNot(String instruction) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PtxTranslator.toCpp(module(instruction)))
        .withMessageContaining(instruction);
  }
}
