package org.lowbit4j.cuda;

import java.nio.file.Path;
import java.util.function.Supplier;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.global.cudart;
import org.lowbit4j.rule.Rules;
import org.lowbit4j.rule.UpdateRule;

/**
 * The library's own way to the driver, through JavaCPP's binding, where ND4J has no backend: the
 * self-tests of clipping and of every optimizer, {@link CudaStep} and all. Not that of arrays in 8
 * bits, and nothing of {@link Nd4jCuda}.
 */
public final class GpuJavaPath {

  private static final int DEVICE = 0;

  private GpuJavaPath() {}

  /**
   * Tests and prints a verdict per module; exit status 1 unless all pass.
   *
   * @param args a library in the place of CUDA's run time, which the binding is linked to
   */
  public static void main(String[] args) {
    for (String library : args) {
      System.load(Path.of(library).toAbsolutePath().toString());
    }
    Driver.check(cudart.cuInit(0), "cuInit");
    CUctx_st context = new CUctx_st();
    Driver.check(cudart.cuDevicePrimaryCtxRetain(context, DEVICE), "cuDevicePrimaryCtxRetain");
    Driver.check(cudart.cuCtxSetCurrent(context), "cuCtxSetCurrent");
    CudaArrays arrays = new BareArrays();
    UpdateRule any = Rules.all().get(0);
    boolean good = isGood(CudaSource.CLIP, () -> Verdicts.ofClipping(DEVICE, any, arrays));
    for (UpdateRule rule : Rules.all()) {
      good &= isGood(rule.name(), () -> Verdicts.ofSteps(DEVICE, rule, arrays));
    }
    System.exit(good ? 0 : 1);
  }

  private static boolean isGood(String module, Supplier<String> test) {
    String reason = test.get();
    System.out.printf(
        "Java: %-28s %s%n", module, reason.isEmpty() ? CudaReport.PASSED : "WRONG: " + reason);
    return reason.isEmpty();
  }
}
