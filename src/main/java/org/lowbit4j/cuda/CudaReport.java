package org.lowbit4j.cuda;

import java.util.LinkedHashMap;
import java.util.Map;
import org.lowbit4j.rule.Rules;
import org.lowbit4j.rule.UpdateRule;

/**
 * Whether the CUDA kernels give the right bits on the device at hand, all of them: the verdicts
 * that updaters come to at their first step. As a program it prints them:
 *
 * <pre>
 * java -cp ... org.lowbit4j.cuda.CudaReport
 * </pre>
 */
public final class CudaReport {

  /** What a verdict is where kernels are used. */
  public static final String PASSED = "self-test passed";

  private CudaReport() {}

  /**
   * Tests all kernels on the calling thread's device, unless that was done before.
   *
   * @return by module, {@value #PASSED} or why it is not used; empty unless ND4J's backend is CUDA
   */
  public static Map<String, String> verdicts() {
    CudaArrays arrays = CudaArrays.ofBackend();
    return arrays == null ? Map.of() : verdicts(arrays);
  }

  /** With arrays of a test's. */
  static Map<String, String> verdicts(CudaArrays arrays) {
    Map<String, String> verdicts = new LinkedHashMap<>();
    int device = arrays.device();
    UpdateRule any = Rules.all().get(0);
    put(verdicts, CudaSource.CLIP, Verdicts.ofClipping(device, any, arrays));
    put(verdicts, CudaSource.QUANTIZE, Verdicts.ofQuantizer(device, arrays));
    for (UpdateRule rule : Rules.all()) {
      put(verdicts, rule.name(), Verdicts.ofSteps(device, rule, arrays));
    }
    return verdicts;
  }

  private static void put(Map<String, String> verdicts, String module, String reason) {
    verdicts.put(module, reason.isEmpty() ? PASSED : "not used: " + reason);
  }

  /**
   * Prints the verdicts. The exit status is 0 if all kernels are used, 1 if some are not, 2 if
   * ND4J's backend is not CUDA.
   *
   * @param args none
   */
  public static void main(String[] args) {
    Map<String, String> verdicts = verdicts();
    if (verdicts.isEmpty()) {
      System.err.println(
          "ND4J's backend is not CUDA: put nd4j-cuda-11.6 in the place of nd4j-native.");
      System.exit(2);
    }
    verdicts.forEach((module, verdict) -> System.out.printf("%-28s %s%n", module, verdict));
    System.exit(verdicts.values().stream().allMatch(PASSED::equals) ? 0 : 1);
  }
}
