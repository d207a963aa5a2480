package org.lowbit4j.cuda;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.lowbit4j.codec.Codebook;

/** Codebooks in device memory, copied there once per device and kept: they are few and small. */
final class DeviceTables {

  private static final Map<Long, Map<Codebook, Long>> BY_CONTEXT = new HashMap<>();

  private DeviceTables() {}

  /** Where a codebook's table lies in the memory of the calling thread's device. */
  static synchronized long address(Codebook codebook) {
    return BY_CONTEXT
        .computeIfAbsent(Driver.context(), context -> new HashMap<>())
        .computeIfAbsent(codebook, DeviceTables::copy);
  }

  private static long copy(Codebook codebook) {
    try (BytePointer bytes = new BytePointer(DeviceTable.of(codebook))) {
      long address = Driver.allocate(DeviceTable.BYTES);
      Driver.toDevice(bytes, address, DeviceTable.BYTES);
      return address;
    }
  }
}
