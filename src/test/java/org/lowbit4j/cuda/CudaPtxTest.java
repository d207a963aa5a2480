package org.lowbit4j.cuda;

/** The same for the PTX that the library ships, instruction by instruction. */
class CudaPtxTest extends CudaKernelTest {

  @Override
  Emulation.Kind kind() {
    return Emulation.Kind.PTX;
  }
}
