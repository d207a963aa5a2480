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
  public void run(INDArray gradient, INDArray state, Launches launches) {
    Nd4j.getExecutioner().commit();
    AtomicAllocator allocator = AtomicAllocator.getInstance();
    // Only operands are brought to the device, and both are read before they are written.
    CudaContext context = allocator.getFlowController().prepareAction(gradient, gradient, state);
    launches.run(
        stream(context),
        address(allocator.getPointer(state, context)),
        address(allocator.getPointer(gradient, context)));
    // Marks the gradient as written on the device.
    allocator.getFlowController().registerAction(context, gradient, state);
    allocator.getAllocationPoint(state).tickDeviceWrite();
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
