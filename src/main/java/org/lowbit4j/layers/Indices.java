package org.lowbit4j.layers;

import java.util.Arrays;
import org.deeplearning4j.exception.DL4JInvalidInputException;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Reads the indices of a look-up and checks them: a wrong one would train the wrong vector. */
final class Indices {

  private Indices() {}

  /**
   * Reads indices.
   *
   * @param input array of any numeric type and shape
   * @param count number of different indices
   * @param layer names the layer in messages
   * @return the indices in 'c' order
   * @throws DL4JInvalidInputException naming the first that is no integer from 0 to count-1, or the
   *     type if it cannot represent all of these
   */
  static int[] read(INDArray input, long count, String layer) {
    if (count - 1 > largestExact(input.dataType())) {
      throw new DL4JInvalidInputException(
          String.format(
              "The indices have type %s, which cannot represent all integers from 0 to %d exactly;"
                  + " use INT. %s",
              input.dataType(), count - 1, layer));
    }
    // A copy is contiguous and starts at the buffer's beginning, whatever the input is a view of
    double[] values = input.dup('c').data().asDouble();
    int[] indices = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      int index = (int) values[i];
      if (index != values[i] || index < 0 || index >= count) {
        throw new DL4JInvalidInputException(
            String.format(
                "The index at %s of the input is %s; it must be an integer from 0 to %d. %s",
                Arrays.toString(position(i, input.shape())), values[i], count - 1, layer));
      }
      indices[i] = index;
    }
    return indices;
  }

  /** The largest n such that a type represents all integers from 0 to n; negative for none. */
  private static long largestExact(DataType type) {
    switch (type) {
      case BFLOAT16:
        return 1L << 8;
      case HALF:
        return 1L << 11;
      case FLOAT:
        return 1L << 24;
      case DOUBLE:
        return 1L << 53;
      default:
        // An integer type that is too small cannot hold a wrong index for one that it cannot hold
        return type.isIntType() ? Long.MAX_VALUE : -1;
    }
  }

  private static long[] position(long element, long[] shape) {
    long[] position = new long[shape.length];
    for (int i = shape.length - 1; i >= 0; i--) {
      position[i] = element % shape[i];
      element /= shape[i];
    }
    return position;
  }
}
