package org.lowbit4j;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.AdaBelief;

/**
 * ND4J's AdaBelief, whose own {@code instantiate} on a state array throws in 1.0.0-M2.1
 * (ArrayIndexOutOfBoundsException: it reads the second dimension of a vector's shape).
 */
final class Nd4jAdaBelief extends AdaBelief {

  private static final long serialVersionUID = 1L;

  @Override
  @SuppressWarnings("rawtypes")
  public GradientUpdater instantiate(INDArray viewArray, boolean initializeViewArray) {
    INDArray flat = viewArray.reshape(viewArray.length());
    if (initializeViewArray) {
      flat.assign(0);
    }
    long n = flat.length() / 2;
    return instantiate(
        Map.of(
            "M", flat.get(NDArrayIndex.interval(0, n)),
            "S", flat.get(NDArrayIndex.interval(n, 2 * n))),
        false);
  }

  @Override
  public AdaBelief clone() {
    Nd4jAdaBelief copy = new Nd4jAdaBelief();
    copy.setLrAndSchedule(getLearningRate(), getLearningRateSchedule());
    return copy;
  }
}
