package org.lowbit4j.cuda;

import org.bytedeco.javacpp.BytePointer;

/** Bytes in device memory that begin behind an aligned address. */
final class DeviceBytes {
  private final int bytes;
  private final int shift;
  private final long memory;

  DeviceBytes(int bytes, int shift) {
    this.bytes = bytes;
    this.shift = shift;
    this.memory = Driver.allocate(bytes + shift);
  }

  long address() {
    return memory + shift;
  }

  void put(byte[] values) {
    try (BytePointer here = new BytePointer(values)) {
      Driver.toDevice(here, address(), bytes);
    }
  }

  byte[] get() {
    byte[] values = new byte[bytes];
    try (BytePointer here = new BytePointer(bytes)) {
      Driver.toHost(address(), here, bytes);
      here.get(values);
    }
    return values;
  }

  void free() {
    Driver.free(memory);
  }
}
