package org.lowbit4j.rule;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/**
 * {@code a*b + c}, rounded once: {@link Math#fma(float, float, float)}, whose bits it has.
 *
 * <p>Where the CPU has no instruction for it (x86 before 2013), that method takes the way over
 * {@link java.math.BigDecimal}, hundreds of times as long as an addition. There the sum is computed
 * in double, rounded to odd, and then to float, which is the same (Boldo and Melquiond, "Emulation
 * of a FMA and correctly rounded sums", 2008).
 */
public final class FusedMultiplyAdd {

  private static final boolean IN_HARDWARE = isInHardware();

  private FusedMultiplyAdd() {}

  /**
   * {@code a*b + c}.
   *
   * @return the sum, rounded once to the nearest float, ties to even
   */
  public static float fma(float a, float b, float c) {
    return IN_HARDWARE ? Math.fma(a, b, c) : inDouble(a, b, c);
  }

  static float inDouble(float a, float b, float c) {
    // Exact: 48 bits.
    double product = (double) a * b;
    double sum = product + c;
    double ofProduct = sum - c;
    double error = (product - ofProduct) + (c - (sum - ofProduct));
    long bits = Double.doubleToRawLongBits(sum);
    // No bits are lost if the error is NaN: the sum is not finite then.
    if ((error > 0 || error < 0) && (bits & 1) == 0) {
      sum = Double.longBitsToDouble(error > 0 == sum > 0 ? bits + 1 : bits - 1);
    }
    return (float) sum;
  }

  private static boolean isInHardware() {
    try {
      HotSpotDiagnosticMXBean machine =
          ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
      return machine != null && Boolean.parseBoolean(machine.getVMOption("UseFMA").getValue());
    } catch (LinkageError | RuntimeException e) {
      // Another JVM, or one without the module: slower on some, right on all.
      return false;
    }
  }
}
