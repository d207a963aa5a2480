package org.lowbit4j.cuda;

import org.bytedeco.cuda.cudart.CUstream_st;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.factory.Nd4j;

/** Arrays in device memory with a copy on the host, and the stream of what is done with them. */
interface CudaArrays {

  /** Those of ND4J's backend, or null unless that is CUDA. */
  static CudaArrays ofBackend() {
    boolean cuda = Nd4j.getExecutioner().type() == OpExecutioner.ExecutionerType.CUDA;
    return cuda ? new Nd4jCuda() : null;
  }

  /** What is launched. */
  interface Launches {

    /**
     * Launches.
     *
     * @param at addresses in device memory of the arrays, in their order
     */
    void run(CUstream_st stream, long[] at);
  }

  /**
   * Makes arrays valid on the device, launches what reads and writes them, and notes that.
   *
   * @param written how many of the arrays are written, 1 or more; the others are only read
   * @param all the arrays, those that are written first
   */
  void run(Launches launches, int written, INDArray... all);

  /** An array of zeros, for tests of a device. */
  default INDArray create(DataType type, long length) {
    return Nd4j.create(type, length);
  }

  /** Makes an array valid on the host. */
  void toHost(INDArray array);

  /** Notes that an array was written on the host. */
  void hostWritten(INDArray array);

  /** The calling thread's device. */
  int device();

  /** The calling thread's stream. */
  CUstream_st stream();
}
