package org.lowbit4j.cuda;

import org.bytedeco.cuda.cudart.CUstream_st;
import org.lowbit4j.memory.RawMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Arrays whose memory is the host's and, under the emulation, the device's. Counts what is done.
 */
final class HostArrays implements CudaArrays {

  int launches;
  int copies;
  int device;

  @Override
  public void run(INDArray gradient, INDArray state, Launches steps) {
    launches++;
    long stateAt = new RawMemory(state, 0).address();
    steps.run(stream(), stateAt, new RawMemory(gradient, 0).address());
  }

  @Override
  public void toHost(INDArray array) {
    copies++;
  }

  @Override
  public void hostWritten(INDArray array) {}

  @Override
  public int device() {
    return device;
  }

  @Override
  public CUstream_st stream() {
    return new CUstream_st();
  }
}
