package org.lowbit4j.cuda;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Arrays without a backend of ND4J's: memory, a type and a length. Enough for the self-tests, where
 * a backend is too large to be taken along.
 */
final class BareArrays implements CudaArrays {

  @Override
  public INDArray create(DataType type, long length) {
    BytePointer memory = new BytePointer(length * type.width());
    BytePointer.memset(memory, 0, memory.capacity());
    DataBuffer buffer =
        proxy(
            DataBuffer.class,
            (self, method, arguments) -> {
              switch (method.getName()) {
                case "pointer":
                case "addressPointer":
                  return memory;
                default:
                  throw new UnsupportedOperationException(method.toString());
              }
            });
    return proxy(
        INDArray.class,
        (self, method, arguments) -> {
          switch (method.getName()) {
            case "data":
              return buffer;
            case "dataType":
              return type;
            case "length":
            case "size":
              return length;
            case "rank":
              return 1;
            case "shape":
              return new long[] {length};
            case "stride":
              return arguments == null ? new long[] {1} : (Object) 1;
            default:
              throw new UnsupportedOperationException(method.toString());
          }
        });
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(BareArrays.class.getClassLoader(), new Class<?>[] {type}, handler));
  }

  @Override
  public void run(Launches launches, int written, INDArray... all) {
    throw new UnsupportedOperationException("These arrays have no memory on the device.");
  }

  @Override
  public void toHost(INDArray array) {}

  @Override
  public void hostWritten(INDArray array) {}

  @Override
  public int device() {
    return 0;
  }

  @Override
  public CUstream_st stream() {
    return new CUstream_st();
  }
}
