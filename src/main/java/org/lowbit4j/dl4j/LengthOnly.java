package org.lowbit4j.dl4j;

import com.google.flatbuffers.FlatBufferBuilder;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.BaseNDArray;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.indexing.INDArrayIndex;

/**
 * An array without elements, to be cut up by DL4J's initializers: what they make of it tells how
 * long parameters are, and needs neither memory nor a backend of ND4J.
 *
 * <p>It knows its length, can be reshaped and cut up. All else throws some RuntimeException, as
 * ND4J's class finds neither shape nor buffer here. A proxy of the interface would do, and takes
 * 150 ms to be generated, for some 360 methods.
 */
@SuppressWarnings("overrides") // ND4J's class has arrays where its interface has "..."
final class LengthOnly extends BaseNDArray {

  private static final long serialVersionUID = 1L;

  private final long length;

  private LengthOnly(long length) {
    this.length = length;
  }

  /**
   * Makes an array.
   *
   * @param length in elements
   */
  static INDArray of(long length) {
    return new LengthOnly(length);
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public DataType dataType() {
    return DataType.FLOAT;
  }

  @Override
  public INDArray reshape(long... shape) {
    return this;
  }

  @Override
  public INDArray reshape(int[] shape) {
    return this;
  }

  @Override
  public INDArray reshape(char order, long... shape) {
    return this;
  }

  @Override
  public INDArray reshape(char order, boolean enforceView, long... shape) {
    return this;
  }

  @Override
  public INDArray get(INDArrayIndex... indices) {
    // The last one: what goes before takes a row.
    INDArrayIndex last = indices[indices.length - 1];
    return of(fromEnd(last.end()) - fromEnd(last.offset()));
  }

  private long fromEnd(long index) {
    return index < 0 ? index + length : index;
  }

  @Override
  public String toString() {
    return length + " elements";
  }

  private static UnsupportedOperationException unsupported() {
    return new UnsupportedOperationException("an array of which only the length is known");
  }

  @Override
  public INDArray unsafeDuplication() {
    throw unsupported();
  }

  @Override
  public INDArray unsafeDuplication(boolean blocking) {
    throw unsupported();
  }

  @Override
  public LongShapeDescriptor shapeDescriptor() {
    throw unsupported();
  }

  @Override
  public String getString(long index) {
    throw unsupported();
  }

  @Override
  protected int stringBuffer(FlatBufferBuilder builder, DataBuffer buffer) {
    throw unsupported();
  }
}
