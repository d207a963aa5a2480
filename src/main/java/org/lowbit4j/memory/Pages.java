package org.lowbit4j.memory;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Memory of arrays that need not be resident as a whole: who goes through it says what comes next
 * and what is done with.
 *
 * <p>It is the pointer inside ND4J's buffer, where all views of the array find it and keep it
 * alive. What is said is advice: all memory can be accessed at any time.
 */
public abstract class Pages extends BytePointer {

  /** Makes a pointer to the memory. */
  protected Pages(long address, long bytes) {
    this.address = address;
    this.capacity = bytes;
    this.limit = bytes;
  }

  /**
   * The pages of an array, or of the array that it is a view of.
   *
   * @return its pages, null if it lies in ordinary memory
   */
  public static Pages of(INDArray array) {
    Pointer pointer = array.data().pointer();
    return pointer instanceof Pages ? (Pages) pointer : null;
  }

  /**
   * How much should be in use at a time.
   *
   * @return bytes
   */
  public abstract long chunk();

  /** Says that bytes will be needed soon. */
  public abstract void ahead(long address, long bytes);

  /** Says that bytes will be written next. */
  public abstract void write(long address, long bytes);

  /** Says that bytes will not be needed for a while. */
  public abstract void behind(long address, long bytes);
}
