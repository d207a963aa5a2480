package org.lowbit4j.dl4j;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.INDArrayIndex;

/**
 * An array without elements, to be cut up by DL4J's initializers: what they make of it tells how
 * long parameters are, and needs neither memory nor a backend of ND4J.
 */
final class LengthOnly {

  private static final Class<?>[] ARRAY = {INDArray.class};

  private LengthOnly() {}

  /**
   * Makes an array.
   *
   * @return knows its length, can be reshaped and cut up; throws UnsupportedOperationException for
   *     all else
   */
  static INDArray of(long length) {
    return (INDArray)
        Proxy.newProxyInstance(
            LengthOnly.class.getClassLoader(), ARRAY, (proxy, m, args) -> call(length, m, args));
  }

  private static Object call(long length, Method method, Object[] args) {
    switch (method.getName()) {
      case "length":
        return length;
      case "dataType":
        return DataType.FLOAT;
      case "reshape":
        return of(length);
      case "get":
        INDArrayIndex[] indices = (INDArrayIndex[]) args[0];
        // The last one: what goes before takes a row.
        INDArrayIndex last = indices[indices.length - 1];
        return of(fromEnd(last.end(), length) - fromEnd(last.offset(), length));
      case "toString":
        return length + " elements";
      default:
        throw new UnsupportedOperationException(method.toString());
    }
  }

  private static long fromEnd(long index, long length) {
    return index < 0 ? index + length : index;
  }
}
