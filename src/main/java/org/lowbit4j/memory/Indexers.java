package org.lowbit4j.memory;

import java.util.function.LongUnaryOperator;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.bytedeco.javacpp.indexer.DoubleRawIndexer;
import org.bytedeco.javacpp.indexer.FloatRawIndexer;
import org.bytedeco.javacpp.indexer.HalfRawIndexer;
import org.bytedeco.javacpp.indexer.Indexer;
import org.nd4j.linalg.api.buffer.DataType;

/** What ND4J's buffers read an array by, word after word, as when it is saved. */
@SuppressWarnings("unchecked") // of JavaCPP's generic reindex, not overridden here
public final class Indexers {

  private Indexers() {}

  /**
   * Makes an indexer.
   *
   * @param memory of so many bytes as its capacity tells
   * @param type FLOAT, DOUBLE or HALF
   * @param at is given the index of each word before it is read, and returns it
   * @return over all of the memory
   */
  public static Indexer of(Pointer memory, DataType type, LongUnaryOperator at) {
    long length = memory.capacity() / type.width();
    switch (type) {
      case FLOAT:
        return new FloatRawIndexer(new FloatPointer(memory).capacity(length)) {
          @Override
          public float get(long i) {
            return super.get(at.applyAsLong(i));
          }
        };
      case DOUBLE:
        return new DoubleRawIndexer(new DoublePointer(memory).capacity(length)) {
          @Override
          public double get(long i) {
            return super.get(at.applyAsLong(i));
          }
        };
      case HALF:
        return new HalfRawIndexer(new ShortPointer(memory).capacity(length)) {
          @Override
          public float get(long i) {
            return super.get(at.applyAsLong(i));
          }
        };
      default:
        throw new IllegalArgumentException("There is no memory for state of type " + type + ".");
    }
  }
}
