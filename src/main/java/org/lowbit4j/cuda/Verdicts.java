package org.lowbit4j.cuda;

import java.util.HashMap;
import java.util.Map;
import org.lowbit4j.rule.UpdateRule;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether kernels are used: decided once per device, by their self-test. */
final class Verdicts {

  private static final Logger LOG = LoggerFactory.getLogger(Verdicts.class);

  private static final Map<String, String> KNOWN = new HashMap<>();

  private Verdicts() {}

  /**
   * Why kernels are not used.
   *
   * @param device the calling thread's
   * @param selfTest throws a {@link CudaException} if a bit differs, or the driver fails
   * @return empty if they are used
   */
  private static String of(int device, String name, Runnable selfTest) {
    synchronized (KNOWN) {
      String key = device + " " + name;
      String known = KNOWN.get(key);
      if (known == null) {
        known = judge(name, selfTest);
        KNOWN.put(key, known);
      }
      return known;
    }
  }

  /** Of percentile clipping, tested on the state of any rule. */
  static String ofClipping(int device, UpdateRule any, CudaArrays arrays) {
    return of(device, CudaSource.CLIP, () -> ClipSelfTest.run(any, arrays));
  }

  /** Of arrays in 8 bits. */
  static String ofQuantizer(int device, CudaArrays arrays) {
    return of(device, CudaSource.QUANTIZE, () -> QuantizerSelfTest.run(arrays));
  }

  /** Of a rule's steps. */
  static String ofSteps(int device, UpdateRule rule, CudaArrays arrays) {
    return of(device, rule.name(), () -> CudaSelfTest.run(rule, arrays));
  }

  /** For tests: kernels are tested anew. */
  static void forget() {
    synchronized (KNOWN) {
      KNOWN.clear();
    }
  }

  private static String judge(String name, Runnable selfTest) {
    String setting = System.getProperty(CudaUpdates.PROPERTY, "on");
    if (setting.equals("off")) {
      LOG.info("CUDA kernels are switched off by {}.", CudaUpdates.PROPERTY);
      return "off";
    }
    if (!setting.equals("on")) {
      throw new IllegalArgumentException(
          CudaUpdates.PROPERTY + " is " + setting + "; it can be on or off.");
    }
    try {
      selfTest.run();
      LOG.info("CUDA kernels of {}: self-test passed.", name);
      return "";
    } catch (CudaException | LinkageError e) {
      LOG.warn(
          "CUDA kernels of {} are not used: {}. The work is done on the host, with the same results, and copies arrays"
              + " each time.",
          name,
          e.getMessage());
      return String.valueOf(e.getMessage());
    }
  }
}
