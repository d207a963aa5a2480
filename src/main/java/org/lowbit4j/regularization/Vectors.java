package org.lowbit4j.regularization;

import org.lowbit4j.cuda.HostAccess;
import org.lowbit4j.kernel.Kernels;
import org.lowbit4j.memory.GradientView;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Norms and multiples of variables, as robust as the updaters are. */
final class Vectors {

  /** Elements that are multiplied sooner than ND4J has started an operation. */
  private static final int SMALL = 1 << 16;

  private Vectors() {}

  /** The Euclidean norm in float64; elements that are not finite count as 0. */
  static double norm(INDArray array) {
    HostAccess.begin(array);
    GradientView view = GradientView.inMemoryOrder(array);
    double norm = Math.sqrt(Kernels.squaredNorm(view));
    view.keepAlive();
    return norm;
  }

  /**
   * Multiplies in place. ND4J casts the factor to the array's type: in HALF it would become
   * infinite from 65520 on, and 0 below 3e-8. Products in HALF saturate.
   */
  static void multiply(INDArray array, double factor) {
    boolean small =
        HostAccess.isDirect() && array.dataType() == DataType.FLOAT && array.length() <= SMALL;
    if (small || array.dataType() == DataType.FLOAT16) {
      HostAccess.begin(array);
      GradientView view = GradientView.inMemoryOrder(array);
      view.multiply((float) Math.min(factor, Float.MAX_VALUE));
      view.keepAlive();
      HostAccess.written(array);
    } else {
      double largest = array.dataType() == DataType.DOUBLE ? Double.MAX_VALUE : Float.MAX_VALUE;
      array.muli(Math.min(factor, largest));
    }
  }
}
