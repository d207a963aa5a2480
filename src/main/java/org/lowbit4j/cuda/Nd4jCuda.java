package org.lowbit4j.cuda;

import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.jita.allocator.impl.AtomicAllocator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.jcublas.context.CudaContext;

/**
 * ND4J's CUDA backend: where arrays lie, the stream of its operations, and who wrote last. The only
 * class that knows it; it is loaded only where that backend is.
 *
 * <p>As ND4J's own operations do it (CudaExecutioner, SynchronousFlowController of 1.0.0-M2.1).
 */
final class Nd4jCuda implements CudaArrays {

  @Override
  public void run(Launches launches, int written, INDArray... all) {
    Nd4j.getExecutioner().commit();
    AtomicAllocator allocator = AtomicAllocator.getInstance();
    // Only operands are brought to the device, and what is written may be read before.
    CudaContext context = allocator.getFlowController().prepareAction(all[0], all);
    long[] at = new long[all.length];
    for (int i = 0; i < all.length; i++) {
      at[i] = address(allocator.getPointer(all[i], context));
    }
    launches.run(stream(context), at);
    // Marks the first as written on the device.
    allocator.getFlowController().registerAction(context, all[0], all);
    for (int i = 1; i < written; i++) {
      allocator.getAllocationPoint(all[i]).tickDeviceWrite();
    }
  }

  @Override
  public void toHost(INDArray array) {
    AtomicAllocator.getInstance().synchronizeHostData(array);
  }

  @Override
  public void hostWritten(INDArray array) {
    AtomicAllocator.getInstance().tickHostWrite(array);
  }

  @Override
  public int device() {
    return AtomicAllocator.getInstance().getDeviceId();
  }

  @Override
  public CUstream_st stream() {
    return stream(AtomicAllocator.getInstance().getDeviceContext());
  }

  /** Unlike {@code getOldStream}, which points to the stream, this is the stream itself. */
  private static CUstream_st stream(CudaContext context) {
    return new CUstream_st(context.getCublasStream());
  }

  private static long address(Pointer pointer) {
    return pointer.address() + pointer.position() * pointer.sizeof();
  }
}
