package org.lowbit4j.regularization;

import java.util.Arrays;
import org.lowbit4j.cuda.HostAccess;
import org.lowbit4j.kernel.Kernels;
import org.lowbit4j.memory.GradientView;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.Axpy;
import org.nd4j.linalg.factory.Nd4j;

/** Norms, sums and multiples of variables, as robust as the updaters are. */
final class Vectors {

  /** Elements that are multiplied sooner than ND4J has started an operation. */
  private static final int SMALL = 1 << 16;

  private Vectors() {}

  /** The Euclidean norm in float64; elements that are not finite count as 0. */
  static double norm(INDArray array) {
    GradientView view = view(array);
    double norm = Math.sqrt(Kernels.squaredNorm(view));
    view.keepAlive();
    return norm;
  }

  /** {@code y = y + a*x} in place. */
  static void add(double a, INDArray x, INDArray y) {
    if (suitKernels(x, y)) {
      Kernels.axpy((float) a, view(x), 1, view(y));
    } else {
      Nd4j.exec(new Axpy(x, y, y, a));
    }
  }

  /** {@code y = (y + a*x)*factor} in place, multiplied as {@link #multiply} does it. */
  static void addAndMultiply(double a, INDArray x, double factor, INDArray y) {
    if (suitKernels(x, y)) {
      Kernels.axpy((float) a, view(x), (float) Math.min(factor, Float.MAX_VALUE), view(y));
    } else {
      add(a, x, y);
      multiply(y, factor);
    }
  }

  /** {@code y = y + a*x} in place; returns the new y's {@link #norm}. */
  static double addAndNorm(double a, INDArray x, INDArray y) {
    if (suitKernels(x, y)) {
      return Math.sqrt(Kernels.axpyNorm((float) a, view(x), view(y)));
    }
    add(a, x, y);
    return norm(y);
  }

  /** Whether two arrays lie in the host's memory as float32, their elements in the same order. */
  private static boolean suitKernels(INDArray x, INDArray y) {
    return HostAccess.isDirect()
        && x.dataType() == DataType.FLOAT
        && y.dataType() == DataType.FLOAT
        && x.ordering() == y.ordering()
        && Arrays.equals(x.shape(), y.shape());
  }

  private static GradientView view(INDArray array) {
    HostAccess.begin(array);
    return GradientView.inMemoryOrder(array);
  }

  /**
   * Multiplies in place. ND4J casts the factor to the array's type: in HALF it would become
   * infinite from 65520 on, and 0 below 3e-8. Products in HALF saturate.
   */
  static void multiply(INDArray array, double factor) {
    boolean small =
        HostAccess.isDirect() && array.dataType() == DataType.FLOAT && array.length() <= SMALL;
    if (small || array.dataType() == DataType.FLOAT16) {
      GradientView view = view(array);
      view.multiply((float) Math.min(factor, Float.MAX_VALUE));
      view.keepAlive();
      HostAccess.written(array);
    } else {
      double largest = array.dataType() == DataType.DOUBLE ? Double.MAX_VALUE : Float.MAX_VALUE;
      array.muli(Math.min(factor, largest));
    }
  }
}
