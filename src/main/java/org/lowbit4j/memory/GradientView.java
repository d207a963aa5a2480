package org.lowbit4j.memory;

import java.lang.ref.Reference;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A gradient array, read and written in place as float32, its elements numbered in 'c' order
 * whatever its strides, or as they lie in memory.
 *
 * <p>Contiguous arrays, which is what DL4J hands to updaters, are copied in bulk; others element by
 * element.
 */
public final class GradientView {

  private final INDArray array;
  private final WordType words;
  private final RawMemory memory;
  private final long[] shape;

  /** Null if the elements lie one after the other. */
  private final long[] strides;

  private final long[] index;

  /**
   * Makes a gradient accessible for one step.
   *
   * @param array FLOAT, DOUBLE or HALF, of any shape and strides
   * @throws IllegalArgumentException for other data types, or if elements share memory (a stride of
   *     0)
   */
  public GradientView(INDArray array) {
    this(array, isContiguous(array));
  }

  private GradientView(INDArray array, boolean contiguous) {
    this.array = array;
    this.words = WordType.of(array.dataType(), "gradient");
    this.shape = array.shape();
    this.strides = contiguous ? null : array.stride();
    this.index = new long[shape.length];
    this.memory = new RawMemory(array, extent() * words.bytes());
  }

  /**
   * A view whose elements are numbered as they lie in memory. DL4J keeps weights in 'f' order,
   * where a walk in 'c' order would go from one cache line to another with each element.
   *
   * @param array FLOAT, DOUBLE or HALF, of any shape and strides
   */
  public static GradientView inMemoryOrder(INDArray array) {
    if (array.ordering() != 'f' || array.rank() < 2) {
      return new GradientView(array);
    }
    // ND4J takes longer to transpose than a small step takes.
    return isContiguous(array, 'f')
        ? new GradientView(array, true)
        : new GradientView(array.transpose());
  }

  /**
   * The same gradient for another thread: a view has places at which it reads and writes.
   *
   * @return a view that shares the array only
   */
  public GradientView another() {
    return new GradientView(array, strides == null);
  }

  /** Whether the elements of an array lie one after the other in 'c' order. */
  public static boolean isContiguous(INDArray array) {
    return isContiguous(array, 'c');
  }

  private static boolean isContiguous(INDArray array, char order) {
    long expected = 1;
    for (int i = 0; i < array.rank(); i++) {
      int d = order == 'f' ? i : array.rank() - 1 - i;
      if (array.size(d) != 1 && array.stride(d) != expected) {
        return false;
      }
      expected *= array.size(d);
    }
    return true;
  }

  /** Number of elements. */
  public long length() {
    return array.length();
  }

  /**
   * The array's word type.
   *
   * @return FLOAT, DOUBLE or HALF
   */
  public WordType words() {
    return words;
  }

  /** Whether the elements lie one after the other. */
  public boolean isContiguous() {
    return strides == null;
  }

  /** Where the first element lies, for native code; see {@link #keepAlive}. */
  public long address() {
    return memory.address();
  }

  /** Reads elements. */
  public void load(long from, int n, float[] out) {
    if (strides == null) {
      words.load(memory, from * words.bytes(), n, out);
      return;
    }
    long offset = seek(from);
    for (int i = 0; i < n; i++, offset = next(offset)) {
      out[i] = (float) words.get(memory.at(offset * words.bytes()));
    }
  }

  /**
   * Writes elements.
   *
   * @param values their new values; HALF saturates at its largest finite value
   */
  public void store(long from, int n, float[] values) {
    if (strides == null) {
      words.store(memory, from * words.bytes(), n, values);
      return;
    }
    long offset = seek(from);
    for (int i = 0; i < n; i++, offset = next(offset)) {
      words.put(memory.at(offset * words.bytes()), values[i]);
    }
  }

  /**
   * Multiplies all elements in float32.
   *
   * @param factor finite
   */
  public void multiply(float factor) {
    float[] x = new float[(int) Math.min(SquaredNorm.BLOCK, length())];
    for (long from = 0; from < length(); from += x.length) {
      int n = (int) Math.min(x.length, length() - from);
      load(from, n, x);
      for (int i = 0; i < n; i++) {
        x[i] *= factor;
      }
      store(from, n, x);
    }
  }

  /** Keeps ND4J from freeing the array before this point. */
  public void keepAlive() {
    Reference.reachabilityFence(array);
  }

  /** Words from the first element to the last, both included. */
  private long extent() {
    if (strides == null) {
      return array.length();
    }
    long extent = 1;
    for (int d = 0; d < shape.length; d++) {
      if (shape[d] > 1 && strides[d] < 1) {
        throw new IllegalArgumentException(
            String.format(
                "The gradient has shape %s and strides %s: its elements share memory and cannot be updated in place. Pass a"
                    + " copy (dup).",
                Arrays.toString(shape), Arrays.toString(strides)));
      }
      extent += (shape[d] - 1) * strides[d];
    }
    return extent;
  }

  private long seek(long element) {
    long offset = 0;
    for (int d = shape.length - 1; d >= 0; d--) {
      index[d] = element % shape[d];
      element /= shape[d];
      offset += index[d] * strides[d];
    }
    return offset;
  }

  private long next(long offset) {
    for (int d = shape.length - 1; d >= 0; d--) {
      if (++index[d] < shape[d]) {
        return offset + strides[d];
      }
      offset -= (shape[d] - 1) * strides[d];
      index[d] = 0;
    }
    return offset;
  }
}
