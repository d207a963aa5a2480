package org.lowbit4j.memory;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The bytes of an ND4J array, read and written in place.
 *
 * <p>Whoever uses it must keep the array reachable until the last access ({@code
 * Reference.reachabilityFence}): the buffers here do not keep ND4J from freeing the memory.
 */
public final class RawMemory {

  /**
   * Buffers are windows of 1 GiB that overlap by half, so that any region of up to this size lies
   * in one.
   */
  static final long MAX_REGION = 1L << 29;

  private final INDArray array;
  private final long address;
  private final long bytes;

  /** Null until a buffer is asked for: native code needs none, and they take longer than a view. */
  private ByteBuffer[] windows;

  private FloatBuffer[] floatWindows;

  /**
   * Makes the bytes of an array accessible.
   *
   * @param array the array; its first element is byte 0
   */
  public RawMemory(INDArray array, long bytes) {
    this.array = array;
    this.address = address(array);
    this.bytes = bytes;
  }

  private void openWindows() {
    windows = new ByteBuffer[(int) Math.max(1, (bytes + MAX_REGION - 1) / MAX_REGION)];
    floatWindows = new FloatBuffer[windows.length];
    for (int i = 0; i < windows.length; i++) {
      long from = i * MAX_REGION;
      Region region = new Region(address + from, Math.min(2 * MAX_REGION, bytes - from), array);
      windows[i] = region.asByteBuffer().order(ByteOrder.nativeOrder());
      floatWindows[i] = windows[i].asFloatBuffer();
    }
  }

  /**
   * Copies the first bytes of an array, which is not freed before that is done.
   *
   * @return the bytes, as they lie in memory
   */
  public static byte[] copyOf(INDArray array, int n) {
    byte[] bytes = new byte[n];
    new RawMemory(array, n).at(0).get(bytes);
    Reference.reachabilityFence(array);
    return bytes;
  }

  /** Where byte 0 lies, for native code. */
  public long address() {
    return address;
  }

  /**
   * Number of accessible bytes.
   *
   * @return bytes
   */
  public long bytes() {
    return bytes;
  }

  /**
   * A buffer in native byte order positioned at a byte; at least 512 MiB follow, or all that there
   * is. The buffer is shared: the next call may move its position.
   *
   * @param offset byte offset from the array's first element
   */
  public ByteBuffer at(long offset) {
    int window = window(offset);
    ByteBuffer b = windows[window];
    b.position((int) (offset - window * MAX_REGION));
    return b;
  }

  /**
   * The same as {@link #at}, as floats.
   *
   * @param offset byte offset from the array's first element, a multiple of 4
   */
  public FloatBuffer floatsAt(long offset) {
    int window = window(offset);
    FloatBuffer b = floatWindows[window];
    b.position((int) ((offset - window * MAX_REGION) / Float.BYTES));
    return b;
  }

  private static long address(INDArray array) {
    // addressPointer() holds the view's offset already, unlike address() and pointer().
    Pointer first = array.data().addressPointer();
    return first.address() + first.position() * first.sizeof();
  }

  private int window(long offset) {
    if (windows == null) {
      openWindows();
    }
    return (int) Math.min(offset / MAX_REGION, windows.length - 1);
  }

  private static final class Region extends BytePointer {

    /** ND4J frees the memory when the array is collected. */
    private final transient INDArray owner;

    Region(long address, long bytes, INDArray owner) {
      this.address = address;
      this.capacity = bytes;
      this.limit = bytes;
      this.owner = owner;
    }

    @Override
    public String toString() {
      return super.toString() + " of an array of shape " + Arrays.toString(owner.shape());
    }
  }
}
