package org.lowbit4j.memory;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Memory for an array in the place of ND4J's own. */
public interface ArrayMemory {

  /**
   * The array over the whole memory. It is attached to no workspace, and it, its views and this
   * keep the memory.
   *
   * @param type FLOAT, DOUBLE or HALF
   * @return a vector, to be asked for once
   */
  INDArray array(DataType type);

  /**
   * Its size.
   *
   * @return bytes
   */
  long bytes();

  /**
   * How much was moved to where steps are done.
   *
   * @return bytes, those moved several times counted as often
   */
  long bytesIn();

  /**
   * How much was moved back.
   *
   * @return bytes, those moved several times counted as often
   */
  long bytesOut();

  /** Fills the memory from its start to its end, piece by piece. */
  void fill(INDArray array, Source source) throws IOException;

  /**
   * Copies all of another array into this memory.
   *
   * @param from of the same length and type
   */
  void copyIn(INDArray from, INDArray array);

  /**
   * Copies all of this memory into another array.
   *
   * @param to of the same length and type
   */
  void copyOut(INDArray array, INDArray to);

  /** Gives it back; closed arrays must not be used any more. Does nothing the second time. */
  void free();

  /** Where bytes come from. */
  @FunctionalInterface
  interface Source {

    /**
     * Fills a buffer.
     *
     * @param piece in native byte order, to be filled from its position to its limit
     */
    void read(ByteBuffer piece) throws IOException;
  }
}
