package org.lowbit4j.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Batches that can be learned: the class is that of the largest of some random sums. */
final class Data {

  static final int FEATURES = 32;
  static final int CLASSES = 4;
  static final int EXAMPLES = 16;

  private Data() {}

  /** Made anew wherever Spark needs them; the last one is smaller. */
  static JavaRDD<DataSet> batches(int count, int partitions) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      numbers.add(i);
    }
    return LocalSpark.context()
        .parallelize(numbers, partitions)
        .map(i -> batch(i, i == count - 1 ? EXAMPLES / 2 : EXAMPLES));
  }

  static List<DataSet> list(int count) {
    List<DataSet> list = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      list.add(batch(i, i == count - 1 ? EXAMPLES / 2 : EXAMPLES));
    }
    return list;
  }

  static DataSet batch(int seed, int examples) {
    Nd4j.getRandom().setSeed(77);
    INDArray weights = Nd4j.randn(DataType.FLOAT, FEATURES, CLASSES);
    Nd4j.getRandom().setSeed(seed + 1); // 0 would be another one each time
    INDArray x = Nd4j.randn(DataType.FLOAT, examples, FEATURES);
    INDArray best = Nd4j.argMax(x.mmul(weights), 1);
    INDArray y = Nd4j.zeros(DataType.FLOAT, examples, CLASSES);
    for (int i = 0; i < examples; i++) {
      y.putScalar(i, best.getInt(i), 1);
    }
    return new DataSet(x, y);
  }
}
