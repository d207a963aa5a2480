package org.lowbit4j.layers;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An index per step of every example: m is the number of examples times that of steps. */
final class NormalizedSequenceLookup extends NormalizedLookup {

  private static final long serialVersionUID = 1L;

  NormalizedSequenceLookup(NeuralNetConfiguration conf, DataType dataType) {
    super(conf, dataType);
  }

  private StableEmbeddingSequenceLayer sequenceConf() {
    return (StableEmbeddingSequenceLayer) layerConf();
  }

  private long steps() {
    return input.size(input.rank() - 1);
  }

  @Override
  void checkShapes() {
    if (!(input.rank() == 2 || input.rank() == 3 && input.size(1) == 1)
        || !sequenceConf().accepts(steps())) {
      int length = sequenceConf().getInputLength();
      throw invalid(
          "input",
          input,
          String.format("[n, %1$s] or [n, 1, %1$s]", length == 0 ? "length" : length + ""));
    }
    if (maskArray != null
        && (maskArray.rank() != 2
            || maskArray.size(0) != input.size(0)
            || maskArray.size(1) != steps())) {
      throw invalid("mask", maskArray, "[" + input.size(0) + ", " + steps() + "]");
    }
  }

  @Override
  INDArray fromRows(INDArray rows) {
    INDArray output = rows.reshape('c', input.size(0), steps(), rows.size(1));
    return ncw() ? output.swapAxes(1, 2) : output;
  }

  @Override
  INDArray toRows(INDArray array) {
    INDArray steps = ncw() ? array.swapAxes(1, 2) : array;
    return steps.dup('c').reshape('c', input.size(0) * steps(), steps.size(2));
  }

  private boolean ncw() {
    return sequenceConf().getOutputFormat() == RNNFormat.NCW;
  }

  @Override
  public Type type() {
    return Type.RECURRENT;
  }
}
