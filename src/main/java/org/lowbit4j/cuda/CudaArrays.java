package org.lowbit4j.cuda;

import org.bytedeco.cuda.cudart.CUstream_st;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Arrays in device memory with a copy on the host, and the stream of what is done with them. */
interface CudaArrays {

  /** What is launched for a step. */
  interface Launches {

    /**
     * Launches.
     *
     * @param stream to launch on
     * @param state address of the state in device memory
     * @param gradient address of the gradient in device memory
     */
    void run(CUstream_st stream, long state, long gradient);
  }

  /** Makes arrays valid on the device, launches what reads and writes them, and notes that. */
  void run(INDArray gradient, INDArray state, Launches launches);

  /** Makes an array valid on the host. */
  void toHost(INDArray array);

  /** Notes that an array was written on the host. */
  void hostWritten(INDArray array);

  /** The calling thread's device. */
  int device();

  /** The calling thread's stream. */
  CUstream_st stream();
}
