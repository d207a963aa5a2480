package org.lowbit4j.layers;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One index per example: m is the number of examples. */
final class NormalizedSingleLookup extends NormalizedLookup {

  private static final long serialVersionUID = 1L;

  NormalizedSingleLookup(NeuralNetConfiguration conf, DataType dataType) {
    super(conf, dataType);
  }

  @Override
  void checkShapes() {
    if (input.rank() != 1 && !(input.rank() == 2 && input.size(1) == 1)) {
      throw invalid("input", input, "[n, 1] or [n], an index per example");
    }
    if (maskArray != null && maskArray.length() != input.length()) {
      throw invalid("mask", maskArray, "[" + input.length() + ", 1]");
    }
  }

  @Override
  INDArray fromRows(INDArray rows) {
    return rows;
  }

  @Override
  INDArray toRows(INDArray array) {
    return array.dup('c');
  }
}
