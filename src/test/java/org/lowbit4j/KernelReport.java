package org.lowbit4j;

import java.util.Arrays;
import java.util.Random;
import org.lowbit4j.kernel.KernelVariants;
import org.lowbit4j.kernel.Kernels;
import org.lowbit4j.paging.PageFile;
import org.nd4j.linalg.learning.GradientUpdater;

/** Does some steps and says by which kernel, and what came out. */
public final class KernelReport {

  static final String KERNEL = "kernel in use: ";
  static final String RESULT = "result: ";
  static final String FAILURE = "failure: ";
  static final String PAGING = "paging: ";

  private KernelReport() {}

  /**
   * @param args none
   */
  public static void main(String[] args) {
    System.out.println(RESULT + result());
    System.out.println(KERNEL + Kernels.description());
    System.out.println(FAILURE + KernelVariants.loadFailure());
    try {
      PageFile.load();
      System.out.println(PAGING + "ready");
    } catch (UnsupportedOperationException e) {
      System.out.println(PAGING + e.getMessage());
    }
  }

  /** The same bits by every kernel. */
  static int result() {
    int n = 5000;
    GradientUpdater<?> updater = Updaters.create(new Adam8bit(), n);
    Random random = new Random(1);
    float[] update = new float[0];
    for (int t = 0; t < 5; t++) {
      update = Updaters.step(updater, Updaters.normal(random, n, 1), t);
    }
    return 31 * Arrays.hashCode(update) + Arrays.hashCode(Networks.bytes(Updaters.state(updater)));
  }
}
