package org.lowbit4j.cuda;

import org.bytedeco.javacpp.Pointer;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.rule.UpdateRule;

/** An emulated device for tests of updaters. */
public final class EmulatedDevice {

  private final HostArrays arrays = new HostArrays();

  /** Why there is none here, or null. */
  public static String missing() {
    return Emulation.missing();
  }

  /** What an updater does its steps with. */
  public CudaUpdates updates(UpdateRule rule, Codebook[] codebooks) {
    Emulation.use(Emulation.Kind.PTX, rule);
    return new CudaUpdates(arrays, rule, codebooks);
  }

  /** Steps done on the device so far. */
  public int steps() {
    return arrays.launches;
  }

  /** Arrays copied to the host so far. */
  public int copies() {
    return arrays.copies;
  }

  /** Whether an address lies in memory that the driver has given and not got back. */
  public static boolean isAllocated(long address) {
    try {
      return Driver.onDevice(new Address(address)) == address;
    } catch (CudaException e) {
      return false;
    }
  }

  /** Lets the driver give less pinned memory at once. */
  public static void pinnable(long bytes) {
    Emulation.pinnable(bytes);
  }

  private static final class Address extends Pointer {
    Address(long address) {
      this.address = address;
    }
  }
}
