package org.lowbit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The same for the PTX that the library ships, instruction by instruction. */
class CudaPtxTest extends CudaKernelTest {

  @Override
  Emulation.Kind kind() {
    return Emulation.Kind.PTX;
  }

  /** Else run PtxGenerator. */
  @Test
  void isCompiledFromTheseSources() {
    PtxGenerator.modules()
        .forEach(
            (name, source) ->
                assertThat(CudaModules.committed(name).lines().findFirst())
                    .as(name)
                    .hasValue(source.stamp()));
  }
}
