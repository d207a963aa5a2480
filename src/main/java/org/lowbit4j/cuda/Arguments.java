package org.lowbit4j.cuda;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * The one argument of a kernel, a structure of {@code cuda/arguments.h}: members are written in
 * their order, which leaves no gaps. The driver copies it at the launch.
 */
final class Arguments implements AutoCloseable {

  private final BytePointer bytes;
  private final PointerPointer<Pointer> pointers;
  private int at;

  /** Of a structure of so many bytes. */
  Arguments(int size) {
    bytes = new BytePointer(size);
    // Not the constructor with a pointer, which casts it.
    pointers = new PointerPointer<>(1);
    pointers.put(0, bytes);
  }

  /** Begins to write. */
  Arguments start() {
    at = 0;
    return this;
  }

  Arguments put(long value) {
    bytes.putLong(at, value);
    at += Long.BYTES;
    return this;
  }

  Arguments put(int value) {
    bytes.putInt(at, value);
    at += Integer.BYTES;
    return this;
  }

  Arguments put(float value) {
    bytes.putFloat(at, value);
    at += Float.BYTES;
    return this;
  }

  Arguments put(byte[] values) {
    bytes.position(at).put(values).position(0);
    at += values.length;
    return this;
  }

  /** For a launch, once all is written. */
  PointerPointer<Pointer> pointers() {
    requireAll();
    return pointers;
  }

  /** A copy of the structure, once all is written. */
  byte[] bytes() {
    requireAll();
    byte[] copy = new byte[at];
    bytes.get(copy);
    return copy;
  }

  private void requireAll() {
    if (at != bytes.capacity()) {
      throw new IllegalStateException(at + " of " + bytes.capacity() + " bytes are written.");
    }
  }

  /** Frees it, after the last launch. */
  @Override
  public void close() {
    pointers.close();
    bytes.close();
  }
}
