package org.lowbit4j.cuda;

import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** CUDA's driver, its error codes turned into exceptions. Addresses are of the device. */
final class Driver {

  private static final int LOG_BYTES = 8192;

  private Driver() {}

  /** Throws unless a call succeeded. */
  static void check(int result, String what) {
    if (result == cudart.CUDA_SUCCESS) {
      return;
    }
    throw new CudaException(what + ": error " + result + " " + text(result));
  }

  /** A number that tells the calling thread's context, and so its device, from others. */
  static long context() {
    try (CUctx_st context = new CUctx_st()) {
      check(cudart.cuCtxGetCurrent(context), "cuCtxGetCurrent");
      if (context.isNull()) {
        throw new CudaException("This thread has no CUDA context.");
      }
      return context.address();
    }
  }

  /** The calling thread's context, for {@link #in}. */
  static CUctx_st currentContext() {
    context();
    CUctx_st context = new CUctx_st();
    check(cudart.cuCtxGetCurrent(context), "cuCtxGetCurrent");
    return context;
  }

  /** Does something on a thread that may have no context, once the context's device is done. */
  static void in(CUctx_st context, Runnable action) {
    check(cudart.cuCtxPushCurrent(context), "cuCtxPushCurrent");
    try (CUctx_st popped = new CUctx_st()) {
      try {
        check(cudart.cuCtxSynchronize(), "cuCtxSynchronize");
        action.run();
      } finally {
        check(cudart.cuCtxPopCurrent(popped), "cuCtxPopCurrent");
      }
    }
  }

  /** Multiprocessors of the calling thread's device. */
  static int multiprocessors() {
    int[] device = new int[1];
    int[] count = new int[1];
    check(cudart.cuCtxGetDevice(device), "cuCtxGetDevice");
    int attribute = cudart.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;
    check(cudart.cuDeviceGetAttribute(count, attribute, device[0]), "cuDeviceGetAttribute");
    return Math.max(1, count[0]);
  }

  /** Loads PTX; the driver compiles it for its device. */
  static CUmod_st load(String ptx, String name) {
    CUmod_st module = new CUmod_st();
    try (BytePointer image = new BytePointer(ptx);
        BytePointer log = new BytePointer(LOG_BYTES);
        // Numbers among the values are passed as addresses.
        NumberPointer size = new NumberPointer(LOG_BYTES);
        IntPointer options = new IntPointer(2);
        PointerPointer<Pointer> values = new PointerPointer<>(2)) {
      log.put(0, (byte) 0);
      values.put(0, log).put(1, size);
      options.put(0, cudart.CU_JIT_ERROR_LOG_BUFFER);
      options.put(1, cudart.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES);
      // The overloads without IntPointer take the one Pointer that they are given by its address.
      int result = cudart.cuModuleLoadDataEx(module, image, 2, options, values);
      if (result != cudart.CUDA_SUCCESS) {
        throw new CudaException(
            String.format(
                "The driver does not load the module %s: error %d %s: %s",
                name, result, text(result), text(log)));
      }
    }
    return module;
  }

  static CUfunc_st function(CUmod_st module, String name) {
    CUfunc_st function = new CUfunc_st();
    check(cudart.cuModuleGetFunction(function, module, name), "cuModuleGetFunction " + name);
    return function;
  }

  /** Launches a kernel that has one structure as its argument. */
  static void launch(
      CUfunc_st function, int grid, int threads, CUstream_st stream, PointerPointer<?> arguments) {
    check(
        cudart.cuLaunchKernel(
            function, grid, 1, 1, threads, 1, 1, 0, stream, arguments, (PointerPointer<?>) null),
        "cuLaunchKernel");
  }

  static long allocate(long bytes) {
    long[] address = new long[1];
    check(cudart.cuMemAlloc(address, bytes), "cuMemAlloc of " + bytes + " bytes");
    return address[0];
  }

  static void free(long address) {
    check(cudart.cuMemFree(address), "cuMemFree");
  }

  static void toDevice(Pointer from, long to, long bytes) {
    check(cudart.cuMemcpyHtoD(to, from, bytes), "cuMemcpyHtoD");
  }

  static void toHost(long from, Pointer to, long bytes) {
    check(cudart.cuMemcpyDtoH(to, from, bytes), "cuMemcpyDtoH");
  }

  /** Memory of the host that kernels can write to, see {@link #onDevice}. */
  static Pointer allocateHere(long bytes) {
    int flags = cudart.CU_MEMHOSTALLOC_PORTABLE | cudart.CU_MEMHOSTALLOC_DEVICEMAP;
    try (PointerPointer<Pointer> address = new PointerPointer<>(1)) {
      check(cudart.cuMemHostAlloc(address, bytes, flags), "cuMemHostAlloc of " + bytes + " bytes");
      return new HostPointer(address.get(Pointer.class, 0).address(), bytes);
    }
  }

  static long onDevice(Pointer here) {
    long[] address = new long[1];
    check(cudart.cuMemHostGetDevicePointer(address, here, 0), "cuMemHostGetDevicePointer");
    return address[0];
  }

  static void freeHere(Pointer here) {
    check(cudart.cuMemFreeHost(here), "cuMemFreeHost");
  }

  static void zero(long address, long bytes) {
    check(cudart.cuMemsetD8(address, (byte) 0, bytes), "cuMemsetD8");
  }

  static void synchronize(CUstream_st stream) {
    check(cudart.cuStreamSynchronize(stream), "cuStreamSynchronize");
  }

  private static String text(BytePointer zeroTerminated) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < zeroTerminated.capacity() && zeroTerminated.get(i) != 0; i++) {
      text.append((char) zeroTerminated.get(i));
    }
    return text.toString().trim();
  }

  private static String text(int result) {
    try (PointerPointer<BytePointer> name = new PointerPointer<>(1);
        PointerPointer<BytePointer> words = new PointerPointer<>(1)) {
      boolean known =
          cudart.cuGetErrorName(result, name) == cudart.CUDA_SUCCESS
              && cudart.cuGetErrorString(result, words) == cudart.CUDA_SUCCESS;
      return known
          ? name.get(BytePointer.class, 0).getString()
              + ", "
              + words.get(BytePointer.class, 0).getString()
          : "of a kind that the driver does not know";
    }
  }

  private static final class HostPointer extends BytePointer {
    HostPointer(long address, long bytes) {
      this.address = address;
      this.capacity = bytes;
      this.limit = bytes;
    }
  }

  /** A whole number in place of an address. */
  private static final class NumberPointer extends Pointer {
    NumberPointer(long number) {
      address = number;
    }
  }
}
