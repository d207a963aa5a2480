package org.lowbit4j.cuda;

import java.lang.ref.Reference;
import java.util.Arrays;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.lowbit4j.memory.RawMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Arrays whose memory is the host's and, under the emulation, the device's. Counts what is done.
 */
class HostArrays implements CudaArrays {

  int launches;
  int copies;
  int device;

  @Override
  public void run(Launches steps, int written, INDArray... all) {
    launches++;
    steps.run(stream(), Arrays.stream(all).mapToLong(a -> new RawMemory(a, 0).address()).toArray());
    // ND4J frees the memory of arrays that nobody holds, in the middle of a launch, too.
    Reference.reachabilityFence(all);
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
